package import Expressions

extension Input {
  /// `opened.past_year`: what a value was when the alert opened, which no query fetches.
  package static func opened(_ name: String) -> Input { .field(path: ["opened", name]) }

  /// The value whose opening the input names, where `opened` is not the entity itself.
  package func openedValue(besides entity: String) -> String? {
    guard case .field(let path) = self, path.count == 2, path[0] == "opened", entity != "opened"
    else { return nil }
    return path[1]
  }
}

extension Rule {
  /// The values that the rule reads as they were when the alert opened, in the rule's order.
  package var openedValues: [NamedTerm] {
    let names = Set(inputs.compactMap { $0.openedValue(besides: entity) })
    return names.isEmpty ? [] : values.filter { names.contains($0.name) }
  }
}
