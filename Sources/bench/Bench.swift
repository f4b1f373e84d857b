import ArgumentParser

@main
struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measurements of the parts, as ratios of one run.",
    subcommands: [
      EvaluateBench.self, DeliverBench.self, ExpressionsBench.self, CheckBench.self,
    ])
}
