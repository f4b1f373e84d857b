import Foundation
import Synchronization

/// What the receivers saw, and how they are to behave.
final class Ledger: Sendable {
  struct Seen: Sendable {
    var digest: Int
    var taken = 0
    var requests = 0
  }

  struct State: Sendable {
    var posts: [String: Seen] = [:]
    var mails: [String: Seen] = [:]
    var differing: [String] = []
    var unsigned = 0
    var random: Seeded
    var misbehaves = true
    var deeds: [String: Int] = [:]
  }

  enum Kind: Sendable { case post, mail }

  private let state: Mutex<State>

  init(seed: UInt64) { state = Mutex(State(random: Seeded(seed: seed))) }

  var snapshot: State { state.withLock { $0 } }

  func behave() { state.withLock { $0.misbehaves = false } }

  /// Draws one of `deeds` by its share in ten thousand; `nil` is to do as one ought.
  func deed<Deed: RawRepresentable<String> & Sendable>(_ deeds: [(Deed, Int)]) -> Deed? {
    state.withLock { state in
      guard state.misbehaves else { return nil }
      var draw = Int.random(in: 0..<10_000, using: &state.random)
      for (deed, share) in deeds {
        draw -= share
        if draw < 0 {
          state.deeds[deed.rawValue, default: 0] += 1
          return deed
        }
      }
      return nil
    }
  }

  /// Notes what came in whole; `taken` says that a receiver would act on it.
  func note(_ kind: Kind, id: String, bytes: Data, taken: Bool) {
    let digest = bytes.reduce(into: 5381) { $0 = $0 &* 33 ^ Int($1) }
    state.withLock { state in
      let path: WritableKeyPath<State, [String: Seen]> = kind == .post ? \.posts : \.mails
      var seen = state[keyPath: path][id] ?? Seen(digest: digest)
      if seen.digest != digest { state.differing.append(id) }
      seen.requests += 1
      if taken { seen.taken += 1 }
      state[keyPath: path][id] = seen
    }
  }

  func noteUnsigned() { state.withLock { $0.unsigned += 1 } }
}

/// Numbers that follow from a seed (SplitMix64).
struct Seeded: RandomNumberGenerator, Sendable {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
