import Diagnostics
import YAML

/// Params that change nothing, and values that nobody sees.
enum UnusedNameLint: Lint {
  static func findings(in subject: LintSubject) -> [Diagnostic] {
    guard let rule = subject.rule else { return [] }
    let params = subject.unused("params").map { entry in
      Diagnostic.warning(
        .unusedParam, "the param `\(entry.key)` is not used", at: entry.keySpan,
        help: "use it, or remove it")
    }
    // The standard event of a webhook shows every value.
    guard !rule.sendsEvent else { return params }
    let values = subject.unused("values").map { entry in
      Diagnostic.warning(
        .unusedValue, "the value `\(entry.key)` decides nothing and stands in no text",
        at: entry.keySpan, help: "show it in a text, or remove it: it is computed for every row")
    }
    return params + values
  }
}

extension LintSubject {
  fileprivate func unused(_ key: String) -> [Node.Entry] {
    (root[key]?.entries ?? []).filter { !usedNames.contains($0.key) }
  }
}

extension Rule {
  /// Whether an action tells an endpoint all there is to tell.
  fileprivate var sendsEvent: Bool {
    let resolved = resolvedActions.compactMap { action in
      if case .act(let action) = action { action } else { nil }
    }
    return (actions + resolved).contains { action in
      if case .webhook(let webhook) = action.kind { webhook.body == nil } else { false }
    }
  }
}
