import Delivery
import Engine
import Foundation

/// What the demo shows at the end.
enum DemoOutput {
  /// `place` is the option that leads other commands to the demo's database.
  static func text(
    firms: [DemoData.Tenant], reports: [TenantReport], summary: DeliverySummary,
    mail: CaughtMail?, webhook: CaughtWebhook?, place: String
  ) -> String {
    var text = ""
    for firm in firms {
      text +=
        "\(firm.name): \(firm.customers) customers, \(firm.orders) orders, "
        + "\(firm.orderLines) order lines, \(firm.skus) SKUs\n"
    }
    text += "\n" + RunOutput.summary(reports) + "\nDelivered\n" + DeliveryOutput.text(summary)
    text += "\n"
    if let mail { text += "\nOne email as received\n" + indented(show(mail)) }
    if let webhook { text += "\nOne webhook as received\n" + indented(show(webhook)) }
    if mail == nil && webhook == nil {
      text += "\nNothing new was sent: every alert has been told of once already.\n"
    }
    return text + """

      What to try next
        bellwether demo                              again: nothing is created twice
        bellwether check                             the rules and templates of this folder
        bellwether test                              the tests in the rule files
        \(editor) rules/triggers/dormant_customer.yaml
        bellwether run dormant_customer --dry-run\(place)
                                                     who matches now, with the rule's values
        bellwether run triggers --explain-plan\(place)
                                                     the one query for each kind of thing\
      \(webhook.flatMap { whyCommand($0, place) } ?? "")
      """
  }

  /// The command that says why the alert behind a webhook opened.
  private static func whyCommand(_ webhook: CaughtWebhook, _ place: String) -> String? {
    let event = try? JSONSerialization.jsonObject(with: Data(webhook.body.utf8)) as? [String: Any]
    guard let data = event?["data"] as? [String: Any], let rule = data["rule"] as? String,
      let tenant = data["tenant"] as? String,
      let key = (data["entity"] as? [String: Any])?["key"] as? String
    else { return nil }
    return """

        bellwether explain \(rule) --entity \(key) --tenant \(tenant)\(place)
                                                     why that webhook's alert opened
      """
  }

  private static let editor = "$EDITOR"

  private static func show(_ mail: CaughtMail) -> String {
    let headers = ["From", "To", "Subject", "Date", "Message-ID"].compactMap { name in
      mail.decodedHeader(name).map { "\(name): \($0)" }
    }
    return headers.joined(separator: "\n") + "\n\n" + mail.plainText
  }

  private static func show(_ webhook: CaughtWebhook) -> String {
    let names = [
      "content-type", "webhook-id", "webhook-timestamp", "webhook-signature",
    ]
    let headers = names.compactMap { name in webhook.headers[name].map { "\(name): \($0)" } }
    return "POST \(webhook.path)\n" + headers.joined(separator: "\n") + "\n\n" + webhook.body
  }

  private static func indented(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { "  \($0)\n" }
      .joined()
  }
}

extension CaughtMail {
  /// A header unfolded, its base64 words (RFC 2047) decoded.
  func decodedHeader(_ name: String) -> String? {
    let head = source.replacing("\r\n", with: "\n").components(separatedBy: "\n\n")[0]
    let unfolded = head.replacing("?=\n =?", with: "?==?").replacing("\n ", with: " ")
    let start = name.lowercased() + ":"
    guard
      let line = unfolded.split(separator: "\n").first(where: {
        $0.lowercased().hasPrefix(start)
      })
    else { return nil }
    let value = line.dropFirst(start.count).trimmingCharacters(in: .whitespaces)
    let pieces = value.components(separatedBy: "=?utf-8?B?")
    return pieces.dropFirst().reduce(into: pieces[0]) { text, piece in
      let parts = piece.components(separatedBy: "?=")
      let word = Data(base64Encoded: parts[0]).map { String(decoding: $0, as: UTF8.self) }
      text += (word ?? parts[0]) + parts.dropFirst().joined(separator: "?=")
    }
  }

  /// The plain-text part, decoded.
  var plainText: String {
    let lines = source.replacing("\r\n", with: "\n")
    guard let start = lines.range(of: "Content-Type: text/plain"),
      let blank = lines[start.upperBound...].range(of: "\n\n")
    else { return lines }
    let headers = lines[start.lowerBound..<blank.lowerBound]
    let rest = lines[blank.upperBound...]
    let end = rest.range(of: "\n--")?.lowerBound ?? rest.endIndex
    let body = String(rest[..<end])
    if headers.contains("base64"),
      let data = Data(base64Encoded: body, options: .ignoreUnknownCharacters)
    {
      return String(decoding: data, as: UTF8.self).replacing("\r\n", with: "\n")
    }
    return body
  }
}
