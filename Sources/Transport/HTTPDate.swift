import CCurl

/// Dates as HTTP headers hold them.
package enum HTTPDate {
  /// The seconds since 1970 that `text` names, in any of the three forms of RFC 9110.
  package static func seconds(_ text: String) -> Int64? {
    let seconds = curl_getdate(text, nil)
    return seconds == -1 ? nil : Int64(seconds)
  }
}
