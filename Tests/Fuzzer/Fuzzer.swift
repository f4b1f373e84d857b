import Fuzzing

/// libFuzzer's loop, which comes with `-sanitize=fuzzer`.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>, _ arguments: UnsafeMutableRawPointer,
  _ body: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt
) -> CInt

// The package manager starts a program by the name of its target.
@_cdecl("fuzzer_main")
func main(count: CInt, arguments: UnsafeMutableRawPointer) -> CInt {
  var count = count
  var arguments = arguments
  return withUnsafeMutablePointer(to: &arguments) { arguments in
    runDriver(&count, arguments) { bytes, size in
      let broken = FuzzEntry.run(Array(UnsafeBufferPointer(start: bytes, count: size)))
      precondition(broken.isEmpty, broken.joined(separator: "; "))
      return 0
    }
  }
}
