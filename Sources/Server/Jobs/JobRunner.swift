import Engine
import Expressions
import Foundation
import HTTPTypes
import Logging
import Postgres
import Rules
import Store

/// Runs jobs that callers ask for, each at most once at a time.
///
/// A job goes on when its caller leaves. Whoever asks for one that is under way waits for it.
actor JobRunner {
  /// What is asked for.
  struct Request: Sendable, Hashable {
    var job: String
    var tenant: String?
    var isDryRun: Bool
  }

  /// A job that was started.
  struct Entry: Sendable {
    var id: UUIDv7
    var request: Request
    var isRunning = true
    var runs: [JobRun] = []
    var warnings: [String] = []
  }

  private let interface: HTTPInterface
  private let logger = Logger(label: "jobs")

  /// The latest jobs, oldest first.
  private var entries: [Entry] = []
  private var tasks: [UUIDv7: Task<Void, Never>] = [:]
  private var waiting: [UUIDv7: [AsyncStream<Void>.Continuation]] = [:]

  private static let mostRunning = 4
  private static let mostKept = 100

  init(_ interface: HTTPInterface) { self.interface = interface }

  /// Starts a job, or finds it under way, and waits until it is done or the caller's patience ends.
  func run(_ request: Request) async throws -> Entry {
    let id = try start(request)
    await wait(for: id)
    return entry(id) ?? Entry(id: id, request: request)
  }

  /// What is known of a job.
  func entry(_ id: UUIDv7) -> Entry? { entries.first { $0.id == id } }

  /// Waits until nothing runs any more.
  func finish() async {
    for task in tasks.values { await task.value }
  }

  private func start(_ request: Request) throws(Problem) -> UUIDv7 {
    if let running = entries.first(where: { $0.isRunning && $0.request == request }) {
      return running.id
    }
    let ruleSet = interface.ruleSet()
    guard let rules = interface.rules(request.job, ruleSet) else {
      throw Problem(
        .notFound, "there is no job and no rule of that name; /api/rules lists the rules")
    }
    guard tasks.count < Self.mostRunning else {
      throw Problem(
        .tooManyRequests, "\(tasks.count) jobs are under way; try again when one is done",
        headers: [.retryAfter: "30"])
    }
    let id = UUIDv7(unixMilliseconds: Int64(DispatchTime.now().uptimeNanoseconds / 1_000_000))
    entries.append(Entry(id: id, request: request))
    if entries.count > Self.mostKept, let old = entries.firstIndex(where: { !$0.isRunning }) {
      entries.remove(at: old)
    }
    tasks[id] = Task { await perform(id, request, rules, ruleSet) }
    return id
  }

  private func perform(
    _ id: UUIDv7, _ request: Request, _ rules: [Rule], _ ruleSet: RuleSet
  ) async {
    do {
      try await interface.pool.withConnection { connection in
        let engine = try await interface.engine(connection, ruleSet)
        try await perform(id, request, rules, engine, DatabaseClock(connection: connection))
      }
    } catch {
      logger.error("job \(request.job) failed: \(error)")
      change(id) { $0.runs.append(JobRun(tenant: request.tenant, outcome: .failure(error))) }
    }
    change(id) { $0.isRunning = false }
    tasks[id] = nil
    for waiter in waiting.removeValue(forKey: id) ?? [] { waiter.finish() }
  }

  private func perform(
    _ id: UUIDv7, _ request: Request, _ rules: [Rule], _ engine: Engine, _ clock: DatabaseClock
  ) async throws {
    var tenants = try await engine.tenants()
    if let slug = request.tenant {
      tenants = tenants.filter { $0.slug == slug }
      if tenants.isEmpty {
        change(id) { $0.warnings.append("there is no tenant '\(slug)', so nothing ran") }
      }
    }
    for tenant in tenants {
      let run = RunRequest(
        name: request.job, rules: rules, nominal: try await clock.now(),
        isDryRun: request.isDryRun, requestedBy: "http")
      let outcome: Result<TenantReport, any Error>
      do {
        outcome = .success(try await engine.run(run, for: tenant))
      } catch {
        // One tenant's failure stops no other.
        outcome = .failure(error)
      }
      change(id) { $0.runs.append(JobRun(tenant: tenant.slug, outcome: outcome)) }
    }
  }

  private func change(_ id: UUIDv7, _ body: (inout Entry) -> Void) {
    if let index = entries.firstIndex(where: { $0.id == id }) { body(&entries[index]) }
  }

  private func wait(for id: UUIDv7) async {
    guard tasks[id] != nil else { return }
    let (done, signal) = AsyncStream.makeStream(of: Void.self)
    waiting[id, default: []].append(signal)
    let patience = interface.patience
    await withTaskGroup(of: Void.self) { group in
      group.addTask { for await _ in done {} }
      group.addTask { try? await Task.sleep(for: patience) }
      await group.next()
      group.cancelAll()
    }
  }
}

/// A job's run for one tenant.
struct JobRun: Sendable {
  /// The tenant's slug; `nil` when it did not come to that.
  var tenant: String?
  var outcome: Result<TenantReport, any Error>

  var isSuccess: Bool { if case .success = outcome { true } else { false } }
}
