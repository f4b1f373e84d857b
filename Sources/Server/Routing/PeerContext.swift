import Foundation
import HTTPTypes
package import Hummingbird
import NIOCore

/// A request, and the address that its connection comes from.
package struct PeerContext: RequestContext {
  package var coreContext: CoreRequestContextStorage
  private let peer: String

  package init(source: ApplicationRequestContextSource) {
    coreContext = CoreRequestContextStorage(source: source)
    peer = source.channel.remoteAddress?.ipAddress ?? "local"
  }

  /// Where a request comes from: what a proxy on this machine says last, else the connection's
  /// other end.
  func source(of request: Request) -> String {
    let isProxy = ["127.0.0.1", "::1", "local"].contains(peer)
    guard isProxy, let name = HTTPField.Name("X-Forwarded-For"),
      let last = request.headers[name]?.split(separator: ",").last?
        .trimmingCharacters(in: .whitespaces), (1...45).contains(last.utf8.count)
    else { return peer }
    return last
  }
}
