import ArgumentParser
import Workbench

/// `bellwether schema`: what editors need to complete keys and mark mistakes.
struct SchemaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "schema",
    abstract: "Print a JSON Schema of the files, for editors.",
    discussion: """
      Examples:
        bellwether schema                                 rules and conditions alike
        bellwether schema catalog > schemas/catalog.json  that of rules/catalog.yaml

      A file names its schema in its first line:
        # yaml-language-server: $schema=../schemas/rule.json

      A schema knows keys and the shape of what stands behind them. Expressions, and names of \
      things that stand in other files, are for `bellwether check`.
      """)

  @Argument(help: "rule, condition, catalog or settings; without it, rules and conditions.")
  var file: Schema.File?

  func run() {
    print(Schema.text(of: file), terminator: "")
  }
}

extension Schema.File: ExpressibleByArgument {}
