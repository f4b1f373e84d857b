import Diagnostics
import Foundation
import Logging

/// Log lines as JSON objects on standard error, one a line.
struct JSONLogHandler: LogHandler {
  let label: String
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]

  init(label: String, logLevel: Logger.Level) {
    self.label = label
    self.logLevel = logLevel
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    FileHandle.standardError.write(Data((line(event, at: Date()) + "\n").utf8))
  }

  /// The object for one event.
  func line(_ event: LogEvent, at time: Date) -> String {
    var members = [
      ("time", time.ISO8601Format(.iso8601(timeZone: .gmt, includingFractionalSeconds: true))),
      ("level", event.level.rawValue), ("logger", label), ("message", "\(event.message)"),
    ]
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    members += all.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
    return "{"
      + members.map { "\"\(jsonEscaped($0))\":\"\(jsonEscaped($1))\"" }
      .joined(separator: ",") + "}"
  }
}
