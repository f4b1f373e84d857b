import ArgumentParser

/// The command line: one file per subcommand, and nothing here but their list.
@main
struct Bellwether: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bellwether",
    abstract: "Watches business data in PostgreSQL and acts on what rules find.",
    subcommands: [CheckCommand.self, RunCommand.self])
}
