import Foundation
#if canImport(FoundationXML)
import FoundationXML
#endif
import Testing
import Workbench

@Suite("Reports of tests")
struct TestReportTests {
  static let report = TestReport(
    rules: [
      .init(
        rule: "quiet", path: "rules/quiet.yaml",
        tests: [
          TestResult(name: "fine & <well>", line: 20, mismatches: [], explanation: []),
          TestResult(
            name: "the \"other\" one", line: 24,
            mismatches: [
              .init(subject: "severity", expected: "high", found: "medium"),
              .init(subject: "task.body", expected: "a\n<b>\u{1}", found: "a\nc"),
            ],
            explanation: ["when  yes  45 days ≥ 45 days"]),
        ], seconds: 0.25),
      .init(rule: "loud", path: "rules/loud.yaml", tests: [], seconds: 0),
    ],
    brokenFiles: [
      .init(path: "rules/broken.yaml", errors: 2), .init(path: "rules/victim.yaml", errors: 0),
    ])

  @Test("say in a line what passed, and below it what failed and why")
  func text() {
    #expect(
      Self.report.text == """
        rules/quiet.yaml: 2 tests, 1 failed

          rules/quiet.yaml:24: the "other" one
            severity: expected high
                      found    medium
            task.body: expected
              a
              <b>\u{1}
            found
              a
              c

            when  yes  45 days ≥ 45 days


        """)
    #expect(
      Self.report.summary(seconds: 0.019)
        == "2 tests of 1 rule: 1 passed, 1 failed, 0.02 s; 1 rule without tests; 2 files with errors"
    )
    #expect(!Self.report.isFine)
  }

  @Test("are JSON for machines")
  func json() throws {
    let data = Data(Self.report.json.utf8)
    let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    #expect(object["tests"] as? Int == 2 && object["failed"] as? Int == 1)
    #expect(object["broken_files"] as? [String] == ["rules/broken.yaml", "rules/victim.yaml"])
    let rules = try #require(object["rules"] as? [[String: Any]])
    #expect(rules.map { $0["rule"] as? String } == ["loud", "quiet"])
    let tests = try #require(rules[1]["tests"] as? [[String: Any]])
    #expect(tests.map { $0["passed"] as? Bool } == [true, false])
    let mismatches = try #require(tests[1]["mismatches"] as? [[String: String]])
    #expect(mismatches[0] == ["subject": "severity", "expected": "high", "found": "medium"])
  }

  @Test("are JUnit's XML for build servers")
  func junit() {
    let reader = JUnitReader()
    let parser = XMLParser(data: Data(Self.report.junit.utf8))
    parser.delegate = reader
    #expect(parser.parse())
    #expect(
      reader.attributes("testsuite", "name") == [
        "rules/quiet.yaml", "rules/broken.yaml", "rules/victim.yaml",
      ])
    #expect(
      reader.attributes("testcase", "name") == [
        "fine & <well>", "the \"other\" one", "can be read", "can be read",
      ])
    #expect(reader.attributes("testcase", "line") == ["20", "24"])
    #expect(
      reader.attributes("failure", "message") == ["severity: expected high, found medium"])
    #expect(
      reader.attributes("error", "message") == ["2 errors in the file", "what it uses has errors"])
    #expect(reader.text.contains("  <b>\u{FFFD}\nfound\n  a\n  c\n"))
  }

  @Test("list the changes that no test noticed")
  func mutations() throws {
    let tested = try TestedRule(
      """
      when: customer.score >= 3
      tests: [{name: two, given: {customer.score: 2}, expect: nothing}]
      """)
    let untested = try TestedRule("when: customer.score >= 3")
    let results = [tested.tester.mutate(tested.rule), untested.tester.mutate(untested.rule)]
    #expect(
      results.map(\.text).joined() == """
        rules/r.yaml: killed 1 of 3 mutants

          when
            - customer.score >= 3
            + customer.score > 3
            no test has `customer.score` at exactly `3`

          when
            - customer.score >= 3
            + customer.score >= 4
            no test has `customer.score` so near to `3` that `4` would matter

        rules/r.yaml: no tests, which would notice none of 3 mutants

        """)
    #expect(results.mutationSummary(seconds: 1) == "killed 1 of 6 mutants of 2 rules, 1.00 s")
    let object = try JSONSerialization.jsonObject(with: Data(results.json.utf8)) as? [String: Any]
    #expect(object?["tried"] as? Int == 6 && object?["killed"] as? Int == 1)
    let rules = try #require(object?["rules"] as? [[String: Any]])
    #expect((rules[0]["survivors"] as? [Any])?.count == 2)
  }
}

/// What an XML parser makes of a report.
private final class JUnitReader: NSObject, XMLParserDelegate {
  private var elements: [(name: String, attributes: [String: String])] = []
  private(set) var text = ""

  /// The values of an attribute wherever the element has it, in order.
  func attributes(_ element: String, _ attribute: String) -> [String] {
    elements.filter { $0.name == element }.compactMap { $0.attributes[attribute] }
  }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    elements.append((elementName, attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { text += string }
}
