package import Expressions

extension Explanation {
  /// Why the outcome is what it is, in one line: `93 days ≥ 45 days`, `last_order is missing`.
  ///
  /// Empty where the parts say it.
  package func why(in zone: Zone) -> String {
    switch outcome {
    case .failed(let error): parts.isEmpty ? "cannot be evaluated: \(error.words)" : ""
    case .unknown: causes.map(\.lack).joined(separator: ", ")
    case .yes, .no: relation(holds: outcome == .yes, in: zone)
    }
  }

  /// The comparison as it really stands, turned round where the term says no.
  private func relation(holds: Bool, in zone: Zone) -> String {
    guard case .apply(let operation, let terms) = term, !operands.isEmpty else { return "" }
    let shown = operands.map { $0.shown(in: zone) }
    let left = shown[0]
    switch (operation, shown.count) {
    case (.isMissing, _), (.isPresent, _): return "it is \(left)"
    case (.isIn, 2): return "\(left) is \(holds ? "" : "not ")one of \(shown[1])"
    case (.between, 3):
      return "\(left) is \(holds ? "" : "not ")between \(shown[1]) and \(shown[2])"
    case (.severityIs, _), (.severityAtLeast, _): return "it is \(operands[0].plain)"
    case (_, 2):
      if let sign = operation.sign(holds: holds, isTime: operands[0].isInstant) {
        return "\(left) \(sign) \(shown[1])"
      }
    default: break
    }
    return zip(terms, shown).filter { !$0.0.isConstant }.map { "\($0.0.text) is \($0.1)" }
      .joined(separator: ", ")
  }
}

extension Term {
  /// How a missing term is spoken of.
  package var lack: String {
    switch self {
    case .input, .named: "\(text) is missing"
    default: "\(text) cannot be computed"
    }
  }

  fileprivate var isConstant: Bool {
    if case .constant = self { true } else { false }
  }
}

extension Operation {
  fileprivate func sign(holds: Bool, isTime: Bool) -> String? {
    switch self {
    case .equal: holds ? "=" : "≠"
    case .notEqual: holds ? "≠" : "="
    case .less where isTime: holds ? "is before" : "is not before"
    case .greater where isTime: holds ? "is after" : "is not after"
    case .lessOrEqual where isTime: holds ? "is not after" : "is after"
    case .greaterOrEqual where isTime: holds ? "is not before" : "is before"
    case .less: holds ? "<" : "≥"
    case .lessOrEqual: holds ? "≤" : ">"
    case .greater: holds ? ">" : "≤"
    case .greaterOrEqual: holds ? "≥" : "<"
    default: nil
    }
  }
}

extension Value {
  fileprivate var isInstant: Bool {
    if case .instant = self { true } else { false }
  }

  fileprivate var plain: String {
    if case .text(let text) = self { text } else { "missing" }
  }
}
