import Foundation
import Postgres
import Synchronization

/// What stopped the suite itself, as opposed to a broken promise.
struct ChaosFailure: Error, CustomStringConvertible {
  var description: String

  init(_ description: String) { self.description = description }
}

/// The processes of the real program, each started again when it has ended.
final class Workers: Sendable {
  /// What a process is for.
  enum Role: Int, CaseIterable, Sendable {
    case all, deliverer, secondAll, secondDeliverer, runner

    var name: String {
      switch self {
      case .all, .secondAll: "serve \(rawValue)"
      case .deliverer, .secondDeliverer: "serve --no-schedule \(rawValue)"
      case .runner: "run"
      }
    }

    func arguments(lease: Int) -> [String] {
      let serve = ["serve", "--listen", "off", "--lease-milliseconds", "\(lease)"]
      return switch self {
      case .all, .secondAll: serve
      case .deliverer, .secondDeliverer: serve + ["--no-schedule"]
      case .runner: ["run", "triggers"]
      }
    }
  }

  let logs: URL
  private let program: String
  private let project: URL
  private let url: String
  private let lease: Int
  private let children = Mutex<[Role: ChildProcess]>([:])
  private let starts = Mutex(0)

  init(program: String, project: URL, logs: URL, url: String, lease: Int) {
    self.program = program
    self.project = project
    self.logs = logs
    self.url = url
    self.lease = lease
  }

  /// How often a process was started.
  var started: Int { starts.withLock { $0 } }

  /// Starts each that does not run.
  func keepRunning() throws {
    for role in Role.allCases
    where children.withLock({ $0[role] })?.exitStatus() != nil
      || children.withLock({ $0[role] }) == nil
    {
      let child = try start(role)
      children.withLock { $0[role] = child }
    }
  }

  private func start(_ role: Role) throws -> ChildProcess {
    let path = logs.appending(path: "\(role.rawValue).log").path
    let log = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
    guard log >= 0 else { throw ChaosFailure("cannot write \(path)") }
    defer { close(log) }
    var environment = ProcessInfo.processInfo.environment
    environment["DATABASE_URL"] = url
    environment["CHAOS_SECRET"] = "whsec_" + Business.canary
    environment["SENTRY_DSN"] = nil
    let child = try ChildProcess(
      [program] + role.arguments(lease: lease),
      environment: environment.map { "\($0.key)=\($0.value)" }, in: project.path, output: log)
    starts.withLock { $0 += 1 }
    return child
  }

  /// Sends a signal to one of those that run; its name, or `nil` when none did.
  func signal(_ number: Int32, using random: inout Seeded) -> Role? {
    let running = children.withLock { $0 }.filter { $0.value.exitStatus() == nil }
    let roles = running.keys.sorted { $0.rawValue < $1.rawValue }
    guard let role = roles.randomElement(using: &random) else { return nil }
    running[role]?.signal(number)
    return role
  }

  func signal(_ number: Int32, _ role: Role) { children.withLock { $0[role] }?.signal(number) }

  /// Asks all to stop, and waits.
  func stop() async {
    let all = children.withLock { Array($0.values) }
    for child in all {
      child.signal(SIGCONT)
      child.signal(SIGTERM)
    }
    for child in all where await child.wait(atMost: .seconds(25)) == nil { child.signal(SIGKILL) }
  }
}
