/// What can hold back a rule's alerts: rules of the same pass by their places, and other rules with
/// the keys of the things for which their alerts are open.
struct Suppressors {
  let places: [Int]
  let elsewhere: [(rule: String, keys: Set<String>)]
}

/// The things for which the alerts of a rule are held back, by the rule that does.
struct HeldBack {
  private let keys: [(rule: String, keys: Set<String>)]

  init(by keys: [(rule: String, keys: Set<String>)]) { self.keys = keys }

  /// The first rule that holds back the alert of a thing, if one does.
  func rule(holding key: String) -> String? { keys.first { $0.keys.contains(key) }?.rule }
}
