import Diagnostics
import Rules
import Testing

@Suite("Limits of the settings")
struct LimitLoadingTests {
  private func load(_ text: String) -> (settings: Settings?, problems: String) {
    let (settings, report) = SettingsLoader.load(SourceText(path: "bellwether.yaml", text: text))
    return (settings, Fixture.render([report]))
  }

  @Test("are a tenant's and a person's")
  func limits() {
    let both = load("limits: {per_tenant: 2_000 per hour, per_recipient: 50 per day}")
    #expect(both.problems == "")
    #expect(
      both.settings?.limits
        == TenantLimits(
          perTenant: .init(count: 2_000, per: .hour), perRecipient: .init(count: 50, per: .day)))
    #expect(load("timezone: UTC").settings?.limits.hasRates == false)
  }

  @Test(
    "are rates, and nothing that only a rule has",
    arguments: [
      ("limits: {per_tenant: 2000}", "`15 per day`"),
      ("limits: {per_tenant: 0 per day}", "`15 per day`"),
      ("limits: {per_recipient: 5 per month}", "per minute, hour, day or week"),
      ("limits: {per_rule: 5 per day}", "per_rule"),
      ("limits: {max_matches: 5}", "max_matches"),
    ])
  func wrong(_ text: String, _ part: String) {
    let problems = load(text).problems
    #expect(problems.contains(part), "\(text): \(problems)")
  }

  @Test("of an endpoint are a number of calls in a second, a minute or an hour")
  func rate() {
    func endpoint(_ rate: String) -> (settings: Settings?, problems: String) {
      load("endpoints: {crm: {url: \"https://crm.example\", secrets_from: [S], rate: \(rate)}}")
    }
    let quick = endpoint("10 per second")
    #expect(quick.problems == "")
    #expect(quick.settings?.endpoints["crm"]?.rate == Throughput(count: 10, per: .second))
    #expect(endpoint("1_200 per hour").settings?.endpoints["crm"]?.rate?.perSecond == 1 / 3.0)
    for rate in ["10", "0 per second", "10 per day", "-1 per second", "ten per second"] {
      let problems = endpoint(rate).problems
      #expect(problems.contains("per second, minute or hour"), "\(rate): \(problems)")
    }
  }
}
