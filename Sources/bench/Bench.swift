import ArgumentParser

@main
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measurements of the parts, as ratios of one run.",
    subcommands: [ExpressionsBench.self])
}
