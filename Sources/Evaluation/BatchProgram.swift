package import Expressions

/// Conditions of many rules for batches of one layout.
///
/// They are compiled together, so that what several of them compute is computed once a batch: a
/// comparison, a share of a metric, an age. A condition gives what the reference evaluator
/// `Program` gives for every row; rows on which a kernel cannot be sure, because of an error or of
/// numbers so near to each other that their decimals decide, are left to it.
///
/// ```swift
/// let program = BatchProgram(rules.map(\.when), slots: plan.slots, context: context)
/// var evaluation = program.evaluate(batch)
/// let outcome = evaluation.outcome(of: 0)
/// ```
package struct BatchProgram: Sendable {
  private let conditions: [(step: Int, reference: Program)]
  private let steps: [Step]

  /// The programs of the steps without a kernel, by step.
  private let references: [Int: Program]

  /// The codes of the text columns that are compared with constants, by slot.
  private let codes: [Int: TextCodes]

  /// Compiles conditions; `slots` are the places of inputs in a batch.
  package init(_ conditions: [Term], slots: [Input: Int], context: EvaluationContext) {
    func program(_ term: Term) -> Program { Program(term, slots: slots, context: context) }
    var compiler = VectorCompiler(slots: slots, context: context)
    self.conditions = conditions.map { (compiler.condition($0), program($0)) }
    steps = compiler.steps
    codes = compiler.texts.mapValues(TextCodes.init)
    var references: [Int: Program] = [:]
    for (number, step) in steps.enumerated() {
      if case .rows(let term, _) = step { references[number] = program(term) }
    }
    self.references = references
  }

  /// How many computations the conditions come to.
  package var stepCount: Int { steps.count }

  /// Begins the evaluation of a batch.
  package func evaluate(_ batch: ColumnBatch) -> Evaluation {
    Evaluation(batch: batch, program: self)
  }

  /// The conditions of a program over one batch, each evaluated when it is asked for.
  package struct Evaluation {
    private let batch: ColumnBatch
    private let program: BatchProgram
    private var run: BatchRun

    fileprivate init(batch: ColumnBatch, program: BatchProgram) {
      self.batch = batch
      self.program = program
      run = BatchRun(
        batch, steps: program.steps, references: program.references, codes: program.codes)
    }

    /// What a condition, by its place among those of the program, comes to for every row.
    package mutating func outcome(of condition: Int) -> BatchOutcome {
      let (step, reference) = program.conditions[condition]
      let truths = run.truths(step)
      var outcome = BatchOutcome(isTrue: truths.isTrue, isFalse: truths.isFalse)
      guard let doubt = truths.doubt else { return outcome }
      for row in doubt.setIndices {
        outcome.take(reference.value(of: batch.row(row)), row: row)
      }
      return outcome
    }
  }
}
