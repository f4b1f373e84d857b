import Foundation

/// What a run of the suite came to.
struct Figures: Codable, Sendable {
  var events = 0
  var kills = 0
  var restarts = 0
  var lost = 0
  var duplicateTasks = 0
  var extraPosts = 0
  var extraPostsBound = 0
  var maxRedeliveryS = 0.0
  var processKills = 0
  var sessionKills = 0
  var stops = 0
  var tasks = 0
  var attempts = 0
  var deliveries: [String: Int] = [:]
  var misdeeds: [String: Int] = [:]
  var redelivered = 0
  var seconds = 0
  var seed: UInt64 = 0
  var broken: [String] = []

  enum CodingKeys: String, CodingKey {
    case events, kills, restarts, lost
    case duplicateTasks = "duplicate_tasks"
    case extraPosts = "extra_posts"
    case extraPostsBound = "extra_posts_bound"
    case maxRedeliveryS = "max_redelivery_s"
    case processKills = "process_kills"
    case sessionKills = "session_kills"
    case stops, tasks, attempts, deliveries, misdeeds, redelivered, seconds, seed, broken
  }

  var json: String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
  }

  var text: String {
    let rows: [(String, String)] = [
      ("events", "\(events), and \(tasks) tasks"),
      (
        "deliveries",
        deliveries.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
          .joined(separator: ", ")
      ),
      ("attempts", "\(attempts)"),
      ("kills", "\(kills): \(processKills) processes, \(sessionKills) sessions"),
      ("stopped for a while", "\(stops)"),
      ("restarts of PostgreSQL", "\(restarts)"),
      ("misdeeds of receivers", "\(misdeeds.values.reduce(0, +))"),
      ("lost", "\(lost)"),
      ("duplicate tasks", "\(duplicateTasks)"),
      ("extra POSTs", "\(extraPosts), may be \(extraPostsBound)"),
      (
        "longest until sent again",
        "\((maxRedeliveryS * 10).rounded() / 10) s, of \(redelivered) cut off"
      ),
      ("seconds", "\(seconds), seed \(seed)"),
    ]
    let width = rows.map(\.0.count).max() ?? 0
    let lines = rows.map { $0.0.padding(toLength: width + 2, withPad: " ", startingAt: 0) + $0.1 }
    let verdict = broken.isEmpty ? ["every promise held"] : broken.map { "BROKEN: \($0)" }
    return (lines + verdict).joined(separator: "\n")
  }
}
