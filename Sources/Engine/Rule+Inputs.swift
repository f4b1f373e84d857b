import Expressions
import Rules

extension Rule {
  /// The rule with the tenant's name in place, which no query fetches.
  func naming(_ tenant: Tenant) -> Rule {
    guard inputs.contains(.tenantName) else { return self }
    return mapTerms { term in
      term.rewritten { part in
        guard case .input(.tenantName, _) = part else { return nil }
        return .constant(.text(tenant.name))
      }
    }
  }
}

extension Input {
  /// `tenant.name`, which texts may use and no query fetches.
  static var tenantName: Input { .field(path: ["tenant", "name"]) }
}

extension Rule {
  /// What the rule reads or sets that a query fetches.
  var fetchedInputs: Set<Input> {
    inputsAndTargets.filter { $0 != .tenantName && $0.openedValue(besides: entity) == nil }
  }
}
