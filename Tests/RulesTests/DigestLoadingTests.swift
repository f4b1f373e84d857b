import Diagnostics
import Rules
import Templates
import Testing

@Suite("Emails for digests")
struct DigestLoadingTests {
  private func email(_ keys: String) throws -> EmailAction {
    let rule = try RuleLoaderTests.load(
      where: "when: customer.vip\nthen:\n  - email: {to: customer.sales_rep, \(keys)}")
    guard case .email(let email) = try #require(rule.actions.first).kind else {
      throw RuleIsNoEmail()
    }
    return email
  }

  private struct RuleIsNoEmail: Error {}

  @Test("have a schedule, and of texts their line or their subject is enough")
  func texts() throws {
    let byLine = try email("digest: weekdays at 08:00, line: \"{{customer.name}} is back\"")
    #expect(byLine.digest == .daily(hour: 8, minute: 0, weekdays: [1, 2, 3, 4, 5]))
    #expect(byLine.line?.source == "{{customer.name}} is back")
    let bySubject = try email("digest: daily at 07:30, subject: Back")
    #expect(bySubject.line == nil && bySubject.subject.source == "Back")
    // A line may also be meant for mails that `overflow: digest` moves.
    let alone = try email("subject: S, body: B, line: L")
    #expect(alone.digest == nil && alone.line?.source == "L")
  }

  @Test("are in the formats of single tenants, who inherit what they do not say")
  func tenants() {
    let text = """
      formats: {locale: de_AT, currency: EUR}
      tenants:
        verdier: {formats: {locale: fr_FR}}
        harbor-pine: {formats: {locale: en_US, currency: USD}}
      """
    let (settings, report) = SettingsLoader.load(SourceText(path: "bellwether.yaml", text: text))
    #expect(report.diagnostics.isEmpty)
    #expect(
      settings?.tenantFormats == [
        "verdier": .init(locale: "fr_FR", currency: "EUR"),
        "harbor-pine": .init(locale: "en_US", currency: "USD"),
      ])
  }
}
