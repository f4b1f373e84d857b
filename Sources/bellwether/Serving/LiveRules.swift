import Diagnostics
import Foundation
import Logging
import Rules
import ServiceLifecycle
import Synchronization

/// The rules that a service runs by now, exchanged as a whole.
final class LiveRules: Sendable {
  struct State: Sendable {
    var ruleSet: RuleSet
    var settings: Settings

    /// Grows with each exchange.
    var generation = 0
  }

  private let state: Mutex<State>

  init(_ ruleSet: RuleSet, settings: Settings) {
    state = Mutex(State(ruleSet: ruleSet, settings: settings))
  }

  var current: State { state.withLock { $0 } }

  func exchange(_ ruleSet: RuleSet, settings: Settings) {
    state.withLock {
      $0 = State(ruleSet: ruleSet, settings: settings, generation: $0.generation + 1)
    }
  }
}

/// Looks for changed files, and takes them when all are right.
struct RuleWatch: Service {
  private let root: URL
  private let rules: LiveRules
  private let interval: Duration
  private let logger = Logger(label: "rules")

  init(root: URL, rules: LiveRules, interval: Duration) {
    self.root = root
    self.rules = rules
    self.interval = interval
  }

  func run() async throws {
    var seen = fingerprint()
    // A change while the program started would otherwise not be seen.
    var isFirst = true
    while !Task.isShuttingDownGracefully, !Task.isCancelled {
      let now = fingerprint()
      if now != seen || isFirst {
        reload(quietly: isFirst)
        seen = now
        isFirst = false
      }
      await cancelWhenGracefulShutdown { try? await Task.sleep(for: interval) }
    }
  }

  private func reload(quietly: Bool) {
    let loaded: LoadedProject
    do {
      loaded = LoadedProject(try Project(root: root))
    } catch {
      logger.error("the rule files cannot be read, so the rules stay as they were: \(error)")
      return
    }
    let errors = loaded.diagnostics.flatMap { report in
      report.diagnostics.filter { $0.severity == .error }
        .map { DiagnosticRenderer.text($0, in: report.source) }
    }
    guard let ruleSet = loaded.ruleSet, errors.isEmpty else {
      logger.error(
        """
        \(errors.count) \(errors.count == 1 ? "error" : "errors") in the rule files, so the rules \
        stay as they were:
        \(errors.joined(separator: "\n\n"))
        """)
      return
    }
    if quietly { return }
    rules.exchange(ruleSet, settings: loaded.settings)
    logger.notice("the rule files changed; \(ruleSet.rules.count) rules run from now on")
  }

  /// Paths, sizes and times of all files that a project is read from.
  private func fingerprint() -> [String] {
    let manager = FileManager.default
    var paths = ["bellwether.yaml"]
    for folder in ["rules", "templates"] {
      let inside = try? manager.subpathsOfDirectory(atPath: root.appending(path: folder).path)
      paths += (inside ?? []).map { "\(folder)/\($0)" }
    }
    return paths.sorted().map { path in
      let attributes = try? manager.attributesOfItem(atPath: root.appending(path: path).path)
      let size = (attributes?[.size] as? NSNumber)?.int64Value ?? -1
      let changed = (attributes?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
      return "\(path) \(size) \(changed)"
    }
  }
}
