import Foundation
import SQLText
import Support
import Testing

@testable import chaos

@Suite("The fault suite", .serialized)
struct ChaosTests {
  @Test("finds every promise kept in a few seconds of faults")
  func short() async throws {
    let figures = try await Self.trial(minutes: 0.1).run()
    // How soon something is sent again depends on what else the machine does; the script asks it.
    #expect(figures.broken.filter { !$0.hasPrefix("sent again only") } == [])
    #expect(figures.lost == 0)
    #expect(figures.duplicateTasks == 0)
    #expect(figures.tasks >= 40)
    #expect(figures.events >= 80)
    #expect(figures.kills > 0)
    #expect(figures.extraPosts <= figures.extraPostsBound)
  }

  @Test("finds tasks lost and made twice, leases left, events without an end, and the secret")
  func sabotage() async throws {
    var trial = Self.trial(minutes: 0.01)
    trial.sabotage = { site in
      for change in [
        "DELETE FROM todo WHERE account_code = 'a1'",
        "INSERT INTO todo (firm_id, title, account_code) VALUES (1, 'again', 'a2')",
        "UPDATE todo SET notes = '\(Business.canary)' WHERE account_code = 'a3'",
      ] { _ = try await site.query(.init(trusted: change)) }
      _ = try await site.query(
        """
        UPDATE bellwether.delivery SET state = 'leased' WHERE id = (
          SELECT id FROM bellwether.delivery WHERE channel = 'webhook' AND state = 'succeeded'
          LIMIT 1)
        """)
    }
    let figures = try await trial.run()
    #expect(figures.lost == 1)
    #expect(figures.duplicateTasks == 1)
    #expect(
      figures.broken.sorted() == [
        "accounts without a task: 1", "deliveries leased at rest: 1", "duplicate tasks: 1",
        "events without one end for each target: 1",
        "rows of public.todo that hold the secret: 1",
      ])
  }

  private static func trial(minutes: Double) -> Trial {
    let program = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../.build/debug/bellwether").standardizedFileURL.path
    var trial = Trial(
      folder: URL(filePath: TemporaryFolder.make(prefix: "bellwether-chaos")), program: program,
      minutes: minutes, seed: 4, lease: 3000)
    trial.accountsAtOnce = 40
    return trial
  }
}
