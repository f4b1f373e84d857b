import ArgumentParser

/// How log lines are written.
struct LogOptions: ParsableArguments {
  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json }

  @Option(
    help: ArgumentHelp(
      "Write log lines as text or json; otherwise the environment's LOG_FORMAT.",
      valueName: "format"))
  var logFormat: Format?

  /// Whether the arguments ask for JSON; `nil` when they do not say.
  static func isJSON(_ arguments: some Collection<String>) -> Bool? {
    let arguments = Array(arguments)
    for (index, argument) in arguments.enumerated() {
      if argument.hasPrefix("--log-format=") { return argument.hasSuffix("=json") }
      if argument == "--log-format", index + 1 < arguments.count {
        return arguments[index + 1] == "json"
      }
    }
    return nil
  }
}
