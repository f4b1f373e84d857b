import Diagnostics
import Engine

extension Engine {
  /// The tenant of that name, or all; one that does not exist is a warning and nobody.
  func tenants(named slug: String?) async throws -> [Tenant] {
    do {
      return try await existingTenants(named: slug)
    } catch let failure as CommandFailure {
      note(
        "warning: \(failure.message), so nothing ran" + (failure.help.map { "; \($0)" } ?? ""))
      return []
    }
  }

  /// The tenant of that name, which must exist, or all.
  func existingTenants(named slug: String?) async throws -> [Tenant] {
    let all = try await tenants()
    guard let slug else { return all }
    let chosen = all.filter { $0.slug == slug }
    guard chosen.isEmpty else { return chosen }
    let near = nearest(to: slug, among: all.map(\.slug))
    throw CommandFailure(
      "there is no tenant '\(slug)'", help: near.map { "did you mean '\($0)'?" })
  }
}
