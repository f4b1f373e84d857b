/// A regular expression of RE2's syntax that is looked for in time linear in the text.
///
/// It is run as Thompson's automaton: all alternatives at once, none twice, so that no pattern can
/// be slow. It says whether a text matches, not where. Back references and looking around, which
/// no automaton can do, are refused.
package struct Pattern: Sendable, Hashable {
  private let steps: [Step]

  /// How many steps a pattern may have once its repetitions are written out.
  static let limit = 5000

  /// How many steps each code point of a text may take.
  var size: Int { steps.count }

  /// Compiles a pattern.
  package init(_ text: String) throws(PatternFault) {
    let tree = try PatternParser.parse(text)
    var steps: [Step] = []
    try Self.append(tree, to: &steps)
    steps.append(.match)
    self.steps = steps
  }

  /// A step of the automaton.
  private enum Step: Sendable, Hashable {
    case scalar(ScalarSet)
    case check(PatternTree.Assertion)
    case jump(Int)
    case split(Int, Int)
    case match
  }

  private static func append(_ tree: PatternTree, to steps: inout [Step]) throws(PatternFault) {
    guard steps.count < limit else { throw .tooLarge }
    switch tree {
    case .scalar(let set): steps.append(.scalar(set))
    case .check(let assertion): steps.append(.check(assertion))
    case .sequence(let parts):
      for part in parts { try append(part, to: &steps) }
    case .choice(let parts):
      var ends: [Int] = []
      for (index, part) in parts.enumerated() {
        guard index < parts.count - 1 else {
          try append(part, to: &steps)
          break
        }
        let split = steps.count
        steps.append(.split(split + 1, split + 1))
        try append(part, to: &steps)
        ends.append(steps.count)
        steps.append(.jump(0))
        steps[split] = .split(split + 1, steps.count)
      }
      for end in ends { steps[end] = .jump(steps.count) }
    case .repeated(let part, let least, let most):
      for _ in 0..<least {
        let start = steps.count
        try append(part, to: &steps)
        // Nothing repeated is nothing; repeated a thousand times a thousand times it takes for ever.
        if steps.count == start { break }
      }
      if let most {
        var splits: [Int] = []
        for _ in least..<max(least, most) {
          splits.append(steps.count)
          steps.append(.split(0, 0))
          try append(part, to: &steps)
        }
        for split in splits { steps[split] = .split(split + 1, steps.count) }
      } else {
        let split = steps.count
        steps.append(.split(0, 0))
        try append(part, to: &steps)
        steps.append(.jump(split))
        steps[split] = .split(split + 1, steps.count)
      }
    }
  }

  /// Whether the pattern matches anywhere in the text.
  package func matches(_ text: String) -> Bool {
    var current = Threads(count: steps.count)
    var next = Threads(count: steps.count)
    var before: Unicode.Scalar?
    var scalars = text.unicodeScalars.makeIterator()
    var after = scalars.next()
    while true {
      // A match may begin at every place.
      if add(0, to: &current, before, after) { return true }
      guard let scalar = after else { return false }
      let following = scalars.next()
      next.removeAll()
      for thread in current.threads {
        guard case .scalar(let set) = steps[thread], set.contains(scalar) else { continue }
        if add(thread + 1, to: &next, scalar, following) { return true }
      }
      swap(&current, &next)
      before = scalar
      after = following
    }
  }

  /// Follows the steps that read nothing; true if one of them is the match.
  private func add(
    _ start: Int, to threads: inout Threads, _ before: Unicode.Scalar?, _ after: Unicode.Scalar?
  ) -> Bool {
    var pending = [start]
    while let step = pending.popLast() {
      guard threads.insert(step) else { continue }
      switch steps[step] {
      case .match: return true
      case .jump(let target): pending.append(target)
      case .split(let first, let second):
        pending.append(second)
        pending.append(first)
      case .check(let assertion):
        if assertion.holds(between: before, and: after) { pending.append(step + 1) }
      case .scalar: break
      }
    }
    return false
  }

  /// The steps that are being tried, each once.
  private struct Threads {
    private(set) var threads: [Int] = []
    private var isThere: [Bool]

    init(count: Int) { isThere = Array(repeating: false, count: count) }

    mutating func insert(_ step: Int) -> Bool {
      if isThere[step] { return false }
      isThere[step] = true
      threads.append(step)
      return true
    }

    mutating func removeAll() {
      for thread in threads { isThere[thread] = false }
      threads.removeAll(keepingCapacity: true)
    }
  }
}

/// Why a text is no pattern.
package enum PatternFault: Error, Sendable, Hashable {
  /// A bracket without its partner.
  case unbalanced(String)

  /// An escape, a group or a class that there is not.
  case unknown(String)

  /// A repetition of nothing, or of a repetition.
  case misplacedRepetition(String)
  case badRange(String)
  case tooLarge
}

/// A pattern taken apart.
indirect enum PatternTree: Sendable {
  case scalar(ScalarSet)
  case check(Assertion)
  case sequence([PatternTree])
  case choice([PatternTree])

  /// A part at least and at most so often; `nil` for any number of times.
  case repeated(PatternTree, Int, Int?)

  /// What holds at a place without reading anything.
  enum Assertion: Sendable, Hashable {
    case textStart, textEnd, lineStart, lineEnd, wordBoundary, noWordBoundary

    func holds(between before: Unicode.Scalar?, and after: Unicode.Scalar?) -> Bool {
      switch self {
      case .textStart: before == nil
      case .textEnd: after == nil
      case .lineStart: before == nil || before == "\n"
      case .lineEnd: after == nil || after == "\n"
      case .wordBoundary: Self.isWord(before) != Self.isWord(after)
      case .noWordBoundary: Self.isWord(before) == Self.isWord(after)
      }
    }

    private static func isWord(_ scalar: Unicode.Scalar?) -> Bool {
      scalar.map(ScalarSet.word.contains) ?? false
    }
  }
}
