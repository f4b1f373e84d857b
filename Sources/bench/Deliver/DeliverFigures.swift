/// What `bench deliver` measured; several figures of one kind are repetitions, in turn with the
/// bare loops'.
struct DeliverFigures: Sendable {
  /// Per second.
  var webhooks: [Double] = []
  var rawWebhooks: [Double] = []
  var wrk: Double?
  var hey: Double?
  var alertmanager: Double?
  var mails: [Double] = []
  var rawMails: [Double] = []
  var smtpSource: Double?

  /// Seconds from an event's commit to the first byte at the receiver.
  var firstBytes: [Double] = []

  /// What could not be measured, and why.
  var skipped: Set<String> = []

  /// A table for people.
  var text: String {
    let rows: [(String, Double?, String)] = [
      ("webhooks", median(webhooks), "/s"), ("  a bare loop on libcurl", median(rawWebhooks), "/s"),
      ("  ours over it", ratio(webhooks, rawWebhooks), ""), ("  wrk", wrk, "/s"),
      ("  hey", hey, "/s"), ("  Alertmanager", alertmanager, "/s"),
      ("  ours over it", overAlertmanager, ""),
      ("mails", median(mails), "/s"), ("  a bare loop on libcurl", median(rawMails), "/s"),
      ("  ours over it", ratio(mails, rawMails), ""), ("  smtp-source", smtpSource, "/s"),
      ("from commit to first byte, p50", percentile(50), " ms"),
      ("  p99", percentile(99), " ms"),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    var lines = rows.map { name, value, unit in
      name + String(repeating: " ", count: width - name.count + 2)
        + (value.map { number($0) + unit } ?? "not measured")
    }
    lines += skipped.sorted().map { "skipped: \($0)" }
    return lines.joined(separator: "\n")
  }

  /// One object on one line.
  var json: String {
    let members: [(String, Double?)] = [
      ("webhooks_per_s", median(webhooks)), ("webhooks_over_raw", ratio(webhooks, rawWebhooks)),
      ("webhooks_over_wrk", quotient(median(webhooks), wrk)),
      ("webhooks_over_hey", quotient(median(webhooks), hey)),
      ("webhooks_over_alertmanager", overAlertmanager),
      ("emails_per_s", median(mails)), ("emails_over_raw", ratio(mails, rawMails)),
      ("emails_over_smtp_source", quotient(median(mails), smtpSource)),
      ("first_byte_p50_ms", percentile(50)), ("first_byte_p99_ms", percentile(99)),
    ]
    return "{" + members.map { "\"\($0)\":\($1.map(number) ?? "null")" }.joined(separator: ",")
      + "}"
  }

  private var overAlertmanager: Double? { quotient(median(webhooks), alertmanager) }

  /// The median of the ratios of what was measured one after the other.
  private func ratio(_ ours: [Double], _ theirs: [Double]) -> Double? {
    median(zip(ours, theirs).map { $0 / $1 })
  }

  private func quotient(_ ours: Double?, _ theirs: Double?) -> Double? {
    guard let ours, let theirs else { return nil }
    return ours / theirs
  }

  private func percentile(_ share: Int) -> Double? {
    let sorted = firstBytes.sorted()
    guard !sorted.isEmpty else { return nil }
    return sorted[min(sorted.count - 1, sorted.count * share / 100)] * 1000
  }

  private func median(_ figures: [Double]) -> Double? {
    let sorted = figures.sorted()
    guard !sorted.isEmpty else { return nil }
    return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
  }

  private func number(_ value: Double) -> String {
    value >= 100 ? "\(Int(value.rounded()))" : "\((value * 100).rounded() / 100)"
  }
}
