import Diagnostics
import Expressions
import YAML

extension RuleBuilder {
  /// Reads `lifecycle` and `remind`.
  mutating func readLifecycle() -> Lifecycle {
    var lifecycle = Lifecycle()
    if let node = root["lifecycle"] {
      lifecycle = Lifecycle(
        openAfter: node.text("open_after").flatMap(Scalars.checks) ?? 1,
        resolveWhen: readResolveWhen(node["resolve_when"]),
        resolveAfter: node.text("resolve_after").flatMap(Scalars.checks) ?? 1,
        reopenWithin: node.period("reopen_within"), cooldown: node.period("cooldown"),
        expireAfter: node.period("expire_after"))
    }
    lifecycle.remind = root.text("remind").flatMap(Scalars.reminder)
    return lifecycle
  }

  private mutating func readResolveWhen(_ node: Node?) -> Term? {
    node.flatMap { condition($0, in: alertScope) }?.joined
  }

  /// Reads `needs_fresh`, whose source must say when its rows arrived.
  mutating func readFreshness() -> Freshness? {
    guard let node = root["needs_fresh"], let fresh = node.text.flatMap(Scalars.freshness) else {
      return nil
    }
    let sources = library.catalog.sources
    guard let source = sources[fresh.source] else {
      report.error(
        .unknownSource, "there is no source `\(fresh.source)`", at: node.span,
        help: suggestion(for: fresh.source, among: sources.keys.sorted()))
      return nil
    }
    if source.loadedAt == nil {
      report.error(
        .noLoadedAt, "the source `\(fresh.source)` does not say when its rows arrived",
        at: node.span, help: "add `loaded_at:` to it in the catalog, as in `max(created_at)`")
    }
    return fresh
  }

  /// Reads `suppressed_by`: other rules about the same things, and none that waits for this one.
  mutating func readSuppressors(of name: String) -> [String] {
    let items = root["suppressed_by"]?.items ?? []
    return items.compactMap { item in
      guard let other = item.text else { return nil }
      guard let head = library.rules[other] else {
        report.error(
          .unknownRule, "there is no rule `\(other)`", at: item.span,
          help: suggestion(for: other, among: library.rules.keys.sorted()))
        return nil
      }
      if let their = head.entity, their != entity {
        report.error(
          .suppressorElsewhere,
          "the rule `\(other)` is about \(their), and this one about "
            + entity, at: item.span, help: "name a rule with `for_each: \(entity)`")
      } else if let circle = library.suppression(from: other, to: name) {
        report.error(
          .suppressionCircle,
          circle == [name]
            ? "the rule `\(name)` cannot hold itself back"
            : "rules wait for each other in a circle: "
              + ([name] + circle.dropLast()).joined(separator: ", "),
          at: item.span,
          help: circle == [name]
            ? "remove it" : "let one of them go first, which waits for none of the others")
      }
      return other
    }
  }
}

extension Library {
  /// The rules from `first` on, each held back by the next, that lead to `last`; `nil` if none do.
  fileprivate func suppression(from first: String, to last: String) -> [String]? {
    var paths = [[first]]
    var seen: Set = [first]
    while let path = paths.popLast() {
      guard let end = path.last else { continue }
      if end == last { return path }
      for next in rules[end]?.suppressedBy ?? [] where seen.insert(next).inserted {
        paths.append(path + [next])
      }
    }
    return nil
  }
}

extension Scope {
  /// The scope with what the rule's values were when the alert opened: `opened.past_year`.
  func addingOpened(_ values: some Sequence<NamedTerm>) -> Scope {
    var scope = self
    for value in values {
      let name = Input.opened(value.name).description
      if scope.fields[name] == nil { scope.fields[name] = FieldSymbol(type: value.type) }
    }
    return scope
  }
}

extension Action {
  /// Whether it tells somebody, which a reminder does again.
  package var isMessage: Bool {
    switch kind {
    case .email, .webhook: true
    case .task, .update: false
    }
  }
}
