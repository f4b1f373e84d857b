extension TestReport {
  /// The report as JUnit's XML, which build servers read: a suite for each file.
  package var junit: String {
    var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>"]
    let seconds = rules.reduce(0) { $0 + $1.seconds }
    lines.append(
      tag(
        "testsuites",
        [
          ("tests", "\(count)"), ("failures", "\(failed)"), ("errors", "\(brokenFiles.count)"),
          ("time", "\(seconds)"),
        ]))
    for rule in rules where !rule.tests.isEmpty { lines += rule.suite }
    for file in brokenFiles {
      lines += [
        tag(
          "testsuite", [("name", file.path), ("tests", "1"), ("failures", "0"), ("errors", "1")]),
        tag("testcase", [("classname", file.path), ("name", "can be read")]),
        tag("error", [("message", "\(counted(file.errors, "error")) in the file")], isWhole: true),
        "</testcase>", "</testsuite>",
      ]
    }
    return (lines + ["</testsuites>", ""]).joined(separator: "\n")
  }
}

extension TestReport.RuleResult {
  fileprivate var suite: [String] {
    let suite = tag(
      "testsuite",
      [
        ("name", path), ("tests", "\(tests.count)"), ("failures", "\(failed)"), ("errors", "0"),
        ("time", "\(seconds)"),
      ])
    let cases = tests.flatMap { test -> [String] in
      let attributes = [
        ("classname", rule), ("name", test.name), ("file", path), ("line", "\(test.line)"),
      ]
      guard let first = test.mismatches.first else {
        return [tag("testcase", attributes, isWhole: true)]
      }
      let message = "\(first.subject): expected \(first.expected), but it is \(first.found)"
      return [
        tag("testcase", attributes),
        tag("failure", [("message", message)]) + test.details.joined(separator: "\n").xmlEscaped
          + "</failure>",
        "</testcase>",
      ]
    }
    return [suite] + cases + ["</testsuite>"]
  }
}

private func tag(
  _ name: String, _ attributes: [(String, String)], isWhole: Bool = false
) -> String {
  let text = attributes.map { " \($0)=\"\($1.xmlEscaped)\"" }.joined()
  return "<\(name)\(text)\(isWhole ? "/" : "")>"
}

extension String {
  /// The text as XML content or between an attribute's quotes; what XML has no way to hold becomes
  /// U+FFFD.
  fileprivate var xmlEscaped: String {
    unicodeScalars.reduce(into: "") { escaped, scalar in
      switch scalar {
      case "&": escaped += "&amp;"
      case "<": escaped += "&lt;"
      case ">": escaped += "&gt;"
      case "\"": escaped += "&quot;"
      case "\t", "\n", "\r": escaped += "&#\(scalar.value);"
      case "\u{0}"..<"\u{20}", "\u{FFFE}", "\u{FFFF}": escaped += "\u{FFFD}"
      default: escaped.unicodeScalars.append(scalar)
      }
    }
  }
}
