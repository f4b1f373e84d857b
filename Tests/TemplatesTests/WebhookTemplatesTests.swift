import Foundation
import Templates
import Testing

/// The bodies in `templates/webhook`, each held to what its vendor documents.
@Suite("A shipped webhook body")
struct WebhookTemplatesTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../templates/webhook").standardizedFileURL

  private func body(_ name: String) throws -> [String: Any] {
    let text = try String(
      contentsOf: Self.folder.appending(path: "\(name).json.mustache"), encoding: .utf8)
    let rendered = try render(text, as: .json)
    let object = try JSONSerialization.jsonObject(with: Data(rendered.utf8))
    return try #require(object as? [String: Any])
  }

  @Test("is here for each vendor, and nothing else is untested")
  func complete() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path).sorted()
    #expect(
      names == ["hubspot_task", "salesforce_task", "slack", "teams"].map { "\($0).json.mustache" })
  }

  // https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks; at most 50 blocks, a
  // header of 150 characters, ten fields: https://docs.slack.dev/reference/block-kit/blocks
  @Test("has a fallback text and blocks of plain text, for Slack")
  func slack() throws {
    let body = try body("slack")
    #expect(body["text"] as? String == "Gone\nquiet: O'Hara & <Söhne> \"GmbH\"")
    let blocks = try #require(body["blocks"] as? [[String: Any]])
    #expect(blocks.count <= 50)
    #expect(blocks.map { $0["type"] as? String } == ["header", "section", "context"])
    let header = try #require(blocks[0]["text"] as? [String: String])
    #expect(header == ["type": "plain_text", "text": "Gone\nquiet"])
    #expect((blocks[1]["fields"] as? [Any])?.count ?? 99 <= 10)
    // Markup in a customer's name must stay text.
    let texts =
      [header] + (blocks[1]["fields"] as? [[String: String]] ?? [])
      + (blocks[2]["elements"] as? [[String: String]] ?? [])
    #expect(texts.count == 4)
    #expect(texts.allSatisfy { $0["type"] == "plain_text" && $0["text"]?.isEmpty == false })
  }

  // https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using
  // "Send Adaptive Cards using an Incoming Webhook", which workflows take as well
  @Test("is a message with one adaptive card, for Teams")
  func teams() throws {
    let body = try body("teams")
    #expect(body["type"] as? String == "message")
    let attachments = try #require(body["attachments"] as? [[String: Any]])
    #expect(attachments.count == 1)
    #expect(
      attachments[0]["contentType"] as? String == "application/vnd.microsoft.card.adaptive")
    let card = try #require(attachments[0]["content"] as? [String: Any])
    #expect(card["type"] as? String == "AdaptiveCard")
    #expect(card["version"] as? String == "1.4")
    let parts = try #require(card["body"] as? [[String: Any]])
    #expect(parts.map { $0["type"] as? String } == ["TextBlock", "FactSet"])
    let facts = try #require(parts[1]["facts"] as? [[String: String]])
    #expect(facts.map { $0["title"] } == ["Customer", "Severity", "Date"])
    #expect(facts[1]["value"] == "high")
  }

  // https://developers.hubspot.com/docs/api/crm/tasks: POST /crm/v3/objects/tasks, where only
  // hs_timestamp is required
  @Test("has the properties that HubSpot's tasks need")
  func hubspot() throws {
    let properties = try #require(try body("hubspot_task")["properties"] as? [String: String])
    let time = try #require(properties["hs_timestamp"])
    #expect(try Date.ISO8601FormatStyle().parse(time).timeIntervalSince1970 == 1_774_915_200)
    #expect(properties["hs_task_subject"]?.hasPrefix("Gone\nquiet: O'Hara") == true)
    #expect(["NOT_STARTED", "COMPLETED"].contains(properties["hs_task_status"]))
    #expect(["LOW", "MEDIUM", "HIGH"].contains(properties["hs_task_priority"]))
    #expect(["CALL", "EMAIL", "TO" + "DO"].contains(properties["hs_task_type"]))
  }

  // https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference/
  @Test("has the fields of Salesforce's Task")
  func salesforce() throws {
    let body = try #require(try body("salesforce_task") as? [String: String])
    #expect(Set(body.keys) == ["Subject", "Description", "Status", "Priority"])
    #expect((body["Subject"]?.count ?? 999) <= 255)
    #expect(["High", "Normal", "Low"].contains(body["Priority"]))
    #expect(["Not Started", "In Progress", "Completed"].contains(body["Status"]))
  }
}
