/// What is done with any bytes: the first says what the rest are, and that is done to them.
///
/// A trap is a bug, and so is everything in the answer.
package enum FuzzEntry {
  /// What bytes may be, each with everything that is done to such a text.
  package enum Subject: UInt8, CaseIterable {
    case expression, cel, rule, template, project

    /// The byte in front of such a text, a digit, so that seeds can be read.
    package var mark: UInt8 { UInt8(ascii: "0") + rawValue }
  }

  /// Does with the bytes whatever their first says, and tells which promises were broken.
  package static func run(_ input: [UInt8]) -> [String] {
    guard let mark = input.first else { return [] }
    let bytes = Array(input.dropFirst())
    let subject = Int(mark &- Subject.expression.mark) % Subject.allCases.count
    return switch Subject.allCases[subject] {
    case .expression: FuzzedExpression.run(String(decoding: bytes, as: UTF8.self))
    case .cel: FuzzedCEL.run(String(decoding: bytes, as: UTF8.self))
    case .rule: FuzzedFile.runRule(bytes)
    case .template: FuzzedTemplate.run(String(decoding: bytes, as: UTF8.self))
    case .project: FuzzedFile.runProject(bytes)
    }
  }
}
