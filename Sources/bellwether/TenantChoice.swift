import Diagnostics
import Engine

extension Engine {
  /// The tenant of that name, or all; one that does not exist is a warning and nobody.
  func tenants(named slug: String?) async throws -> [Tenant] {
    let all = try await tenants()
    guard let slug else { return all }
    let chosen = all.filter { $0.slug == slug }
    if chosen.isEmpty {
      let near = nearest(to: slug, among: all.map(\.slug))
      note(
        "warning: there is no tenant '\(slug)', so nothing ran"
          + (near.map { "; did you mean '\($0)'?" } ?? ""))
    }
    return chosen
  }
}
