import CCurl

extension Transfer {
  /// What a POST's end means.
  func outcome(of request: HTTPRequest, _ code: CURLcode) -> HTTPOutcome {
    let status = number(CURLINFO_RESPONSE_CODE)
    if let blockedAddress, code == CURLE_COULDNT_CONNECT || code == CURLE_ABORTED_BY_CALLBACK {
      return .blocked(.address(blockedAddress.description))
    }
    // A status is the receiver's answer, whatever became of the rest of it.
    if status >= 200 && !wasResent {
      return .answered(
        HTTPResponse(
          status: status, retryAfter: retryAfter, date: date, body: body,
          isCut: code != CURLE_OK))
    }
    switch code {
    // After the request was sent, it is the answer that is in no protocol libcurl knows.
    case CURLE_UNSUPPORTED_PROTOCOL where requestsBegun == 0: return .blocked(.scheme)
    case CURLE_URL_MALFORMAT: return .blocked(.url)
    default:
      return .failed(
        TransportFailure(
          kind: wasResent ? .connectionLost : .init(code), code: Int(code.rawValue),
          message: wasResent ? "the connection broke before the answer" : words(code),
          mayHaveArrived: number(CURLINFO_REQUEST_SIZE) > 0))
    }
  }

  /// What a mail's end means.
  func outcome(of mail: MailRequest, _ code: CURLcode) -> MailOutcome {
    switch code {
    case CURLE_OK: return .accepted
    case CURLE_URL_MALFORMAT: return .blocked(.url)
    default: break
    }
    // The code of the latest reply: when a connection breaks it is of a command that went well.
    let reply = number(CURLINFO_RESPONSE_CODE)
    if (400...599).contains(reply), let stage = stage(refusedWith: code) {
      return .refused(MailReply(stage: stage, code: reply, text: words(ofReply: reply)))
    }
    return .failed(
      TransportFailure(
        kind: .init(code), code: Int(code.rawValue), message: words(code),
        mayHaveArrived: messageEnded))
  }

  /// Which command the server refused, by libcurl's result.
  private func stage(refusedWith code: CURLcode) -> MailReply.Stage? {
    switch code {
    case CURLE_SEND_ERROR: messageEnded ? .message : .envelope
    case CURLE_WEIRD_SERVER_REPLY: messageEnded ? .message : .session
    case CURLE_REMOTE_ACCESS_DENIED, CURLE_LOGIN_DENIED: .session
    case CURLE_RECV_ERROR, CURLE_GOT_NOTHING: messageEnded ? .message : .session
    default: nil
    }
  }

  /// The server's words for `code`.
  private func words(ofReply code: Int) -> String {
    refusal.filter { $0.hasPrefix(String(code)) }.joined(separator: " ")
  }
}

extension TransportFailure.Kind {
  /// What a caller needs to know of libcurl's result.
  init(_ code: CURLcode) {
    switch code {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: self = .resolve
    case CURLE_COULDNT_CONNECT: self = .connect
    // No callback aborts for any other reason that is not told apart above.
    case CURLE_OPERATION_TIMEDOUT, CURLE_ABORTED_BY_CALLBACK: self = .timeout
    case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CIPHER,
      CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
      self = .tls
    case CURLE_USE_SSL_FAILED: self = .startTLSMissing
    case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING, CURLE_PARTIAL_FILE, CURLE_HTTP2,
      CURLE_HTTP2_STREAM:
      self = .connectionLost
    case CURLE_WEIRD_SERVER_REPLY, CURLE_UNSUPPORTED_PROTOCOL: self = .garbage
    default: self = .other
    }
  }
}
