extension KeyTable {
  /// The keys of `bellwether.yaml`.
  package static let settings = KeyTable(
    "the settings",
    [
      Key("database", .table(.database), "Where the database is."),
      Key("timezone", .timezone, "The zone of tenants that have none of their own."),
      Key("smtp", .table(.smtp), "How mail leaves."),
      Key("endpoints", .map(.names, .table(.endpoint)), "Where webhooks go."),
      Key("limits", .table(.tenantLimits), "How many alerts may act, across all rules."),
      Key("formats", .table(.formats), "How texts show numbers and money."),
      Key("tenants", .map(.anything, .table(.tenant)), "What is different for one, by its slug."),
    ])

  static let database = KeyTable(
    "the database",
    [
      Key("url_from", .variable, .required, "The variable that holds the address."),
      Key("url", .secret(use: "url_from"), "Refused."),
      Key("password", .secret(use: "url_from"), "Refused."),
    ])

  static let smtp = KeyTable(
    "the mail server",
    [
      Key("host", .plain, .required, "Its name or address."),
      Key("port", .wholeNumber(1...65_535), "587 if not said."),
      Key("from", .plain, .required, "The sender: `Bellwether <alerts@acme.example>`."),
      Key(
        "security", .word(SMTPSettings.Security.allCases.map(\.rawValue)),
        "`starttls` if not said."),
      Key("username", .plain, "Who signs in."),
      Key("password_from", .variable, "The variable that holds the password."),
      Key("concurrency", .wholeNumber(1...256), "How many mails are under way at once; 8."),
      Key(
        "concurrency_per_domain", .wholeNumber(1...256),
        "How many of them go to one domain; 4."),
      Key(
        "list_unsubscribe", .plain,
        "Where readers ask for no more: an `https:` or `mailto:` address."),
      Key("password", .secret(use: "password_from"), "Refused."),
    ])

  static let endpoint = KeyTable(
    "an endpoint",
    [
      Key("url", .plain, .required, "Where it listens."),
      Key(
        "secrets_from", .oneOrMore(.variable),
        "The variables that hold the signing secrets, newest first."),
      Key(
        "authorization_from", .variable,
        "The variable that holds the `Authorization` header, such as `Bearer …`."),
      Key("concurrency", .wholeNumber(1...1000), "How many posts are under way at once; 8."),
      Key(
        "order", .word(EndpointSettings.Order.allCases.map(\.rawValue)),
        "`fifo`: one after the other, as they were written; `none` if not said."),
      Key("allow_private_network", .yesNo, "Whether `http:` and private addresses are allowed."),
      Key(
        "rate", .throughput,
        "How quickly it is called, for all tenants together: `10 per second`."),
      Key(
        "events", .list(.word(OperatorEvent.allCases.map(\.rawValue))),
        "What the operator is told of here, whatever the rules say."),
      Key("authorization", .secret(use: "authorization_from"), "Refused."),
      Key("secret", .secret(use: "secrets_from"), "Refused."),
      Key("secrets", .secret(use: "secrets_from"), "Refused."),
    ])

  static let tenantLimits = KeyTable(
    "the limits",
    [
      Key("per_tenant", .rate, "Alerts of one tenant that act: `2000 per hour`."),
      Key("per_recipient", .rate, "Alerts that one recipient hears of: `50 per day`."),
    ])

  static let tenant = KeyTable(
    "a tenant", [Key("formats", .table(.formats), "How its texts show numbers and money.")])

  static let formats = KeyTable(
    "the formats",
    [
      Key("locale", .plain, "`en_US` if not said."),
      Key("currency", .plain, "`USD` if not said."),
    ])
}

extension KeyKind {
  /// A key that would hold a secret.
  static func secret(use key: String) -> KeyKind {
    .refused(
      message: "a secret does not belong into a file",
      help: "put it into an environment variable and name that: `\(key): NAME`")
  }
}
