import CCurl
import Foundation

// What libcurl calls while a transfer runs, on the loop's thread. Each gets the transfer back
// from the pointer it was given and returns what libcurl's manual asks for.

/// Opens a socket, or refuses to when the address is not public and must be.
///
/// It runs after the name was resolved, once per address, so no name can lead around it.
func openSocketCallback(
  _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype,
  _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
  // CURL_SOCKET_BAD, a macro that Swift does not see.
  let refused: curl_socket_t = -1
  guard let transfer = transfer(context), let address else { return refused }
  if case .post(let request, _) = transfer.job, !request.allowsPrivateNetwork {
    guard let to = bellwether_curl_address(address), let network = NetworkAddress(to) else {
      return refused
    }
    guard network.isPublic else {
      transfer.blockedAddress = network
      return refused
    }
  }
  let sockets = address.pointee
  let closeOnExec = CInt(SOCK_CLOEXEC.rawValue)
  return socket(sockets.family, sockets.socktype | closeOnExec, sockets.protocol)
}

/// Looks at the connection a request is about to use: it may be one that another request opened.
///
/// A second call means that libcurl is about to send the request again after a reused connection
/// broke. One attempt sends once, so that is refused when some of it had gone out.
func prereqCallback(
  _ context: UnsafeMutableRawPointer?, _ remote: UnsafeMutablePointer<CChar>?,
  _ local: UnsafeMutablePointer<CChar>?, _ remotePort: CInt, _ localPort: CInt
) -> CInt {
  guard let transfer = transfer(context), let remote else { return CURL_PREREQFUNC_ABORT }
  guard case .post(let request, _) = transfer.job else { return CURL_PREREQFUNC_OK }
  if !request.allowsPrivateNetwork {
    guard let network = NetworkAddress(String(cString: remote)) else {
      return CURL_PREREQFUNC_ABORT
    }
    guard network.isPublic else {
      transfer.blockedAddress = network
      return CURL_PREREQFUNC_ABORT
    }
  }
  transfer.requestsBegun += 1
  guard transfer.requestsBegun == 1 || transfer.number(CURLINFO_REQUEST_SIZE) == 0 else {
    transfer.wasResent = true
    return CURL_PREREQFUNC_ABORT
  }
  return CURL_PREREQFUNC_OK
}

/// Keeps the first bytes of the body and stops the transfer after them.
func bodyCallback(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = transfer(context), let bytes else { return 0 }
  let room = transfer.configuration.responseLimit - transfer.body.count
  transfer.body += UnsafeRawBufferPointer(start: bytes, count: min(room, size * count))
  guard size * count <= room else {
    transfer.isCut = true
    return 0
  }
  return size * count
}

/// Keeps the two headers that matter.
func httpHeaderCallback(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = transfer(context), let bytes else { return 0 }
  transfer.headerBytes += size * count
  guard transfer.headerBytes <= 65_536 else {
    transfer.isCut = true
    return 0
  }
  let line = String(
    decoding: UnsafeRawBufferPointer(start: bytes, count: size * count), as: UTF8.self)
  // An interim answer's headers are not the answer's.
  if line.hasPrefix("HTTP/") {
    transfer.retryAfter = nil
    transfer.date = nil
  } else if let colon = line.firstIndex(of: ":") {
    let value = line[line.index(after: colon)...].trimmingCharacters(in: .whitespacesAndNewlines)
    switch line[..<colon].lowercased() {
    case "retry-after": transfer.retryAfter = value
    case "date": transfer.date = value
    default: break
    }
  }
  return size * count
}

/// Keeps the lines of the server's latest reply.
func smtpReplyCallback(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = transfer(context), let bytes else { return 0 }
  let line = String(
    decoding: UnsafeRawBufferPointer(start: bytes, count: min(512, size * count)), as: UTF8.self
  ).trimmingCharacters(in: .whitespacesAndNewlines)
  // "250-" goes on, "250 " ends: a line after an end begins another reply.
  if transfer.replyLines.last.map({ $0.utf8.dropFirst(3).first != UInt8(ascii: "-") }) ?? false
    || transfer.replyLines.count >= 16
  {
    transfer.replyLines.removeAll()
  }
  transfer.replyLines.append(line)
  return size * count
}

/// Hands out the message.
func readCallback(
  _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = transfer(context), let buffer else { return Int(CURL_READFUNC_ABORT) }
  let length = min(size * count, transfer.message.count - transfer.messageOffset)
  guard length > 0 else {
    // libcurl now sends the dot: from here on the server may take the mail.
    transfer.messageEnded = true
    return 0
  }
  let part = transfer.message[transfer.messageOffset..<(transfer.messageOffset + length)]
  UnsafeMutableRawBufferPointer(start: buffer, count: length).copyBytes(from: part)
  transfer.messageOffset += length
  return length
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
  context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}
