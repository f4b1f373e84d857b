import Diagnostics
import Evaluation
import Expressions
import Foundation
import Planning
import Postgres
import Rules
import SQLText
import Testing

/// The Northwind database with its recorded answers, where this machine has them, and the rules of
/// `examples/northwind`.
enum Northwind {
  /// `data/northwind` of the folder in `BELLWETHER_SHARED`, else of `../shared`.
  static let folder: URL? = {
    let shared = ProcessInfo.processInfo.environment["BELLWETHER_SHARED"]
    let places =
      [shared.map { URL(filePath: $0) }].compactMap(\.self) + [
        RuleFolder.package.appending(path: "../shared"),
        RuleFolder.package.appending(path: "../../shared"),
      ]
    return places.map { $0.appending(path: "data/northwind") }.first {
      FileManager.default.fileExists(atPath: $0.appending(path: "northwind.sql.gz").path)
    }
  }()

  /// Fills a new database with the tables as they are published.
  static func load(into connection: Connection) async throws {
    let folder = try #require(folder)
    let gunzip = Process()
    gunzip.executableURL = URL(filePath: "/bin/gunzip")
    gunzip.arguments = ["-c", folder.appending(path: "northwind.sql.gz").path]
    let output = Pipe()
    gunzip.standardOutput = output
    try gunzip.run()
    let script = try output.fileHandleForReading.readToEnd() ?? Data()
    gunzip.waitUntilExit()
    try await connection.execute(script: String(decoding: script, as: UTF8.self))
    // The script empties the search path of its session.
    try await connection.execute(script: "RESET ALL")
  }

  /// The rows of a recorded answer, for one day where it has several, by key.
  static func answer(
    _ name: String, key: String, on day: String? = nil
  ) throws -> [String: [String: String]] {
    let file = try #require(folder).appending(path: "answers/\(name).csv")
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    let columns = fields(of: try #require(lines.first))
    var answer: [String: [String: String]] = [:]
    for line in lines.dropFirst() {
      let row = Dictionary(uniqueKeysWithValues: zip(columns, fields(of: line)))
      if day == nil || row["as_of"] == day { answer[try #require(row[key])] = row }
    }
    return answer
  }

  /// The fields of a line of CSV, in which a quoted field may hold commas.
  private static func fields(of line: Substring) -> [String] {
    var fields = [""]
    var isQuoted = false
    for character in line {
      switch character {
      case "\"": isQuoted.toggle()
      case "," where !isQuoted: fields.append("")
      default: fields[fields.count - 1].append(character)
      }
    }
    return fields
  }

  /// The example's rules, without a single thing to complain about.
  static func ruleSet() throws -> RuleSet {
    let folder = RuleFolder.package.appending(path: "examples/northwind/rules")
    let (ruleSet, found) = try RuleFolder.ruleSet(in: folder)
    for file in found {
      for diagnostic in file.diagnostics {
        Issue.record("\(DiagnosticRenderer.text(diagnostic, in: file.source))")
      }
    }
    return ruleSet
  }
}

/// What a rule found at one time: planned, fetched by COPY and evaluated, as a run does it.
struct NorthwindRun: Sendable {
  /// The values of the things in scope, and whether the rule matches, by key.
  private(set) var values: [String: [String: Value]] = [:]
  private(set) var matches: Set<String> = []
  private(set) var unknown: Set<String> = []

  init(_ name: String, at time: String, on connection: Connection) async throws {
    let ruleSet = try Northwind.ruleSet()
    let rule = try #require(ruleSet.rules[name])
    let context = EvaluationContext(now: try #require(Instant(time, in: .utc)), zone: .utc)
    let terms = [rule.scope, rule.when].compactMap(\.self) + rule.values.map(\.term)
    let plan = FetchPlan(
      FetchRequest(
        entity: try #require(ruleSet.catalog.entities[rule.entity]),
        inputs: terms.reduce(into: []) { $0.formUnion($1.inputs) }, tenant: nil,
        now: context.now, zone: context.zone),
      catalog: ruleSet.catalog)
    let program = BatchProgram(
      [rule.scope ?? .constant(.bool(true)), rule.when], slots: plan.slots, context: context)
    let programs = rule.values.map {
      ($0.name, Program($0.term, slots: plan.slots, context: context))
    }
    for batch in try await FetchedRows(plan, from: connection).batches {
      var evaluation = program.evaluate(batch)
      let inScope = evaluation.outcome(of: 0).isTrue
      let outcome = evaluation.outcome(of: 1)
      #expect(outcome.errors.isEmpty)
      for index in inScope.setIndices {
        let row = batch.row(index)
        guard case .text(let key) = row.value(at: 0) else { continue }
        values[key] = Dictionary(
          uniqueKeysWithValues: programs.map { ($0, $1.value(of: row)) })
        if outcome.isTrue[index] { matches.insert(key) }
        if !outcome.isTrue[index] && !outcome.isFalse[index] { unknown.insert(key) }
      }
    }
  }
}
