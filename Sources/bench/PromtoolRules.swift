import Foundation

/// Alerting rules for Prometheus, a file each.
enum PromtoolRules {
  /// Writes so many files and says where they are.
  static func write(_ count: Int, to folder: URL) throws -> [String] {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    return try (0..<count).map { number in
      let file = folder.appending(path: "\(number).yml")
      let text = """
        groups:
        - name: g\(number)
          rules:
          - alert: Quiet\(number)
            expr: 'time() - last_order{tenant="t\(number % 20)"} > \(number + 1) and on (id) orders_90d >= 3'
            for: 5m
            labels:
              severity: warning
            annotations:
              summary: 'No order of {{ $labels.id }} for {{ $value | humanizeDuration }}'

        """
      try text.write(to: file, atomically: false, encoding: .utf8)
      return file.path
    }
  }

  /// promtool, if a folder of PATH has it.
  static var executable: String? {
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
      .map { "\($0)/promtool" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
