import CCurl

/// Owns one easy handle.
final class EasyHandle {
  let raw: UnsafeMutableRawPointer

  /// Fails only when libcurl cannot allocate.
  init?() {
    guard let raw = curl_easy_init() else { return nil }
    self.raw = raw
  }

  deinit { curl_easy_cleanup(raw) }

  /// Forgets all options; connections and look-ups are kept.
  func reset() { curl_easy_reset(raw) }
}
