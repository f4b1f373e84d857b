import Diagnostics

extension TestReport {
  /// The report as one JSON object, for machines.
  ///
  /// `{"tests","failed","rules":[{"rule","file","seconds","tests":[{"name","line","passed",
  /// "mismatches":[{"subject","expected","found"}],"explanation":[…]}]}],"broken_files":[…]}`.
  package var json: String {
    object([
      ("tests", "\(count)"), ("failed", "\(failed)"),
      ("broken_files", list(brokenFiles.map { quoted($0.path) })),
      ("rules", list(rules.map(\.json))),
    ])
  }
}

extension TestReport.RuleResult {
  fileprivate var json: String {
    object([
      ("rule", quoted(rule)), ("file", quoted(path)), ("seconds", "\(seconds)"),
      ("tests", list(tests.map(\.json))),
    ])
  }
}

extension TestResult {
  fileprivate var json: String {
    let mismatches = mismatches.map { mismatch in
      object([
        ("subject", quoted(mismatch.subject)), ("expected", quoted(mismatch.expected)),
        ("found", quoted(mismatch.found)),
      ])
    }
    return object([
      ("name", quoted(name)), ("line", "\(line)"),
      ("passed", mismatches.isEmpty ? "true" : "false"),
      ("mismatches", list(mismatches)), ("explanation", list(explanation.map(quoted))),
    ])
  }
}

extension [MutationResult] {
  /// What mutation found, as one JSON object.
  ///
  /// `{"tried","killed","rules":[{"rule","file","tried","survivors":[{"key","old","new","hint"}]}]}`.
  package var json: String {
    let tried = reduce(0) { $0 + $1.tried }
    let survived = reduce(0) { $0 + $1.survivors.count }
    return object([
      ("tried", "\(tried)"), ("killed", "\(tried - survived)"), ("rules", list(map(\.json))),
    ])
  }
}

extension MutationResult {
  fileprivate var json: String {
    let survivors = survivors.map { mutant in
      object([
        ("key", quoted(mutant.key)), ("old", quoted(mutant.old)), ("new", quoted(mutant.new)),
        ("hint", quoted(mutant.hint)),
      ])
    }
    return object([
      ("rule", quoted(rule)), ("file", quoted(path)), ("tried", "\(tried)"),
      ("survivors", list(survivors)),
    ])
  }
}

private func object(_ members: [(String, String)]) -> String {
  "{" + members.map { "\(quoted($0)):\($1)" }.joined(separator: ",") + "}"
}

private func list(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }

private func quoted(_ text: String) -> String { "\"" + jsonEscaped(text) + "\"" }
