import Crypto
import Foundation

/// A token as its holder has it: `bw_TENANT.ID.SECRET`.
///
/// It names its tenant, so that it is looked up among that tenant's tokens alone.
package struct APIToken: Sendable {
  package let tenant: String

  /// What lists show, and what revokes it.
  package let id: String
  private let secret: String

  /// The SHA-256 of the secret in hexadecimal: all that is stored of it.
  package var digest: String { Self.digest(of: secret) }

  /// The text to be kept by its holder.
  package var text: String { "bw_\(Base64URL.encode(Array(tenant.utf8))).\(id).\(secret)" }

  /// Makes a new token of a tenant, whose secret has 256 random bits.
  package static func make(tenant: String) -> APIToken {
    var generator = SystemRandomNumberGenerator()
    let bytes = (0..<40).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    return APIToken(
      tenant: tenant, id: hexadecimal(bytes.prefix(8)),
      secret: Base64URL.encode(Array(bytes.dropFirst(8))))
  }

  /// Reads a token; `nil` when the text cannot be one.
  package init?(_ text: String) {
    guard text.utf8.count <= 1000, text.hasPrefix("bw_") else { return nil }
    let parts = text.dropFirst(3).split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 3, parts.allSatisfy({ !$0.isEmpty }),
      let tenant = Base64URL.decode(String(parts[0])).flatMap({
        String(validating: $0, as: UTF8.self)
      }),
      !tenant.utf8.contains(0), parts[1].utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else { return nil }
    self.init(tenant: tenant, id: String(parts[1]), secret: String(parts[2]))
  }

  private init(tenant: String, id: String, secret: String) {
    self.tenant = tenant
    self.id = id
    self.secret = secret
  }

  /// Whether the stored digest is that of the secret; the time it takes tells nothing of either.
  package func fits(digest stored: String) -> Bool { ConstantTime.isEqual(digest, stored) }

  private static func digest(of text: String) -> String {
    hexadecimal(SHA256.hash(data: Data(text.utf8)))
  }
}

/// Comparing without telling how much of a guess was right.
package enum ConstantTime {
  /// Compares digests of both, which have one length and share no prefix that a caller chose.
  package static func isEqual(_ left: String, _ right: String) -> Bool {
    SHA256.hash(data: Data(left.utf8)) == SHA256.hash(data: Data(right.utf8))
  }
}

/// Base64 for addresses and tokens, without padding (RFC 4648, section 5).
package enum Base64URL {
  package static func encode(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_")
      .replacing("=", with: "")
  }

  package static func decode(_ text: String) -> [UInt8]? {
    let plain = text.replacing("-", with: "+").replacing("_", with: "/")
    let padding = String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
    return Data(base64Encoded: plain + padding).map { Array($0) }
  }
}

private func hexadecimal(_ bytes: some Sequence<UInt8>) -> String {
  let digits = Array("0123456789abcdef")
  return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
}
