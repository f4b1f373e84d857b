package import Templates

/// What the operator sets in `bellwether.yaml`.
package struct Settings: Sendable, Hashable {
  /// Where the database is: an environment variable's name.
  package var databaseVariable: String

  /// The zone of tenants that have none of their own.
  package var timezone: String
  package var smtp: SMTPSettings?

  /// Webhook endpoints by name.
  package var endpoints: [String: EndpointSettings]
  package var formats: TextFormats

  /// What one tenant and one person are spared, across all rules.
  package var limits: TenantLimits

  /// Formats of single tenants, by slug.
  package var tenantFormats: [String: TextFormats] = [:]

  /// Creates settings.
  package init(
    databaseVariable: String = "DATABASE_URL", timezone: String = "UTC",
    smtp: SMTPSettings? = nil, endpoints: [String: EndpointSettings] = [:],
    formats: TextFormats = TextFormats(), limits: TenantLimits = TenantLimits()
  ) {
    self.databaseVariable = databaseVariable
    self.timezone = timezone
    self.smtp = smtp
    self.endpoints = endpoints
    self.formats = formats
    self.limits = limits
  }
}

/// How mail leaves.
package struct SMTPSettings: Sendable, Hashable {
  package var host: String
  package var port: Int

  /// The address and name mail is from: `Bellwether <alerts@acme.example>`.
  package var from: String
  package var security: Security
  package var username: String?

  /// The environment variable that holds the password.
  package var passwordVariable: String?

  /// How many mails one process sends at once, and how many of them to one domain.
  package var concurrency: Int
  package var concurrencyPerDomain: Int

  /// Where a reader asks for no more mail: an `https:` or `mailto:` address.
  package var unsubscribeAddress: String?

  /// Whether the connection is encrypted.
  package enum Security: String, Sendable, Hashable, CaseIterable {
    /// STARTTLS, or no mail at all.
    case starttls

    /// TLS from the first byte.
    case tls

    /// Plain text: for a relay on the same machine.
    case none
  }

  /// Creates settings.
  package init(
    host: String, port: Int, from: String, security: Security = .starttls,
    username: String? = nil, passwordVariable: String? = nil, concurrency: Int = 8,
    concurrencyPerDomain: Int = 4, unsubscribeAddress: String? = nil
  ) {
    self.host = host
    self.port = port
    self.from = from
    self.security = security
    self.username = username
    self.passwordVariable = passwordVariable
    self.concurrency = concurrency
    self.concurrencyPerDomain = concurrencyPerDomain
    self.unsubscribeAddress = unsubscribeAddress
  }
}

/// Where webhooks go.
package struct EndpointSettings: Sendable, Hashable {
  package var name: String
  package var url: String

  /// The environment variables that hold the signing secrets (`whsec_…`), newest first.
  package var secretVariables: [String]

  /// The environment variable that holds the whole `Authorization` header, for receivers that ask
  /// for one.
  package var authorizationVariable: String?

  /// Whether `http:` and addresses of private networks are allowed.
  package var allowsPrivateNetwork: Bool

  /// How quickly it is called, for all tenants together; `nil` means as quickly as it answers.
  package var rate: Throughput?

  /// How many posts one process has under way at once.
  package var concurrency: Int
  package var order: Order

  /// In which order a tenant's events go out.
  package enum Order: String, Sendable, Hashable, CaseIterable {
    /// As they come free.
    case none

    /// As they were written, each settled before the next begins.
    case fifo
  }

  /// What is told here of the engine itself.
  package var events: [OperatorEvent]

  /// Creates settings.
  package init(
    name: String, url: String, secretVariables: [String], authorizationVariable: String? = nil,
    allowsPrivateNetwork: Bool = false, concurrency: Int = 8, order: Order = .none,
    rate: Throughput? = nil, events: [OperatorEvent] = []
  ) {
    self.name = name
    self.url = url
    self.secretVariables = secretVariables
    self.authorizationVariable = authorizationVariable
    self.allowsPrivateNetwork = allowsPrivateNetwork
    self.concurrency = concurrency
    self.order = order
    self.rate = rate
    self.events = events
  }
}

/// What the engine tells of itself.
package enum OperatorEvent: String, Sendable, Hashable, CaseIterable {
  case runFinished = "run.finished"
  case runFailed = "run.failed"
}

extension Settings {
  /// The endpoints that ask to be told of an event, by name.
  package func endpoints(toldOf event: OperatorEvent) -> [String] {
    endpoints.values.filter { $0.events.contains(event) }.map(\.name).sorted()
  }
}
