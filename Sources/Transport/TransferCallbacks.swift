import CCurl
import Foundation

// What libcurl calls while a transfer runs, on the transfer's thread. Each gets the transfer back
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
  if case .post(let request) = transfer.request, !request.allowsPrivateNetwork {
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
  guard case .post(let request) = transfer.request else { return CURL_PREREQFUNC_OK }
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
  // Most headers are of no interest, and are not made texts of.
  guard let first = UnsafeRawBufferPointer(start: bytes, count: size * count).first,
    "HhRrDd".utf8.contains(first)
  else { return size * count }
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

/// Keeps the server's latest refusal: what it answers to the QUIT after that is of no interest.
func smtpReplyCallback(
  _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int,
  _ context: UnsafeMutableRawPointer?
) -> Int {
  guard let transfer = transfer(context), let bytes else { return 0 }
  let line = String(
    decoding: UnsafeRawBufferPointer(start: bytes, count: min(512, size * count)), as: UTF8.self
  ).trimmingCharacters(in: .whitespacesAndNewlines)
  if transfer.messageEnded { transfer.keepsConnection(true) }
  guard line.hasPrefix("4") || line.hasPrefix("5") else { return size * count }
  // "550-" goes on, "550 " ends: a line after an end begins another reply.
  let goesOn = transfer.refusal.last.map { $0.utf8.dropFirst(3).first == UInt8(ascii: "-") }
  if goesOn != true || transfer.refusal.count >= 16 { transfer.refusal.removeAll() }
  transfer.refusal.append(line)
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
    // libcurl now sends the dot: from here on the server may take the mail. Without an answer to
    // it the connection is of no more use, but libcurl 7.88 would put it back, and the next mail
    // would take the late answer for its own.
    transfer.messageEnded = true
    transfer.keepsConnection(false)
    return 0
  }
  let part = transfer.message[transfer.messageOffset..<(transfer.messageOffset + length)]
  UnsafeMutableRawBufferPointer(start: buffer, count: length).copyBytes(from: part)
  transfer.messageOffset += length
  return length
}

/// Ends a mail that is over time.
///
/// libcurl waits for the answer to the dot, and for the one to QUIT, in a loop of its own, where
/// this is asked every second and the mail's timeout does not hold: a silent server would keep us
/// for two minutes.
func progressCallback(
  _ context: UnsafeMutableRawPointer?, _ downloadTotal: curl_off_t, _ downloaded: curl_off_t,
  _ uploadTotal: curl_off_t, _ uploaded: curl_off_t
) -> CInt {
  guard let deadline = transfer(context)?.deadline else { return 0 }
  return ContinuousClock.now < deadline ? 0 : 1
}

private func transfer(_ context: UnsafeMutableRawPointer?) -> Transfer? {
  context.map { Unmanaged<Transfer>.fromOpaque($0).takeUnretainedValue() }
}
