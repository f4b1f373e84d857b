import Engine
import Store

/// The digests that a command queued, for all its tenants.
struct DigestOutput {
  private(set) var report = DigestReport()
  private(set) var hasFailed = false

  /// Nothing was queued.
  init(hasFailed: Bool = false) { self.hasFailed = hasFailed }

  /// Queues what is due; one tenant's failure is told and stops no other.
  init(of tenants: [Tenant], by engine: Engine) async {
    for tenant in tenants {
      do {
        report.add(try await engine.sendDigests(for: tenant))
      } catch {
        hasFailed = true
        note("\(tenant.slug): digests are still to be sent: \(error)")
      }
    }
  }

  /// A line for people; nothing when there was nothing to do.
  var text: String {
    var text = ""
    if report.messages > 0 {
      let digests = report.messages == 1 ? "1 digest" : "\(report.messages) digests"
      let lines = report.lines == 1 ? "1 line" : "\(report.lines) lines"
      text += "\(digests) with \(lines) queued\n"
    }
    if report.unreadable > 0 {
      text += "\(report.unreadable) lines for digests cannot be read\n"
    }
    return text
  }

  var json: String {
    ValueJSON.object([
      ("queued", "\(report.messages)"), ("lines", "\(report.lines)"),
      ("unreadable", "\(report.unreadable)"),
    ])
  }
}
