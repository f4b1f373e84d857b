import Expressions
import Rules
import SQLText

/// Assembles the query of a plan, input by input.
///
/// ```sql
/// SELECT t0.key, t0.label, t0.c1 AS "customer.tier", coalesce(m1.c1, …) AS "revenue[30d]"
/// FROM (SELECT … FROM "customer" WHERE …) AS t0
/// LEFT JOIN (SELECT … FROM "order" o WHERE … GROUP BY 1) AS m1 ON m1.k = t0.k
/// ```
///
/// Every table stands in a subquery of its own, so that the catalog's SQL can name its columns
/// without a prefix and nothing else can be meant.
struct FetchQueryBuilder {
  private(set) var columns: [FetchPlan.Column] = []
  private var outputs: [SQL] = []
  private var entityScans: [EntityScan]

  /// The scans by the path of person fields that leads to them; the entity's own is at `[]`.
  private var scanIndices: [[String]: Int] = [[]: 0]
  private var sourceScans: [SourceScan] = []
  private var gapScans: [GapScan] = []
  private var seriesScans: [SeriesScan] = []
  private let request: FetchRequest
  private let catalog: Catalog

  init(_ request: FetchRequest, catalog: Catalog) {
    self.request = request
    self.catalog = catalog
    entityScans = [EntityScan(entity: request.entity, alias: "t0", parent: nil)]
  }

  mutating func add(_ input: Input) {
    let (output, type): (SQL, ValueType)
    var seriesLength: Int?
    switch input {
    case .field(let path): (output, type) = field(path)
    case .metric(let name, let window): (output, type) = metric(name, over: window)
    case .series(let name, let window, let bucket):
      let buckets = bucket.buckets(of: window, at: request.now, in: request.zone)
      (output, type) = (series(name, bucket, buckets), .list(.number))
      seriesLength = buckets.starts.count
    }
    outputs.append("\(output) AS \(identifier: input.description.prefix(utf8Count: 63))")
    columns.append(FetchPlan.Column(input: input, type: type, seriesLength: seriesLength))
  }

  /// The whole query as it stands, which reads each source once.
  var query: SQL { query(sources: sourceScans.map(\.join)) }

  /// A query for the same rows that looks up what can be looked up; `nil` if nothing can.
  var lookupQuery: SQL? {
    let lookups = sourceScans.map(\.lookup)
    guard lookups.contains(where: { $0 != nil }) else { return nil }
    return query(sources: zip(sourceScans, lookups).map { $1 ?? $0.join })
  }

  private func query(sources: [SQL]) -> SQL {
    let select = (["t0.key", "t0.label"] + outputs).joined(separator: ",\n  ")
    var query: SQL = "SELECT\n  \(select)\nFROM \(entityScans[0].subquery(for: request))"
    for scan in entityScans.dropFirst() {
      query += "\nLEFT JOIN \(scan.subquery(for: request)) ON \(scan.joinCondition)"
    }
    for source in sources { query += "\n\(source)" }
    for scan in gapScans {
      query += "\nLEFT JOIN \(scan.subquery) ON \(scan.rows.joinCondition)"
    }
    for scan in seriesScans {
      query += "\nLEFT JOIN \(scan.subquery) ON \(scan.rows.joinCondition)"
    }
    return query
  }

  // MARK: Fields

  private mutating func field(_ path: [String]) -> (SQL, ValueType) {
    precondition(
      path.count >= 2 && path[0] == request.entity.name,
      "A field's path begins with the entity it is read from.")
    let index = scanIndex(at: Array(path[1..<(path.count - 1)]))
    let field = field(path[path.count - 1], of: entityScans[index].entity)
    return (entityScans[index].add(field.sqlValue), field.kind.valueType)
  }

  private mutating func scanIndex(at path: [String]) -> Int {
    if let index = scanIndices[path] { return index }
    let parent = scanIndex(at: path.dropLast())
    let person = field(path[path.count - 1], of: entityScans[parent].entity)
    guard case .person(let name) = person.kind, let entity = catalog.entities[name] else {
      preconditionFailure("A path steps through person fields of the catalog only.")
    }
    let key = entityScans[parent].add(person.sql)
    let index = entityScans.count
    entityScans.append(EntityScan(entity: entity, alias: "t\(index)", parent: key))
    scanIndices[path] = index
    return index
  }

  private func field(_ name: String, of entity: Entity) -> Field {
    guard let field = entity.fields[name] else {
      preconditionFailure("Checked terms name fields of the catalog only.")
    }
    return field
  }

  // MARK: Metrics

  private func metric(_ name: String) -> (metric: Metric, source: Source, key: String) {
    guard let metric = catalog.metrics[name], let source = catalog.sources[metric.source],
      let key = source.keys[request.entity.name]
    else { preconditionFailure("Checked terms name metrics of the entity only.") }
    return (metric, source, key)
  }

  private mutating func metric(_ name: String, over window: Window) -> (SQL, ValueType) {
    let (metric, source, key) = metric(name)
    let bounds = window.bounds(at: request.now, in: request.zone)
    let column: SQL
    if case .medianGap(let perDay, let last, let needs) = metric.aggregate {
      let gap = MedianGap(perDay: perDay, last: last, needs: needs, bounds: bounds)
      column = gapColumn(gap, of: source, by: key)
    } else {
      column = aggregateColumn(metric, over: bounds, of: source, by: key)
    }
    guard let empty = metric.empty, metric.valueType == .number else {
      return (column, metric.valueType)
    }
    return ("coalesce(\(column), \(bind: empty)::float8)", metric.valueType)
  }

  private mutating func aggregateColumn(
    _ metric: Metric, over bounds: TimeBounds, of source: Source, by key: String
  ) -> SQL {
    let index: Int
    if let known = sourceScans.firstIndex(where: { $0.rows.source.name == source.name }) {
      index = known
    } else {
      index = sourceScans.count
      sourceScans.append(SourceScan(rows: rows(of: source, by: key)))
    }
    return sourceScans[index].add(metric, over: bounds)
  }

  private mutating func gapColumn(
    _ gap: MedianGap, of source: Source, by key: String
  ) -> SQL {
    let known = gapScans.first { $0.gap == gap && $0.rows.source.name == source.name }
    if let known { return known.column }
    let scan = GapScan(rows: rows(of: source, by: key), gap: gap)
    gapScans.append(scan)
    return scan.column
  }

  private mutating func series(_ name: String, _ bucket: Bucket, _ buckets: Buckets) -> SQL {
    let (metric, source, key) = metric(name)
    let known = seriesScans.firstIndex {
      $0.rows.source.name == source.name && $0.bucket == bucket && $0.buckets == buckets
    }
    let index = known ?? seriesScans.count
    if known == nil {
      seriesScans.append(
        SeriesScan(rows: rows(of: source, by: key), bucket: bucket, buckets: buckets))
    }
    return seriesScans[index].add(metric)
  }

  private func rows(of source: Source, by key: String) -> SourceRows {
    SourceRows(
      source: source, key: key,
      alias: "m\(sourceScans.count + gapScans.count + seriesScans.count + 1)",
      tenant: request.tenant, keys: request.keys)
  }
}

extension String {
  /// The longest beginning of whole characters that takes at most `count` bytes.
  fileprivate func prefix(utf8Count count: Int) -> String {
    var result = self
    while result.utf8.count > count { result.removeLast() }
    return result
  }
}
