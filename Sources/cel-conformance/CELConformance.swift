import ArgumentParser

@main
struct CELConformance: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "cel-conformance",
    abstract: "Runs conformance cases of the Common Expression Language.")
}
