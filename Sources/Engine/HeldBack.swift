/// What can hold back a rule's alerts: rules of the same pass by their places, and the keys of the
/// things for which another rule's alert is open.
struct Suppressors {
  let places: [Int]
  let elsewhere: [Set<String>]
}

/// The things for which the alerts of a rule are held back.
struct HeldBack {
  private let keys: [Set<String>]

  init(by keys: [Set<String>]) { self.keys = keys }

  func contains(_ key: String) -> Bool { keys.contains { $0.contains(key) } }
}
