import Engine
import Expressions
import Store
import Workbench

/// What `alerts list` prints.
struct AlertsOutput {
  var listings: [(tenant: Tenant, listing: AlertListing)]
  var limit: Int
  var page: Int

  /// A table for each tenant that has any.
  var text: String {
    let tables = listings.filter { $0.listing.total > 0 }.map { tenant, listing in
      table(tenant, listing)
    }
    return tables.isEmpty ? "no alerts" : tables.joined(separator: "\n")
  }

  private func table(_ tenant: Tenant, _ listing: AlertListing) -> String {
    let alerts = listing.alerts
    var text = "\(tenant.name) (\(tenant.slug)): \(range(of: listing))\n"
    guard !alerts.isEmpty else { return text }
    let rows = alerts.map { alert in
      [
        alert.rule, alert.entityKey, alert.label, alert.state, alert.severity,
        alert.openedAt.map(tenant.zone.shown) ?? "", alert.closedAt.map(tenant.zone.shown) ?? "",
        alert.closeReason ?? "",
      ]
    }
    text += TextTable.render(
      header: ["rule", "key", "name", "state", "severity", "opened", "closed", "why"], rows: rows)
    return text
  }

  private func range(of listing: AlertListing) -> String {
    let first = (page - 1) * limit + 1
    let total = listing.total
    if listing.alerts.count == total { return total == 1 ? "1 alert" : "\(total) alerts" }
    if listing.alerts.isEmpty { return "\(total) in all, none on page \(page)" }
    let last = first + listing.alerts.count - 1
    let next = last < total ? "; --page \(page + 1) shows more" : ""
    return "\(first) to \(last) of \(total)\(next)"
  }

  /// One object for machines.
  var json: String {
    ValueJSON.object([
      ("limit", "\(limit)"), ("page", "\(page)"),
      (
        "tenants",
        ValueJSON.array(
          listings.map { tenant, listing in
            ValueJSON.object([
              ("tenant", ValueJSON.string(tenant.slug)), ("total", "\(listing.total)"),
              ("alerts", ValueJSON.array(listing.alerts.map { ValueJSON.object($0.members) })),
            ])
          })
      ),
    ])
  }
}

extension ListedAlert {
  /// The alert as members of a JSON object.
  var members: [(String, String)] {
    [
      ("rule", ValueJSON.string(rule)), ("entity", ValueJSON.string(entity)),
      ("key", ValueJSON.string(entityKey)), ("label", ValueJSON.string(label)),
      ("state", ValueJSON.string(state)), ("severity", ValueJSON.string(severity)),
      ("episode", "\(episode)"), ("opened_at", ValueJSON.time(openedAt)),
      ("closed_at", ValueJSON.time(closedAt)), ("close_reason", ValueJSON.optional(closeReason)),
      ("checked_at", ValueJSON.time(checkedAt)), ("values", openedValues),
    ]
  }
}

extension ValueJSON {
  static func array(_ elements: [String]) -> String {
    "[" + elements.joined(separator: ",") + "]"
  }

  static func optional(_ text: String?) -> String { text.map { string($0) } ?? "null" }

  static func time(_ instant: Instant?) -> String { optional(instant?.iso8601) }
}
