import Evaluation
import Planning
import Postgres

extension TenantRun {
  /// Passes the plan's rows through `pass`; `also` sees every batch after it.
  ///
  /// A batch is evaluated while the next one is read.
  func fetch(
    _ plan: FetchPlan, into prepared: consuming EntityPass, also: (ColumnBatch) -> Void
  ) async throws -> EntityPass {
    var pass = prepared
    try await connection.copyOut(plan.query) {
      ColumnBatchBuilder(types: plan.types, seriesLengths: plan.seriesLengths)
    } fill: { builder, row in
      try builder.append(copyRow: row)
      return !builder.isFull
    } use: { builder in
      let batch = builder.finish()
      pass.take(batch)
      also(batch)
    }
    pass.finish()
    return pass
  }
}
