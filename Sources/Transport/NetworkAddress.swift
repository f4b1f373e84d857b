import CCurl
import Foundation

/// An IP address, as bytes.
package struct NetworkAddress: Sendable, Hashable {
  /// Four bytes or sixteen, in network order.
  package let bytes: [UInt8]

  /// Reads an address in its textual form.
  package init?(_ text: String) {
    var storage = [UInt8](repeating: 0, count: 16)
    if inet_pton(AF_INET, text, &storage) == 1 {
      bytes = Array(storage[..<4])
    } else if inet_pton(AF_INET6, text, &storage) == 1 {
      bytes = storage
    } else {
      return nil
    }
  }

  /// Reads the address of a socket about to be opened; `nil` unless it is IPv4 or IPv6.
  init?(_ address: UnsafePointer<sockaddr>) {
    let raw = UnsafeRawPointer(address)
    switch CInt(address.pointee.sa_family) {
    case AF_INET:
      let internet = raw.loadUnaligned(as: sockaddr_in.self)
      bytes = withUnsafeBytes(of: internet.sin_addr) { Array($0) }
    case AF_INET6:
      let internet = raw.loadUnaligned(as: sockaddr_in6.self)
      bytes = withUnsafeBytes(of: internet.sin6_addr) { Array($0) }
    default: return nil
    }
  }

  /// Whether the address belongs to the public network, and to one host of it.
  ///
  /// IPv4 and IPv6 special-purpose registries of IANA. Of IPv6 only global unicast is public, so
  /// mapped, NAT64, unique local, link-local and multicast addresses are not.
  package var isPublic: Bool {
    bytes.count == 4
      ? !Self.specialIPv4.contains { $0.contains(bytes) }
      : Self.globalUnicast.contains(bytes) && !Self.specialIPv6.contains { $0.contains(bytes) }
  }

  private static let specialIPv4 = [
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12",
    "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
    "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
  ].map(AddressBlock.init)

  private static let globalUnicast = AddressBlock("2000::/3")

  /// Protocol assignments with Teredo, documentation, and 6to4, which carries an IPv4 address.
  private static let specialIPv6 = ["2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"]
    .map(AddressBlock.init)
}

extension NetworkAddress: CustomStringConvertible {
  package var description: String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    let family = bytes.count == 4 ? AF_INET : AF_INET6
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "?" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
  }
}

/// A range of addresses that share their first bits.
private struct AddressBlock: Sendable {
  private let prefix: [UInt8]
  private let length: Int

  init(_ text: String) {
    let parts = text.split(separator: "/")
    guard parts.count == 2, let address = NetworkAddress(String(parts[0])),
      let length = Int(parts[1])
    else { preconditionFailure("the tables above are well formed") }
    self.prefix = address.bytes
    self.length = length
  }

  func contains(_ bytes: [UInt8]) -> Bool {
    guard bytes.count == prefix.count else { return false }
    let whole = length / 8
    guard bytes[..<whole] == prefix[..<whole] else { return false }
    let rest = length % 8
    return rest == 0 || (bytes[whole] ^ prefix[whole]) >> (8 - rest) == 0
  }
}
