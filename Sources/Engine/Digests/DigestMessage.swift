import Expressions
import Store
import Templates

/// One recipient's digest as texts.
///
/// Pure. Lines are grouped by rule, the most severe group first, and within a group the most severe
/// line first, then the oldest. An alert that has ended since says so in its line.
struct DigestMessage {
  private let lines: [DueLine]
  private let tenant: Tenant
  private let formats: TextFormats

  /// A message of at least one line; of lines of one alert that read alike only one stays.
  init(_ lines: [DueLine], tenant: Tenant, formats: TextFormats) {
    precondition(!lines.isEmpty, "a digest lists something")
    self.tenant = tenant
    self.formats = formats
    var told: Set<String> = []
    self.lines = lines.sorted(by: Self.comesFirst).filter { line in
      told.insert(DedupeKey.join(line.episode, line.line.text)).inserted
    }
  }

  /// `5 alerts: 2 high, 3 medium`.
  var subject: String {
    let alerts = severities
    let counts = Severity.allCases.sorted(by: >).compactMap { severity in
      let count = alerts.values.count { $0 == severity }
      return count > 0 ? "\(number(count)) \(severity.rawValue)" : nil
    }
    let noun = alerts.count == 1 ? "alert" : "alerts"
    return "\(number(alerts.count)) \(noun): \(counts.joined(separator: ", "))"
  }

  /// The plain text.
  var text: String {
    var text = "\(heading)\n"
    for group in groups {
      text += "\n\(group.title) (\(number(group.lines.count)))\n"
      for line in group.lines {
        text += "- \(line.waiting.severity.rawValue): \(line.line.text)\(remark(line))\n"
      }
    }
    return text
  }

  /// The same as HTML.
  var html: String {
    var html = "<p>\(Escaping.html(heading))</p>\n"
    for group in groups {
      html += "<h3>\(Escaping.html(group.title)) (\(number(group.lines.count)))</h3>\n<ul>\n"
      for line in group.lines {
        html +=
          "<li><b>\(line.waiting.severity.rawValue)</b> \(Escaping.html(line.line.text))"
          + "<small>\(Escaping.html(remark(line)))</small></li>\n"
      }
      html += "</ul>\n"
    }
    return html
  }

  // MARK: Pieces

  private struct Group {
    var title: String
    var lines: [DueLine]
  }

  private var groups: [Group] {
    var order: [String] = []
    var groups: [String: [DueLine]] = [:]
    // The first line of a title is its most severe, so groups come in the order of these.
    for line in lines {
      if groups[line.line.title] == nil { order.append(line.line.title) }
      groups[line.line.title, default: []].append(line)
    }
    return order.map { Group(title: $0, lines: groups[$0] ?? []) }
  }

  /// The highest severity of each alert.
  private var severities: [String: Severity] {
    lines.reduce(into: [:]) { highest, line in
      highest[line.episode] = max(highest[line.episode] ?? .low, line.waiting.severity)
    }
  }

  private var heading: String {
    let due = lines.map(\.waiting.due).max() ?? lines[0].waiting.due
    return "\(tenant.name), \(date(due))"
  }

  /// Since when, and whether it is over: `; since Mar 1, 2026 (resolved Mar 2, 2026)`.
  private func remark(_ line: DueLine) -> String {
    let since = "; since \(date(line.waiting.decidedAt))"
    guard let closed = line.waiting.closed, !line.line.tellsOfEnd else {
      return line.line.tellsOfEnd ? "; \(date(line.waiting.decidedAt))" : since
    }
    let how =
      switch closed.reason {
      case "out_of_scope": "no longer looked at since"
      case "rule_changed": "ended by a change of the rule,"
      default: closed.reason
      }
    return "\(since) (\(how) \(date(closed.at)))"
  }

  private func number(_ count: Int) -> String {
    ValueText.show(.number(Double(count)), formats: formats, zone: tenant.zone)
  }

  private func date(_ instant: Instant) -> String {
    ValueText.show(.instant(instant), formats: formats, zone: tenant.zone)
  }

  private static func comesFirst(_ left: DueLine, _ right: DueLine) -> Bool {
    let (a, b) = (left.waiting, right.waiting)
    if a.severity != b.severity { return a.severity > b.severity }
    if a.decidedAt != b.decidedAt { return a.decidedAt < b.decidedAt }
    if left.line.title != right.line.title { return left.line.title < right.line.title }
    return a.key < b.key
  }
}
