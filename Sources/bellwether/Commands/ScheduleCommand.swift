import ArgumentParser
import Engine
import Expressions
import Foundation
import Rules

/// `bellwether schedule`: when rules run.
struct ScheduleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schedule", abstract: "See when rules run.",
    subcommands: [ListCommand.self])

  /// `bellwether schedule list`.
  struct ListCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "list",
      abstract: "Show the next five times of each rule, on its clocks.",
      discussion: """
        Without --tenant the clocks are those of bellwether.yaml's timezone, and no database is \
        needed.

        Examples:
          bellwether schedule list
          bellwether schedule list --tenant acme
          bellwether schedule list --as-of '2026-03-28 12:00' --json

        Exit code: 0 done, 1 errors in the files or no such tenant, 2 wrong usage.
        """)

    @Option(help: ArgumentHelp("The tenant whose zone counts.", valueName: "slug"))
    var tenant: String?

    @Flag(help: "Print one JSON object.")
    var json = false

    @OptionGroup var time: TimeOptions
    @OptionGroup var project: ProjectOptions
    @OptionGroup var database: DatabaseOptions

    func run() async throws {
      let loaded = LoadedProject(try Project(root: project.root))
      let ruleSet = try loaded.requireRules()
      let zone = try await zone(loaded, ruleSet)
      let now = Instant(microseconds: Int64(Date().timeIntervalSince1970) * 1_000_000)
      let start = time.instant(in: zone) ?? now
      let rules = ruleSet.rules.values.sorted { $0.name < $1.name }
      print(
        json
          ? ScheduleOutput.json(rules, zone: zone, after: start)
          : ScheduleOutput.text(rules, zone: zone, after: start))
    }

    private func zone(_ loaded: LoadedProject, _ ruleSet: RuleSet) async throws -> Zone {
      guard let tenant else { return try loaded.settings.zone() }
      let session = try await DatabaseSession.open(database, settings: loaded.settings)
      do {
        let engine = try session.engine(ruleSet: ruleSet, settings: loaded.settings)
        let found = try await engine.existingTenants(named: tenant)
        await session.close()
        guard let first = found.first else { throw CommandFailure("there is no tenant") }
        return first.zone
      } catch {
        await session.close()
        throw error
      }
    }
  }
}

/// What `schedule list` prints.
enum ScheduleOutput {
  static let count = 5

  static func text(_ rules: [Rule], zone: Zone, after start: Instant) -> String {
    var text = "times in \(zone.identifier)\n"
    for rule in rules {
      let mode = rule.mode == .paused ? " (paused)" : ""
      guard let schedule = rule.schedule else {
        text += "\n\(rule.name)\(mode): no schedule, runs when asked\n"
        continue
      }
      text += "\n\(rule.name)\(mode): \(schedule)\n"
      for time in times(schedule, zone, start) { text += "  \(shown(time, schedule, zone))\n" }
    }
    return String(text.dropLast())
  }

  static func json(_ rules: [Rule], zone: Zone, after start: Instant) -> String {
    let items = rules.map { rule in
      let times = rule.schedule.map { self.times($0, zone, start) } ?? []
      return ValueJSON.object([
        ("rule", ValueJSON.string(rule.name)),
        ("schedule", rule.schedule.map { ValueJSON.string("\($0)") } ?? "null"),
        ("paused", rule.mode == .paused ? "true" : "false"),
        (
          "next",
          "["
            + times.map {
              ValueJSON.object([
                ("nominal", ValueJSON.string($0.text)),
                ("at", ValueJSON.string($0.instant.iso8601)),
              ])
            }.joined(separator: ",") + "]"
        ),
      ])
    }
    return ValueJSON.object([
      ("zone", ValueJSON.string(zone.identifier)), ("rules", "[\(items.joined(separator: ","))]"),
    ])
  }

  private static func times(
    _ schedule: Schedule, _ zone: Zone, _ start: Instant
  ) -> [NominalTime] {
    var times: [NominalTime] = []
    var instant = start
    while times.count < count, let next = schedule.nominalTime(after: instant, in: zone) {
      times.append(next)
      instant = next.instant
    }
    return times
  }

  /// What the zone's clocks show then, and the nominal time where that is another.
  private static func shown(_ time: NominalTime, _ schedule: Schedule, _ zone: Zone) -> String {
    let clock = zone.wallClock(time.instant)
    let local = NominalTime(reading: clock, instant: time.instant).text
    let day = CivilDate(daysSinceEpoch: Int(clock.floorDivided(by: 86_400_000_000)))
    let weekday = Schedule.weekdays[day.weekday - 1].prefix(3)
    let isMoved = schedule.clock(in: zone) == zone && time.reading != clock
    let note = isMoved ? "  for \(time.text), which clocks jump over" : ""
    return "\(weekday) \(local)  \(time.instant.iso8601)\(note)"
  }
}
