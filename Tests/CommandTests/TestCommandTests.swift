import Foundation
#if canImport(FoundationXML)
import FoundationXML
#endif
import Support
import Testing

@Suite("The test command")
struct TestCommandTests {
  @Test(
    "finds that every shipped rule passes its tests, which notice nearly every change",
    arguments: [(".", ["59d", "61d"]), ("examples/northwind", [])])
  func shipped(project: String, survivors: [String]) async throws {
    let tests = try await bellwether("test", "--project", project, "--format", "json")
    #expect(tests.exitCode == 0, "\(tests.output)\(tests.errors)")
    let report = try object(tests.output)
    #expect(report["failed"] as? Int == 0)
    let rules = try #require(report["rules"] as? [[String: Any]])
    #expect(rules.allSatisfy { ($0["tests"] as? [Any])?.isEmpty == false })

    // A gap of more than 45 days decides nothing in a rule that looks at the last 45 days alone.
    let mutation = try await bellwether(
      "test", "--project", project, "--mutate", "--format", "json")
    #expect(mutation.exitCode == (survivors.isEmpty ? 0 : 1))
    let mutated = try #require(try object(mutation.output)["rules"] as? [[String: Any]])
    let found = mutated.flatMap { $0["survivors"] as? [[String: String]] ?? [] }
    #expect(found.map { $0["new"] } == survivors)
  }

  @Test("says what failed, where and why, and exits with 1")
  func failing() async throws {
    let file = try ruleFile(
      """
      when: since(last_order) >= 45d
      tests:
        - {name: quiet, given: {last_order: 44d ago}, expect: opens}
        - {name: not yet, given: {last_order: 44d ago}, expect: nothing}
      """)
    let text = try await bellwether("test", file.path, "--project", ".")
    #expect(text.exitCode == 1)
    #expect(text.output.contains("oops.yaml:6: quiet"))
    #expect(text.output.contains("outcome: expected opens"))
    #expect(text.output.contains("44 days < 45 days"))
    #expect(text.output.contains("2 tests of 1 rule: 1 passed, 1 failed"))

    let junit = try await bellwether("test", file.path, "--project", ".", "--format", "junit")
    #expect(junit.exitCode == 1)
    #expect(XMLParser(data: Data(junit.output.utf8)).parse())
    #expect(junit.output.contains("<testcase classname=\"oops\" name=\"not yet\""))

    let one = try await bellwether("test", file.path, "--project", ".", "--filter", "not yet")
    #expect(one.exitCode == 0)
    #expect(one.output.contains("1 test of 1 rule: 1 passed, 0 failed"))

    let mutation = try await bellwether("test", file.path, "--project", ".", "--mutate")
    #expect(mutation.exitCode == 1)
    #expect(mutation.errors.contains("mutation waits until every test passes"))
  }

  @Test("lists the changes that no test notices")
  func surviving() async throws {
    let file = try ruleFile(
      """
      when: since(last_order) >= 45d
      tests: [{name: quiet, given: {last_order: 45d ago}, expect: opens}]
      """)
    let outcome = try await bellwether("test", file.path, "--project", ".", "--mutate")
    #expect(outcome.exitCode == 1)
    #expect(outcome.output.contains("+ since(last_order) >= 44d"))
    #expect(outcome.output.contains("killed 2 of 3 mutants of 1 rule"))
  }

  @Test("shows the mistakes of a file that cannot be tested, and exits with 1")
  func broken() async throws {
    let file = try ruleFile(
      """
      when: since(last_order) >= 45d
      tests: [{name: quiet, given: {last_odrer: 45d ago}, expect: opens}]
      """)
    let outcome = try await bellwether("test", file.path, "--project", ".", "--format", "junit")
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors.contains("did you mean `last_order`?"))
    #expect(outcome.output.contains("<error message=\"1 error in the file\"/>"))
  }

  @Test("does not pass over a rule for whose errors others are to blame")
  func victim() async throws {
    let folder = URL(filePath: TemporaryFolder.make(prefix: "bellwether-command"))
    let project = folder.appending(path: "project")
    try FileManager.default.copyItem(
      at: packageRoot.appending(path: "examples/northwind"), to: project)
    try "condition: late\nfor_each: customer\nwhen: since(last_oder) > 3d\n".write(
      to: project.appending(path: "rules/late.yaml"), atomically: true, encoding: .utf8)
    let file = project.appending(path: "rules/victim.yaml")
    try """
    rule: victim
    owner: ops@acme.example
    for_each: customer
    when: late
    tests: [{name: late, given: {last_order: 4d ago}, expect: opens}]

    """.write(to: file, atomically: true, encoding: .utf8)
    let outcome = try await bellwether("test", file.path)
    #expect(outcome.exitCode == 1)
    #expect(outcome.errors.contains("did you mean last_order?"))
    #expect(outcome.output.contains("0 tests of 0 rules: 0 passed, 0 failed, "))
    #expect(outcome.output.hasSuffix("; 1 file with errors\n"))
  }

  @Test(
    "exits with 2 on wrong usage",
    arguments: [
      (["no/such/file.yaml", "--format", "text"], "there is no file or folder"),
      (["--filter", "no such test"], "no test is called 'no such test'"),
      (["--mutate", "--format", "junit"], "--mutate prints text or json"),
      (["--mutate", "--filter", "quiet"], "--mutate runs every test"),
    ])
  func usage(arguments: [String], words: String) async throws {
    let outcome = try await bellwether(["test"] + arguments)
    #expect(outcome.exitCode == 2)
    #expect(outcome.errors.contains(words))
  }

  /// A rule file outside of the project.
  private func ruleFile(_ body: String) throws -> URL {
    let file = URL(filePath: TemporaryFolder.make(prefix: "bellwether-command"))
      .appending(path: "oops.yaml")
    try "rule: oops\nowner: ops@acme.example\nfor_each: customer\n\(body)\n"
      .write(to: file, atomically: true, encoding: .utf8)
    return file
  }

  private func object(_ json: String) throws -> [String: Any] {
    try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
  }
}
