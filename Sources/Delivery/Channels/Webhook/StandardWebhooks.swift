import Crypto
import Foundation
package import Transport

/// Signing after Standard Webhooks 1.0, scheme v1: HMAC-SHA256.
package enum StandardWebhooks {
  /// A key that both sides know.
  package struct SigningKey: Sendable {
    private let bytes: Secret

    /// Why a text is no key; it never holds the text.
    package enum Fault: Error, Sendable, Hashable { case notBase64, wrongLength(Int) }

    /// Reads `whsec_` and base64 of 24 to 64 bytes; the prefix may be missing.
    package init(_ secret: Secret) throws(Fault) {
      let prefix = "whsec_"
      let text = secret.revealed
      let encoded = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
      guard let data = Data(base64Encoded: encoded) else { throw .notBase64 }
      guard (24...64).contains(data.count) else { throw .wrongLength(data.count) }
      self.bytes = Secret(encoded)
    }

    /// The signature of `message`: `v1,` and base64.
    fileprivate func signature(of message: [UInt8]) -> String {
      let key = SymmetricKey(data: Data(base64Encoded: bytes.revealed) ?? Data())
      let code = HMAC<SHA256>.authenticationCode(for: message, using: key)
      return "v1," + Data(code).base64EncodedString()
    }
  }

  /// The three headers of one attempt.
  ///
  /// `timestamp` is the attempt's, in seconds since 1970. One signature per key, so that a receiver
  /// may change from one key to the next while both are in use.
  package static func headers(
    id: String, timestamp: Int64, body: [UInt8], keys: [SigningKey]
  ) -> [HTTPRequest.Header] {
    let message = Array("\(id).\(timestamp).".utf8) + body
    return [
      .init("webhook-id", id),
      .init("webhook-timestamp", String(timestamp)),
      .init("webhook-signature", keys.map { $0.signature(of: message) }.joined(separator: " ")),
    ]
  }
}
