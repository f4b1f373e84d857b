extension Catalog {
  /// What a person means by `406` or `customer/406`: a key, and the kind of thing if it is said.
  package func thing(_ text: String) -> (entity: String?, key: String) {
    let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
    guard parts.count == 2, entities[parts[0]] != nil else { return (nil, text) }
    return (parts[0], parts[1])
  }
}
