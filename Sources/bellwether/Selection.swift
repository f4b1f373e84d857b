import ArgumentParser
import Foundation

/// The files and folders that a command is asked about; none means everything.
struct Selection {
  private let paths: [URL]

  /// Takes the paths as they were typed; what is not there is wrong usage.
  init(_ paths: [String]) throws {
    self.paths = paths.map { URL(filePath: $0) }
    for path in self.paths where !FileManager.default.fileExists(atPath: path.path) {
      throw ValidationError("there is no file or folder \(Project.display(path))")
    }
  }

  /// The project that the first of them belongs to.
  var root: URL? { paths.first.flatMap(Project.root(of:)) }

  /// Those that are rule files themselves; folders are read as part of their project.
  var ruleFiles: [URL] {
    let others = ["catalog.yaml", "bellwether.yaml"]
    return paths.filter { path in
      var isFolder: ObjCBool = false
      _ = FileManager.default.fileExists(atPath: path.path, isDirectory: &isFolder)
      return !isFolder.boolValue && ["yaml", "yml"].contains(path.pathExtension)
        && !others.contains(path.lastPathComponent)
    }
  }

  /// Whether a file is among them, or below one of them.
  func covers(_ path: String) -> Bool {
    guard !paths.isEmpty else { return true }
    let file = URL(filePath: path).standardizedFileURL.path
    return paths.contains { selected in
      let selected = selected.standardizedFileURL.path
      return file == selected
        || file.hasPrefix(selected.hasSuffix("/") ? selected : selected + "/")
    }
  }
}
