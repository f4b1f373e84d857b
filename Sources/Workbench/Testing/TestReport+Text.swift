import Expressions

extension TestReport {
  /// The report for a terminal: a line for each rule with tests, and what failed below it.
  package var text: String {
    rules.filter { !$0.tests.isEmpty }.map(\.text).joined()
  }

  /// `42 tests of 9 rules: 41 passed, 1 failed, 0.02 s; 2 rules without tests`.
  package func summary(seconds: Double) -> String {
    let tested = rules.count { !$0.tests.isEmpty }
    let untested = rules.count - tested
    return "\(counted(count, "test")) of \(counted(tested, "rule")): \(count - failed) passed, "
      + "\(failed) failed, \(seconds.hundredths) s"
      + (untested == 0 ? "" : "; \(counted(untested, "rule")) without tests")
  }
}

extension TestReport.RuleResult {
  fileprivate var text: String {
    let line =
      "\(path): \(counted(tests.count, "test")), "
      + (failed == 0 ? "all passed" : "\(failed) failed") + "\n"
    return tests.reduce(into: line) { text, test in
      guard !test.mismatches.isEmpty else { return }
      text += "\n  \(path):\(test.line): \(test.name)\n"
      text += test.details.map { "    \($0)\n" }.joined() + "\n"
    }
  }
}

extension TestResult {
  /// What was expected, what came, and why.
  var details: [String] {
    mismatches.flatMap(\.lines) + (explanation.isEmpty ? [] : [""] + explanation)
  }
}

extension TestResult.Mismatch {
  fileprivate var lines: [String] {
    guard expected.contains("\n") || found.contains("\n") else {
      return ["\(subject): expected \(expected)", "\(spaces)  but it is \(found)"]
    }
    return ["\(subject): expected"] + expected.indentedLines + ["but it is"] + found.indentedLines
  }

  private var spaces: String { String(repeating: " ", count: subject.count) }
}

extension MutationResult {
  /// The changes that no test noticed, for a terminal.
  package var text: String {
    guard isTested else {
      return "\(path): no tests, which would notice none of \(counted(tried, "mutant"))\n"
    }
    let line = "\(path): killed \(tried - survivors.count) of \(counted(tried, "mutant"))\n"
    return survivors.reduce(into: line) { text, mutant in
      text += "\n  \(mutant.key)\n    - \(mutant.old)\n    + \(mutant.new)\n    \(mutant.hint)\n"
    } + (survivors.isEmpty ? "" : "\n")
  }
}

extension [MutationResult] {
  /// `killed 37 of 41 mutants of 9 rules, 0.02 s`.
  package func mutationSummary(seconds: Double) -> String {
    let tried = reduce(0) { $0 + $1.tried }
    let survived = reduce(0) { $0 + $1.survivors.count }
    return "killed \(tried - survived) of \(counted(tried, "mutant")) of "
      + "\(counted(count, "rule")), \(seconds.hundredths) s"
  }
}

func counted(_ count: Int, _ word: String) -> String { "\(count) \(word)\(count == 1 ? "" : "s")" }

extension Double {
  /// The number with two places.
  fileprivate var hundredths: String { decimalText(places: 2) }
}

extension String {
  fileprivate var indentedLines: [String] {
    split(separator: "\n", omittingEmptySubsequences: false).map { $0.isEmpty ? "" : "  \($0)" }
  }
}
