package import Rules
package import SQLText

/// The query that finds things by what people call them: their key, their name, or a part of it.
///
/// It returns key, label and how well the thing fits, best first: `key` and `label` are what was
/// asked for, `near` resembles it, and `other` shows what keys look like.
package struct EntitySearch: Sendable {
  package var query: SQL

  /// Plans the search; the request's inputs, keys and pre-filter play no part.
  package init(_ name: String, in request: FetchRequest, catalog: Catalog, atMost count: Int = 6) {
    var things = request
    things.inputs = []
    things.keys = nil
    things.preFilter = nil
    let plan = FetchPlan(things, catalog: catalog)
    query = """
      SELECT key, label, CASE fit WHEN 1 THEN 'key' WHEN 2 THEN 'label' WHEN 5 THEN 'other'
        ELSE 'near' END
      FROM (\(plan.query)) AS things
      CROSS JOIN (SELECT lower(\(bind: name)) AS name) AS wanted
      CROSS JOIN LATERAL (
        SELECT CASE
          WHEN key = \(bind: name) THEN 1
          WHEN lower(label) = name THEN 2
          WHEN strpos(lower(label), name) > 0 OR strpos(lower(key), name) > 0 THEN 3
          WHEN left(lower(label), 4) = left(name, 4) THEN 4
          ELSE 5
        END AS fit
      ) AS fits
      ORDER BY fit, label, key
      LIMIT \(bind: count)
      """
  }
}
