/** Terraform's own words: a failed validation or precondition, an expression that does not work out. */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError'
}
