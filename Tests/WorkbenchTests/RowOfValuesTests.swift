import Expressions
import Testing
import Workbench

@Suite("Rows made by hand")
struct RowOfValuesTests {
  @Test("hold each value where the slots say")
  func slots() throws {
    let name = Input.field(path: ["customer", "name"])
    let row = RowOfValues([name: .text("Acme"), .field(path: ["a", "b"]): .number(1)])
    let slot = try #require(row.slots[name])
    #expect(row.value(at: slot) == .text("Acme"))
  }
}
