import Foundation
import Support
import Workbench
import YAML

/// Python's `jsonschema`, which stands for an editor.
enum SchemaJudge {
  struct Document {
    var schema: Schema.File?
    var root: Node
  }

  /// What is said first about each document; `nil` where nothing is.
  static func complaints(about documents: [Document]) throws -> [String?] {
    let schemas = try ([nil] + Schema.File.allCases).map { file in
      let text = Data(Schema.text(of: file).utf8)
      return (name(file), try JSONSerialization.jsonObject(with: text))
    }
    let task: [String: Any] = [
      "schemas": Dictionary(uniqueKeysWithValues: schemas),
      "documents": documents.map { ["schema": name($0.schema), "value": value(of: $0.root)] },
    ]
    let folder = URL(filePath: TemporaryFolder.make(prefix: "bellwether-schema"))
    let question = folder.appending(path: "question.json")
    try JSONSerialization.data(withJSONObject: task).write(to: question)
    let process = Process()
    let output = Pipe()
    process.executableURL = root.appending(path: ".venv/bin/python")
    process.arguments = [
      root.appending(path: "Tests/WorkbenchTests/Fixtures/validate.py").path
    ]
    process.standardInput = try FileHandle(forReadingFrom: question)
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return try JSONDecoder().decode([String?].self, from: data)
  }

  static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../..").standardizedFileURL

  private static func name(_ file: Schema.File?) -> String { file?.rawValue ?? "default" }

  /// The node as editors see it: plain texts have the types of YAML 1.2.
  static func value(of node: Node) -> Any {
    switch node.content {
    case .mapping(let entries):
      Dictionary(entries.map { ($0.key, value(of: $0.value)) }, uniquingKeysWith: { $1 })
    case .sequence(let items): items.map(value)
    case .refused: NSNull()
    case .scalar(let scalar): scalar.style == .plain ? plain(scalar.text) : scalar.text
    }
  }

  private static func plain(_ text: String) -> Any {
    switch text {
    case "", "~", "null", "Null", "NULL": NSNull()
    case "true", "True", "TRUE": true
    case "false", "False", "FALSE": false
    default:
      if text.wholeMatch(of: /[-+]?[0-9]+/) != nil, let whole = Int(text) {
        whole
      } else if text.wholeMatch(of: /[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/) != nil,
        let number = Double(text)
      {
        number
      } else {
        text
      }
    }
  }
}
