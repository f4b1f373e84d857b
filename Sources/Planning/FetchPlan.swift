package import Expressions
package import Rules
package import SQLText

/// One query that fetches a whole entity, a row a thing, sorted by nothing.
///
/// Every source is scanned once for all metrics and windows; only a `median_gap` reads its source
/// again. A source that is asked for nothing but first and last times can also be looked up, thing
/// by thing, which spares reading it where it has the index; PostgreSQL knows, see `alternative`. The session's TimeZone must be the tenant's: the query turns dates and zoneless
/// timestamps into points in time and back.
package struct FetchPlan: Sendable {
  /// The first column is the key and the second the label, both text and never NULL.
  package var query: SQL

  /// A query for the same rows that looks first and last times up; `nil` if there are none alone.
  package var alternative: SQL?

  /// What follows the key and the label, in the order of the columns.
  ///
  /// `tenant.name` is not among them: it is one value for all rows and the run knows it.
  package var columns: [Column]

  /// The zone that the session's TimeZone must name.
  package var zone: Zone

  /// A column, sent as float8, bool, text, timestamptz, int8 (a duration's microseconds), text[]
  /// or float8[], by its type.
  package struct Column: Sendable, Hashable {
    package var input: Input
    package var type: ValueType

    /// How many elements a series has.
    ///
    /// It is sent as pairs, the place and the number of each bucket that has any rows, so that
    /// empty buckets cost nothing; NULL means that none has.
    package var seriesLength: Int?

    /// Creates a column.
    package init(input: Input, type: ValueType, seriesLength: Int? = nil) {
      self.input = input
      self.type = type
      self.seriesLength = seriesLength
    }
  }

  /// Plans the query; the inputs must be those of terms checked against this catalog.
  package init(_ request: FetchRequest, catalog: Catalog) {
    precondition(
      request.tenant != nil || catalog.tenants == .none,
      "With tenants, a query is for one of them.")
    var builder = FetchQueryBuilder(request, catalog: catalog)
    for input in request.inputs.sorted(by: { $0.description < $1.description })
    where input.tenantColumn(besides: request.entity) == nil {
      builder.add(input)
    }
    query = builder.query
    alternative = builder.lookupQuery
    columns = builder.columns
    zone = request.zone
  }

  /// A query for rows that are not things of an entity.
  init(query: SQL, columns: [Column], zone: Zone) {
    self.query = query
    self.columns = columns
    self.zone = zone
  }

  /// The types of all columns of the query, the key's and the label's too.
  package var types: [ValueType] { [.text, .text] + columns.map(\.type) }

  /// The lengths of series by their place among all columns of the query.
  package var seriesLengths: [Int: Int] {
    zip(2..., columns).reduce(into: [:]) { $0[$1.0] = $1.1.seriesLength }
  }

  /// Where each input stands among all columns of the query.
  package var slots: [Input: Int] {
    Dictionary(uniqueKeysWithValues: zip(columns.map(\.input), 2...))
  }

  /// Runs the query and throws its rows away: PostgreSQL's own plan, a row of text a line.
  package var analysis: SQL { "EXPLAIN (ANALYZE, BUFFERS, COSTS) \(query)" }

  /// The query as it can be pasted into psql, with the values in place.
  package var explainText: String {
    """
    BEGIN;
    SET LOCAL TimeZone = \(quotedLiteral(zone.identifier));
    \(query.inlined(quotedBy: quotedLiteral));
    COMMIT;

    """
  }
}

extension Input {
  /// The tenant's column that the input names, `name` of `tenant.name`, unless tenants are the
  /// entity itself.
  package func tenantColumn(besides entity: Entity) -> String? {
    guard case .field(let path) = self, path.count == 2, path[0] == "tenant",
      entity.name != "tenant"
    else { return nil }
    return path[1]
  }
}
