import ArgumentParser
import Engine
import Foundation
import Rules

/// `bellwether doctor`: says what is wrong and how to mend it.
struct DoctorCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "doctor",
    abstract: "Look at the database, the mail server, the endpoints and the files.",
    discussion: """
      Looks at: the database, its role, migrations and clock; the mail server's hello, encryption \
      and login; each endpoint's name, TLS and secrets; rules and templates. Nothing is changed, \
      and nothing is sent unless --ping asks for a signed event of type dev.bellwether.ping.

      Examples:
        bellwether doctor
        bellwether doctor --ping --json

      Exit code: 0 nothing is wrong, 1 something is, 2 wrong usage.
      """)

  @Flag(help: "Post a signed ping to each endpoint.")
  var ping = false

  @Flag(help: "Print one JSON object.")
  var json = false

  @OptionGroup var project: ProjectOptions
  @OptionGroup var database: DatabaseOptions

  func run() async throws {
    let loaded = LoadedProject(try Project(root: project.root))
    let environment = ProcessInfo.processInfo.environment
    let doctor = Doctor(settings: loaded.settings, secrets: { environment[$0] })
    var found = await doctor.examineDatabase(
      database.database ?? environment[loaded.settings.databaseVariable])
    found.append(await doctor.examineMail())
    for (_, endpoint) in loaded.settings.endpoints.sorted(by: { $0.key < $1.key }) {
      found.append(await doctor.examine(endpoint, ping: ping))
    }
    found += doctor.examine(loaded)
    print(json ? Self.json(found) : Self.text(found))
    if found.contains(where: { $0.verdict == .wrong }) { throw ExitCode(1) }
  }

  static func text(_ found: [Examination]) -> String {
    let lines = found.map { examination in
      let mark =
        switch examination.verdict {
        case .well: "ok     "
        case .warning: "warning"
        case .wrong: "WRONG  "
        }
      return "\(mark)  \(examination.subject): \(examination.finding)"
        + (examination.help.map { "\n         help: \($0)" } ?? "")
    }
    let wrong = found.count { $0.verdict == .wrong }
    return lines.joined(separator: "\n")
      + (wrong == 0 ? "\nnothing is wrong" : "\n\(wrong) of \(found.count) are wrong")
  }

  static func json(_ found: [Examination]) -> String {
    let items = found.map { examination in
      ValueJSON.object([
        ("subject", ValueJSON.string(examination.subject)),
        ("verdict", ValueJSON.string(examination.verdict.rawValue)),
        ("finding", ValueJSON.string(examination.finding)),
        ("help", examination.help.map(ValueJSON.string) ?? "null"),
      ])
    }
    return ValueJSON.object([
      ("is_well", found.contains { $0.verdict == .wrong } ? "false" : "true"),
      ("findings", "[" + items.joined(separator: ",") + "]"),
    ])
  }
}
