import Delivery
import Store
import Testing

@Suite("A retry policy")
struct RetryPolicyTests {
  private static let ladder: [Duration] = [
    .seconds(5), .seconds(300), .seconds(1800), .hours(2), .hours(5), .hours(10), .hours(14),
    .hours(20), .hours(24),
  ]

  @Test("waits longer and longer, ten attempts in all, as the table of the docs says")
  func webhookLadder() {
    for (index, wait) in Self.ladder.enumerated() {
      let step = RetryPolicy.webhook.step(
        .retry(), afterAttempts: index + 1, age: .zero, dice: 0)
      #expect(step == .retry(after: wait))
    }
    #expect(
      RetryPolicy.webhook.step(.retry(), afterAttempts: 10, age: .zero, dice: 0)
        == .dead(.exhausted))
    #expect(RetryPolicy.webhook.allowsAttempt(afterAttempts: 9))
    #expect(!RetryPolicy.webhook.allowsAttempt(afterAttempts: 10))
  }

  @Test("spreads a wait by a fifth", arguments: [(-1.0, 240), (0.0, 300), (1.0, 360)])
  func spread(_ dice: Double, _ seconds: Int) {
    let step = RetryPolicy.webhook.step(.retry(), afterAttempts: 2, age: .zero, dice: dice)
    guard case .retry(let wait) = step else {
      Issue.record("not tried again: \(step)")
      return
    }
    #expect(abs((wait - .seconds(seconds)) / .seconds(1)) < 0.001)
  }

  @Test(
    "never comes back before the receiver asked",
    arguments: [
      (1, 4, 5), (1, 5, 5), (1, 6, 6), (1, 86_400, 86_400), (2, 6, 300),
    ])
  func notBefore(_ attempts: Int, _ asked: Int, _ waits: Int) {
    let step = RetryPolicy.webhook.step(
      .retry(notBefore: .seconds(asked)), afterAttempts: attempts, age: .zero, dice: 0)
    #expect(step == .retry(after: .seconds(waits)))
  }

  @Test("tries a mail for four days", arguments: [(71, true), (72, true), (73, false)])
  func emailAge(_ hours: Int, _ isTried: Bool) {
    let step = RetryPolicy.email.step(
      .retry(), afterAttempts: 12, age: .hours(hours), dice: 0)
    #expect(step == (isTried ? .retry(after: .hours(24)) : .dead(.exhausted)))
  }

  @Test(
    "tries a little when the answer looks final",
    arguments: [
      (1, .retry(after: .seconds(5))), (2, .retry(after: .seconds(5))), (3, .dead(.permanent)),
    ]
      as [(Int, DeliveryStep)])
  func brief(_ attempts: Int, _ step: DeliveryStep) {
    #expect(
      RetryPolicy.webhook.step(.retryBriefly, afterAttempts: attempts, age: .zero, dice: 0)
        == step)
  }

  @Test(
    "has no say in what is settled",
    arguments: [(.done, .succeeded), (.giveUp(.gone), .dead(.gone))] as [(Course, DeliveryStep)])
  func settled(_ course: Course, _ step: DeliveryStep) {
    #expect(RetryPolicy.email.step(course, afterAttempts: 1, age: .zero, dice: 0) == step)
  }
}
