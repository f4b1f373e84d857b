import Crypto
import Foundation
package import Transport

/// Signing after Standard Webhooks 1.0: v1, HMAC-SHA256 with a key that both sides know, and v1a,
/// ed25519 with a key of which the receiver knows the public half.
package enum StandardWebhooks {
  /// A key to sign with.
  package struct SigningKey: Sendable {
    private let bytes: Secret
    private let isAsymmetric: Bool

    /// Why a text is no key; it never holds the text.
    package enum Fault: Error, Sendable, Hashable { case notBase64, wrongLength(Int) }

    /// Reads `whsec_` and base64 of 24 to 64 bytes, or `whsk_` and base64 of an ed25519 seed of 32
    /// bytes, which its public key may follow; without a prefix it is the first.
    package init(_ secret: Secret) throws(Fault) {
      let text = secret.revealed
      isAsymmetric = text.hasPrefix("whsk_")
      let prefix = isAsymmetric ? "whsk_" : "whsec_"
      let encoded = text.hasPrefix(prefix) ? String(text.dropFirst(prefix.count)) : text
      guard let data = Data(base64Encoded: encoded) else { throw .notBase64 }
      let isRight = isAsymmetric ? [32, 64].contains(data.count) : (24...64).contains(data.count)
      guard isRight else { throw .wrongLength(data.count) }
      bytes = Secret(isAsymmetric ? data.prefix(32).base64EncodedString() : encoded)
    }

    /// What receivers verify with: `whpk_` and base64; `nil` for a key that both sides know.
    package var publicKey: String? {
      privateKey.map { "whpk_" + $0.publicKey.rawRepresentation.base64EncodedString() }
    }

    /// The signature of `message`: `v1,` or `v1a,` and base64.
    fileprivate func signature(of message: [UInt8]) -> String {
      if isAsymmetric {
        guard let signature = try? privateKey?.signature(for: Data(message)) else {
          preconditionFailure("a seed of 32 bytes can sign")
        }
        return "v1a," + signature.base64EncodedString()
      }
      let key = SymmetricKey(data: data)
      let code = HMAC<SHA256>.authenticationCode(for: message, using: key)
      return "v1," + Data(code).base64EncodedString()
    }

    private var data: Data { Data(base64Encoded: bytes.revealed) ?? Data() }

    private var privateKey: Curve25519.Signing.PrivateKey? {
      isAsymmetric ? try? Curve25519.Signing.PrivateKey(rawRepresentation: data) : nil
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
