import CCurl

/// Connects as an attempt would, and sends nothing: for those who want to know whether it could.
package actor ConnectionProbe {
  private let executor = BlockingExecutor(label: "bellwether.probe")
  private let configuration: CurlTransport.Configuration

  package nonisolated var unownedExecutor: UnownedSerialExecutor {
    executor.asUnownedSerialExecutor()
  }

  /// Creates a probe with the limits and certificates of a transport.
  package init(_ configuration: CurlTransport.Configuration = .init()) {
    CurlTransport.initialize()
    self.configuration = configuration
  }

  /// Looks the name up and connects, TLS included; a connection that stands is `answered` with
  /// status 0.
  package func reach(_ request: HTTPRequest) -> HTTPOutcome {
    if let block = request.block { return .blocked(block) }
    guard let easy = EasyHandle() else { return .failed(.outOfMemory) }
    let transfer = Transfer(.post(request), on: easy, configuration)
    let code = connect(transfer)
    return code == CURLE_OK
      ? .answered(HTTPResponse(status: 0)) : transfer.outcome(of: request, code)
  }

  /// Connects to a mail server, says hello, encrypts and signs in as the settings want it.
  package func greet(_ mail: MailRequest) -> MailOutcome {
    if let block = mail.block { return .blocked(block) }
    guard let easy = EasyHandle() else { return .failed(.outOfMemory) }
    let transfer = Transfer(.mail(mail), on: easy, configuration)
    return transfer.outcome(of: mail, connect(transfer))
  }

  private func connect(_ transfer: Transfer) -> CURLcode {
    if let code = transfer.prepare() { return code }
    let code = bellwether_curl_set_long(transfer.easy.raw, CURLOPT_CONNECT_ONLY, 1)
    return code == CURLE_OK ? curl_easy_perform(transfer.easy.raw) : code
  }
}
