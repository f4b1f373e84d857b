import CCurl
import Foundation

/// One request on one easy handle; libcurl's callbacks write into it.
///
/// It never leaves the thread that made it, which keeps it alive until libcurl has let go of the
/// handle, so the unretained pointer that the callbacks get stays valid.
final class Transfer {
  /// What is to be sent.
  enum Request {
    case post(HTTPRequest)
    case mail(MailRequest)
  }

  let request: Request
  let easy: EasyHandle
  let configuration: CurlTransport.Configuration

  /// Filled by the callbacks.
  var blockedAddress: NetworkAddress?
  var requestsBegun = 0
  var wasResent = false
  var body: [UInt8] = []
  var headerBytes = 0
  var isCut = false
  var retryAfter: String?
  var date: String?
  var refusal: [String] = []

  /// The mail as it goes out, and how much of it has gone.
  var message: [UInt8] = []
  var messageOffset = 0
  var messageEnded = false
  var deadline: ContinuousClock.Instant?

  private let errorText: UnsafeMutablePointer<CChar>
  private var headerList: UnsafeMutablePointer<curl_slist>?

  init(_ request: Request, on easy: EasyHandle, _ configuration: CurlTransport.Configuration) {
    self.request = request
    self.easy = easy
    self.configuration = configuration
    self.errorText = .allocate(capacity: Int(CURL_ERROR_SIZE))
    self.errorText.initialize(repeating: 0, count: Int(CURL_ERROR_SIZE))
  }

  deinit {
    curl_slist_free_all(headerList)
    errorText.deallocate()
  }

  /// Sets every option; says what libcurl did not like, if anything.
  func prepare() -> CURLcode? {
    let code = prepareAll()
    return code == CURLE_OK ? nil : code
  }

  private func prepareAll() -> CURLcode {
    var options = OptionSetter(easy)
    let context = Unmanaged.passUnretained(self).toOpaque()
    options.set(CURLOPT_NOSIGNAL, 1)
    options.set(CURLOPT_ERRORBUFFER, pointer: errorText)
    options.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
    options.set(CURLOPT_SSL_VERIFYPEER, 1)
    options.set(CURLOPT_SSL_VERIFYHOST, 2)
    // The environment's proxy would connect for us, past the guard.
    options.set(CURLOPT_PROXY, "")
    options.set(CURLOPT_WRITEDATA, pointer: context)
    options.set(CURLOPT_HEADERDATA, pointer: context)
    options.set(CURLOPT_READDATA, pointer: context)
    options.set(CURLOPT_OPENSOCKETDATA, pointer: context)
    options.set(CURLOPT_PREREQDATA, pointer: context)
    options.code =
      options.code
      ?? failure(
        bellwether_curl_set_opensocket(easy.raw, openSocketCallback))
    options.code = options.code ?? failure(bellwether_curl_set_prereq(easy.raw, prereqCallback))
    options.set(CURLOPT_WRITEFUNCTION, transfer: bodyCallback)
    if let certificates = configuration.trustedCertificates {
      options.set(CURLOPT_CAINFO_BLOB, blob: certificates)
    }
    switch request {
    case .post(let request): prepare(request, &options)
    case .mail(let mail): prepare(mail, &options)
    }
    return options.code ?? CURLE_OK
  }

  private func prepare(_ request: HTTPRequest, _ options: inout OptionSetter) {
    options.set(CURLOPT_PROTOCOLS_STR, request.allowsPrivateNetwork ? "http,https" : "https")
    options.set(CURLOPT_URL, request.url)
    options.set(CURLOPT_FOLLOWLOCATION, 0)
    options.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
    options.set(CURLOPT_HTTP_CONTENT_DECODING, 0)
    options.set(CURLOPT_USERAGENT, configuration.userAgent)
    options.set(request.timeouts)
    options.set(CURLOPT_POST, 1)
    options.set(CURLOPT_POSTFIELDSIZE_LARGE, offset: request.body.count)
    options.set(CURLOPT_COPYPOSTFIELDS, bytes: request.body)
    options.set(CURLOPT_HEADERFUNCTION, transfer: httpHeaderCallback)
    // libcurl would wait a second for "100 Continue" before a long body.
    append("Expect:")
    for header in request.headers {
      append(header.value.isEmpty ? "\(header.name);" : "\(header.name): \(header.value)")
    }
    options.code =
      options.code
      ?? failure(
        bellwether_curl_set_list(easy.raw, CURLOPT_HTTPHEADER, headerList))
  }

  private func prepare(_ mail: MailRequest, _ options: inout OptionSetter) {
    guard let url = mail.server.url else {
      options.code = CURLE_URL_MALFORMAT
      return
    }
    options.set(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
    options.set(CURLOPT_URL, url)
    let usesTLS = mail.server.security == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL
    options.set(CURLOPT_USE_SSL, Int(usesTLS.rawValue))
    if let login = mail.login {
      options.set(CURLOPT_USERNAME, login.username)
      options.set(CURLOPT_PASSWORD, login.password.revealed)
    }
    options.set(mail.timeouts)
    options.set(CURLOPT_MAIL_FROM, "<\(mail.sender)>")
    append("<\(mail.recipient)>")
    options.code =
      options.code
      ?? failure(
        bellwether_curl_set_list(easy.raw, CURLOPT_MAIL_RCPT, headerList))
    message = mail.message.withCRLF
    deadline = .now + mail.timeouts.total
    options.set(CURLOPT_NOPROGRESS, 0)
    options.set(CURLOPT_XFERINFODATA, pointer: Unmanaged.passUnretained(self).toOpaque())
    options.code =
      options.code ?? failure(bellwether_curl_set_progress(easy.raw, progressCallback))
    options.set(CURLOPT_UPLOAD, 1)
    options.set(CURLOPT_READFUNCTION, transfer: readCallback)
    options.set(CURLOPT_HEADERFUNCTION, transfer: smtpReplyCallback)
  }

  private func append(_ line: String) { headerList = curl_slist_append(headerList, line) }

  /// Says whether the connection may be used again.
  func keepsConnection(_ isKept: Bool) {
    _ = bellwether_curl_set_long(easy.raw, CURLOPT_FORBID_REUSE, isKept ? 0 : 1)
  }

  /// libcurl's own words on what went wrong, or its general ones.
  func words(_ code: CURLcode) -> String {
    let text = String(cString: errorText)
    return text.isEmpty ? String(cString: curl_easy_strerror(code)) : text
  }

  /// A number libcurl kept on the transfer.
  func number(_ info: CURLINFO) -> Int {
    var value = 0
    return bellwether_curl_get_long(easy.raw, info, &value) == CURLE_OK ? value : 0
  }
}

/// Sets options one after the other and keeps the first failure.
struct OptionSetter {
  private let raw: UnsafeMutableRawPointer
  var code: CURLcode?

  init(_ easy: EasyHandle) { raw = easy.raw }

  mutating func set(_ option: CURLoption, _ value: Int) {
    code = code ?? failure(bellwether_curl_set_long(raw, option, value))
  }

  mutating func set(_ option: CURLoption, offset value: Int) {
    code = code ?? failure(bellwether_curl_set_offset(raw, option, curl_off_t(value)))
  }

  mutating func set(_ option: CURLoption, _ value: String) {
    code = code ?? failure(bellwether_curl_set_string(raw, option, value))
  }

  mutating func set(_ option: CURLoption, pointer value: UnsafeMutableRawPointer) {
    code = code ?? failure(bellwether_curl_set_pointer(raw, option, value))
  }

  mutating func set(_ option: CURLoption, bytes value: [UInt8]) {
    code =
      code
      ?? value.withUnsafeBytes {
        // No pointer would mean that the body comes from the read callback.
        guard let start = $0.baseAddress, !$0.isEmpty else {
          return failure(bellwether_curl_set_string(raw, option, ""))
        }
        return failure(bellwether_curl_set_pointer(raw, option, start))
      }
  }

  mutating func set(_ option: CURLoption, blob value: [UInt8]) {
    code =
      code
      ?? value.withUnsafeBytes {
        failure(bellwether_curl_set_blob(raw, option, $0.baseAddress, $0.count))
      }
  }

  mutating func set(
    _ option: CURLoption,
    transfer value:
      @escaping @convention(c) (
        UnsafeMutablePointer<CChar>?, Int, Int, UnsafeMutableRawPointer?
      ) -> Int
  ) {
    code = code ?? failure(bellwether_curl_set_transfer(raw, option, value))
  }

  mutating func set(_ timeouts: AttemptTimeouts) {
    set(CURLOPT_CONNECTTIMEOUT_MS, timeouts.connect.wholeMilliseconds)
    set(CURLOPT_TIMEOUT_MS, timeouts.total.wholeMilliseconds)
  }
}

/// The code unless it says that all is well.
func failure(_ code: CURLcode) -> CURLcode? { code == CURLE_OK ? nil : code }

extension Duration {
  fileprivate var wholeMilliseconds: Int {
    Int(components.seconds) * 1_000 + Int(components.attoseconds / 1_000_000_000_000_000)
  }
}

extension MailRequest.Server {
  /// The server as libcurl writes it, so that nothing in the host's name can be more than a host.
  fileprivate var url: String? {
    guard !host.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7f }), let parts = curl_url() else {
      return nil
    }
    defer { curl_url_cleanup(parts) }
    var text: UnsafeMutablePointer<CChar>?
    let scheme = security == .tls ? "smtps" : "smtp"
    guard curl_url_set(parts, CURLUPART_SCHEME, scheme, 0) == CURLUE_OK,
      curl_url_set(parts, CURLUPART_HOST, host, 0) == CURLUE_OK,
      curl_url_set(parts, CURLUPART_PORT, String(port), 0) == CURLUE_OK,
      curl_url_get(parts, CURLUPART_URL, &text, 0) == CURLUE_OK, let text
    else { return nil }
    defer { curl_free(text) }
    return String(cString: text)
  }
}
