import Engine
import Expressions
import Testing

@testable import bellwether

@Suite("The thing that a name means")
struct EntityChoiceTests {
  typealias Find = (tenant: String, key: String, label: String, fit: FoundEntity.Fit)

  private func choice(_ name: String, among finds: [Find]) -> Result<String, CommandFailure> {
    var choice = EntityChoice(name: name, entity: "sales_rep")
    for find in finds {
      choice.add(
        [FoundEntity(key: find.key, label: find.label, fit: find.fit)],
        in: Tenant(key: find.tenant, slug: find.tenant, name: find.tenant, zone: .utc))
    }
    do throws(CommandFailure) {
      let (tenant, key) = try choice.choice()
      return .success("\(tenant.slug) \(key)")
    } catch {
      return .failure(error)
    }
  }

  @Test(
    "is the one with the key, or else the only one with the name",
    arguments: [
      ([("a", "7", "Ann", .key)], "a 7"),
      ([("a", "7", "Ann", .other), ("b", "7", "Bob", .key)], "b 7"),
      ([("a", "9", "7", .label), ("b", "7", "Bob", .key)], "b 7"),
      ([("a", "9", "Ann", .label), ("a", "8", "Anna", .near)], "a 9"),
    ] as [([Find], String)])
  func chosen(finds: [Find], expected: String) throws {
    #expect(try choice("x", among: finds).get() == expected)
  }

  @Test(
    "is asked for where it could be several or is none",
    arguments: [
      (
        [("a", "7", "Ann", .key), ("b", "7", "Bob", .key)],
        "'7' is a sales rep of a and of b", "add --tenant a"
      ),
      (
        [("a", "1", "7", .label), ("a", "2", "7", .label)],
        "'7' is the name of more than one sales rep", "take the key of one: 1 (7), 2 (7)"
      ),
      (
        [("a", "70", "70", .near), ("a", "2", "Bob", .other)],
        "there is no sales rep with the key or the name '7'", "near it are 70"
      ),
      (
        [("a", "2", "Bob", .other)],
        "there is no sales rep with the key or the name '7'", "a key looks like this: 2 (Bob)"
      ),
      (
        [], "there is no sales rep with the key or the name '7'",
        "there is none at all; is this the right database?"
      ),
    ] as [([Find], String, String)])
  func asked(finds: [Find], message: String, help: String) {
    let outcome = choice("7", among: finds)
    #expect(throws: CommandFailure.self) { try outcome.get() }
    guard case .failure(let failure) = outcome else { return }
    #expect(failure.message == message && failure.help == help)
  }
}
