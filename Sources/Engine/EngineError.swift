/// What keeps a run from going on, for the operator.
package enum EngineError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The catalog's task table took other rows than it was given: a trigger swallows some.
  case taskRowsSwallowed(table: String, sent: Int, made: Int)

  /// The nominal time that a schedule asks for has been run, or passed over.
  case alreadyDecided

  /// The catalog's tenant table names a zone that does not exist.
  case unknownZone(String, tenant: String)

  package var description: String {
    switch self {
    case .taskRowsSwallowed(let table, let sent, let made):
      "\(table) took \(made) of \(sent) tasks; a trigger on it seems to skip rows, and nothing "
        + "was written"
    case .alreadyDecided: "this scheduled time has run already"
    case .unknownZone(let zone, let tenant):
      "tenant \(tenant) has the time zone '\(zone)', which does not exist; mend it in the tenant "
        + "table, for example to Europe/Paris"
    }
  }
}
