package import Diagnostics
package import Expressions
import Templates
import YAML

/// Reads `bellwether.yaml`.
package enum SettingsLoader {
  /// The settings, or `nil` when there are errors.
  package static func load(
    _ source: SourceText, today: CivilDate? = nil
  ) -> (Settings?, FileDiagnostics) {
    let document = YAMLDocument(source)
    var check = ShapeCheck(FileReport(source, document.diagnostics))
    guard let root = document.root else { return (nil, check.report.fileDiagnostics) }
    check.check(root, against: .settings)
    var report = check.report
    var settings = Settings()
    if let variable = root["database"]?.text("url_from") { settings.databaseVariable = variable }
    if let timezone = root.text("timezone") { settings.timezone = timezone }
    settings.smtp = root["smtp"].flatMap { smtp($0, &report) }
    for entry in root["endpoints"]?.entries ?? [] {
      settings.endpoints[entry.key] = endpoint(entry, &report)
    }
    if let limits = root["limits"] {
      settings.limits = TenantLimits(
        perTenant: limits.text("per_tenant").flatMap { Limits.Rate($0) },
        perRecipient: limits.text("per_recipient").flatMap { Limits.Rate($0) })
    }
    if let formats = root["formats"] {
      settings.formats = self.formats(formats, otherwise: TextFormats())
    }
    for tenant in root["tenants"]?.entries ?? [] {
      guard let formats = tenant.value["formats"] else { continue }
      settings.tenantFormats[tenant.key] = self.formats(formats, otherwise: settings.formats)
    }
    report.applyAllowances(root: root, isComplete: !report.hasErrors, today: today)
    return (report.hasErrors ? nil : settings, report.fileDiagnostics)
  }

  private static func formats(_ node: Node, otherwise: TextFormats) -> TextFormats {
    TextFormats(
      locale: node.text("locale") ?? otherwise.locale,
      currency: node.text("currency") ?? otherwise.currency)
  }

  private static func smtp(_ node: Node, _ report: inout FileReport) -> SMTPSettings? {
    guard let host = node.text("host"), let from = node.text("from") else { return nil }
    if !isSender(from), let place = node["from"] {
      report.error(
        .badAddress, "`\(from)` is not a sender", at: place.span,
        help: "write `alerts@acme.example` or `Bellwether <alerts@acme.example>`")
    }
    for (key, other) in [("username", "password_from"), ("password_from", "username")]
    where node[key] == nil && node["password"] == nil {
      guard let entry = node.entry(other) else { continue }
      report.error(
        .missingKey, "`\(other)` needs `\(key)` beside it", at: entry.keySpan,
        help: "add `\(key)`, or remove `\(other)`")
    }
    return SMTPSettings(
      host: host, port: node.wholeNumber("port") ?? 587, from: from,
      security: node.text("security").flatMap(SMTPSettings.Security.init) ?? .starttls,
      username: node.text("username"), passwordVariable: node.text("password_from"),
      concurrency: node.wholeNumber("concurrency") ?? 8,
      concurrencyPerDomain: node.wholeNumber("concurrency_per_domain") ?? 4,
      unsubscribeAddress: unsubscribeAddress(node, &report))
  }

  private static func endpoint(
    _ entry: Node.Entry, _ report: inout FileReport
  ) -> EndpointSettings? {
    let node = entry.value
    guard let place = node["url"], let url = node.text("url") else { return nil }
    let isPrivate = node.yesNo("allow_private_network") ?? false
    let isPlain = url.hasPrefix("http://")
    if url.hasPrefix("https://") || (isPlain && isPrivate) {
      if url.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
        report.error(
          .badAddress, "the address holds a space", at: place.span,
          help: "remove it, or write it as `%20`")
      }
    } else {
      report.error(
        .badAddress, "the address does not begin with `https://`", at: place.span,
        help: isPlain
          ? "use `https://`, or say `allow_private_network: true`"
          : "write it in full, as in `https://crm.acme.example/hooks`")
    }
    return EndpointSettings(
      name: entry.key, url: url, secretVariables: node.texts("secrets_from") ?? [],
      authorizationVariable: node.text("authorization_from"),
      allowsPrivateNetwork: isPrivate, concurrency: node.wholeNumber("concurrency") ?? 8,
      order: node.text("order").flatMap(EndpointSettings.Order.init) ?? .none,
      rate: node.text("rate").flatMap { Throughput($0) },
      events: (node.texts("events") ?? []).compactMap(OperatorEvent.init))
  }

  /// An address for a mail's header, which must hold nothing that could end it.
  private static func unsubscribeAddress(_ node: Node, _ report: inout FileReport) -> String? {
    guard let place = node["list_unsubscribe"], let text = place.text else { return nil }
    let isAddress = text.hasPrefix("https://") || text.hasPrefix("mailto:")
    if !isAddress || text.utf8.contains(where: { $0 <= 0x20 || $0 >= 0x7F || $0 == 0x3E }) {
      report.error(
        .badAddress, "`\(text)` is not where one unsubscribes", at: place.span,
        help: "write `https://acme.example/unsubscribe` or `mailto:alerts@acme.example`")
    }
    return text
  }

  /// `alerts@acme.example`, with or without a name in front.
  private static func isSender(_ text: String) -> Bool {
    guard text.hasSuffix(">") else { return Scalars.isAddress(text) }
    guard let open = text.lastIndex(of: "<") else { return false }
    let address = String(text[text.index(after: open)...].dropLast())
    return Scalars.isAddress(address) && text.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F }
  }
}
