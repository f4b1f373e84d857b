/// How texts show numbers, money and dates; a tenant's settings.
package struct TextFormats: Sendable, Hashable {
  /// A locale identifier, `en_US`.
  package var locale: String

  /// An ISO 4217 code, `EUR`.
  package var currency: String

  /// Creates formats.
  package init(locale: String = "en_US", currency: String = "USD") {
    self.locale = locale
    self.currency = currency
  }
}
