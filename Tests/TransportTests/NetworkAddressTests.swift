import Testing
import Transport

@Suite("A network address")
struct NetworkAddressTests {
  @Test(
    "is public only as one host of the public network",
    arguments: [
      // A line per block of the special-purpose registries, and its neighbours.
      ("0.0.0.0", false), ("0.255.255.255", false), ("1.0.0.0", true),
      ("9.255.255.255", true), ("10.0.0.0", false), ("10.255.255.255", false), ("11.0.0.0", true),
      ("100.63.255.255", true), ("100.64.0.0", false), ("100.127.255.255", false),
      ("100.128.0.0", true),
      ("126.255.255.255", true), ("127.0.0.1", false), ("127.255.255.255", false),
      ("128.0.0.0", true),
      ("169.253.255.255", true), ("169.254.169.254", false), ("169.255.0.0", true),
      ("172.15.255.255", true), ("172.16.0.0", false), ("172.31.255.255", false),
      ("172.32.0.0", true),
      ("192.0.0.8", false), ("192.0.1.0", true), ("192.0.2.1", false), ("192.0.3.0", true),
      ("192.88.99.1", false), ("192.167.255.255", true), ("192.168.0.1", false),
      ("192.169.0.0", true),
      ("198.17.255.255", true), ("198.18.0.0", false), ("198.19.255.255", false),
      ("198.20.0.0", true),
      ("198.51.100.7", false), ("203.0.113.7", false), ("203.0.114.0", true),
      ("223.255.255.255", true), ("224.0.0.1", false), ("239.255.255.250", false),
      ("240.0.0.1", false), ("255.255.255.255", false),
      ("8.8.8.8", true),

      ("::", false), ("::1", false), ("::ffff:8.8.8.8", false), ("::ffff:127.0.0.1", false),
      ("64:ff9b::808:808", false), ("64:ff9b:1::1", false), ("100::1", false),
      ("1fff::1", false), ("2000::1", true),
      ("2001::1", false), ("2001:1ff:ffff::1", false), ("2001:200::1", true),
      ("2001:db8::1", false), ("2001:db9::1", true), ("2002:7f00:1::1", false),
      ("2003::1", true), ("2606:4700::1111", true), ("3ffe::1", true), ("3fff::1", false),
      ("3fff:fff::1", false), ("3fff:1000::1", true),
      ("4000::1", false), ("5f00::1", false),
      ("fc00::1", false), ("fd12::1", false), ("fe80::1", false), ("ff02::1", false),
    ])
  func isPublic(_ text: String, _ expected: Bool) throws {
    let address = try #require(NetworkAddress(text))
    #expect(address.isPublic == expected)
    #expect(address.description == text)
  }

  @Test(
    "is nothing but an address",
    arguments: ["", "localhost", "2130706433", "0x7f.1", "127.1", "1.2.3.4.5", "fe80::1%eth0"])
  func unreadable(_ text: String) {
    #expect(NetworkAddress(text) == nil)
  }
}
