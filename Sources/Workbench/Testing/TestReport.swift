/// What came of the tests of some rules.
package struct TestReport: Sendable {
  /// By the path of their files.
  package var rules: [RuleResult]

  /// Files with mistakes, whose tests cannot run, and how many each has.
  package var brokenFiles: [(path: String, errors: Int)]

  /// Creates a report.
  package init(rules: [RuleResult], brokenFiles: [(path: String, errors: Int)] = []) {
    self.rules = rules.sorted { ($0.path, $0.rule) < ($1.path, $1.rule) }
    self.brokenFiles = brokenFiles
  }

  /// The tests of one rule.
  package struct RuleResult: Sendable {
    package var rule: String
    package var path: String
    package var tests: [TestResult]
    package var seconds: Double

    /// Creates a result.
    package init(rule: String, path: String, tests: [TestResult], seconds: Double) {
      self.rule = rule
      self.path = path
      self.tests = tests
      self.seconds = seconds
    }
  }

  /// How many tests there are.
  package var count: Int { rules.reduce(0) { $0 + $1.tests.count } }

  /// How many of them failed.
  package var failed: Int { rules.reduce(0) { $0 + $1.failed } }

  /// Whether every file could be read and every test passed.
  package var isFine: Bool { failed == 0 && brokenFiles.isEmpty }
}

extension TestReport.RuleResult {
  /// How many of the tests failed.
  package var failed: Int { tests.count { !$0.mismatches.isEmpty } }
}

/// What came of one test.
package struct TestResult: Sendable {
  package var name: String
  package var line: Int

  /// What is otherwise than expected; nothing if the test passed.
  package var mismatches: [Mismatch]

  /// Why it came as it did, line by line; for failures only.
  package var explanation: [String]

  /// One thing that is otherwise than expected.
  package struct Mismatch: Sendable, Hashable {
    /// What was looked at: `outcome`, `severity` or the key of a text.
    package var subject: String
    package var expected: String
    package var found: String
  }
}
