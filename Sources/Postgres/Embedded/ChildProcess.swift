import CProcess
import Foundation
import Synchronization

/// An account of the operating system.
struct Account: Sendable, Hashable {
  var name: String
  var user: uid_t
  var group: gid_t

  /// Looks an account up by its name.
  init?(named name: String) {
    guard let entry = getpwnam(name) else { return nil }
    self.init(entry.pointee)
  }

  /// Looks up an account that has a name.
  init?(user: uid_t) {
    guard let entry = getpwuid(user) else { return nil }
    self.init(entry.pointee)
  }

  private init(_ entry: passwd) {
    name = String(cString: entry.pw_name)
    user = entry.pw_uid
    group = entry.pw_gid
  }
}

/// A program that this one started, and that on Linux gets SIGINT when this one dies.
package final class ChildProcess: Sendable {
  package let processID: Int32
  private let status = Mutex<Int32?>(nil)

  /// Starts `command`, whose first element is the program's path, with both outputs going to
  /// `output`, a file descriptor; as `account` when there is one.
  init(
    _ command: [String], environment: [String], in folder: String, output: Int32,
    as account: Account?
  ) throws(EmbeddedServerError) {
    let result = withCStringArray(command) { arguments in
      withCStringArray(environment) { environment in
        command[0].withCString { path in
          folder.withCString { folder in
            var request = process_request(
              path: path, arguments: arguments, environment: environment, directory: folder,
              output: output, drops_privileges: account == nil ? 0 : 1,
              user: account?.user ?? 0, group: account?.group ?? 0)
            return process_start(&request)
          }
        }
      }
    }
    guard result.pid > 0 else {
      throw .cannotRun(program: command[0], reason: Self.reason(result, folder: folder))
    }
    processID = result.pid
  }

  /// Starts `command` as the user that this process runs as.
  package convenience init(
    _ command: [String], environment: [String], in folder: String, output: Int32
  ) throws(EmbeddedServerError) {
    try self.init(
      command, environment: environment, in: folder, output: output, as: nil)
  }

  private static func reason(_ result: process_result, folder: String) -> String {
    let error = String(cString: strerror(result.error))
    return switch result.failed_stage {
    case process_stage_privileges: "cannot become another user: \(error)"
    case process_stage_directory: "cannot enter \(folder): \(error)"
    default: error
    }
  }

  /// How the child ended: its exit status, or 128 plus the number of the signal it died of; `nil`
  /// while it runs.
  package func exitStatus() -> Int32? {
    status.withLock { status in
      if status == nil {
        let polled = process_poll(processID)
        if polled != -1 { status = polled }
      }
      return status
    }
  }

  /// Sends a signal unless the child has ended.
  package func signal(_ number: Int32) {
    // Under the lock, so that the id cannot have gone to another process meanwhile.
    status.withLock { if $0 == nil { _ = kill(processID, number) } }
  }

  /// Waits until the child has ended, however long that takes; `nil` when `limit` was too short.
  package func wait(atMost limit: Duration) async -> Int32? {
    let deadline = ContinuousClock.now + limit
    while exitStatus() == nil, ContinuousClock.now < deadline {
      // Even a cancelled task has to see its child end.
      await withCheckedContinuation { continuation in
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(5)) {
          continuation.resume()
        }
      }
    }
    return exitStatus()
  }
}

/// Lends copies of `strings` to C as a null-terminated array.
private func withCStringArray<Result>(
  _ strings: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
  var copies = strings.map { strdup($0) } + [nil]
  defer { for copy in copies { free(copy) } }
  return copies.withUnsafeMutableBufferPointer { buffer in
    guard let base = buffer.baseAddress else { preconditionFailure("never empty") }
    return body(base)
  }
}
