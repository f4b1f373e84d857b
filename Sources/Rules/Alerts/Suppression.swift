extension [Rule] {
  /// The rules so that none stands before one that can hold it back; otherwise in their order.
  package var suppressorsFirst: [Rule] {
    let places = Dictionary(
      enumerated().map { ($0.element.name, $0.offset) }, uniquingKeysWith: { first, _ in first })
    var ordered: [Rule] = []
    var seen: Set<Int> = []
    func visit(_ place: Int) {
      guard seen.insert(place).inserted else { return }
      for name in self[place].suppressedBy {
        if let suppressor = places[name] { visit(suppressor) }
      }
      ordered.append(self[place])
    }
    for place in indices { visit(place) }
    return ordered
  }
}
