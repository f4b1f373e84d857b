import ArgumentParser
import CProcess

@main
struct Bench: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bench", abstract: "Measurements of the parts, as ratios of one run.",
    subcommands: [
      EvaluateBench.self, JobsBench.self, DeliverBench.self, ExpressionsBench.self,
      CheckBench.self,
    ])

  static func main() async {
    // As the command does.
    process_bound_heap()
    await main(nil)
  }
}
