import Foundation
import Fuzzing

/// What libFuzzer calls for every input.
@_cdecl("LLVMFuzzerTestOneInput")
func testOneInput(bytes: UnsafePointer<UInt8>?, size: Int) -> CInt {
  let broken = FuzzEntry.run(Array(UnsafeBufferPointer(start: bytes, count: size)))
  // An optimised build traps without its message.
  if !broken.isEmpty {
    FileHandle.standardError.write(Data((broken.joined(separator: "\n") + "\n").utf8))
  }
  precondition(broken.isEmpty)
  return 0
}

/// libFuzzer's loop, which comes with `-sanitize=fuzzer`.
@_silgen_name("LLVMFuzzerRunDriver")
func runDriver(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutablePointer<UnsafeMutableRawPointer>,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

// The package manager starts a program by the name of its target.
@_cdecl("fuzzer_main")
func start(count: CInt, arguments: UnsafeMutableRawPointer) -> CInt {
  var (count, arguments) = (count, arguments)
  return runDriver(&count, &arguments, testOneInput)
}
