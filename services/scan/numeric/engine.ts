import type { Matrix } from './matrix.ts'

/** Matrix products. Results depend only on the inputs, not on the processor nor on what else is installed. */
export interface Engine {
  readonly name: 'wasm'
  /** a (m × k) · b (k × n). */
  multiply(a: Matrix, b: Matrix): Promise<Matrix>
  /** aᵀ (k × m) · b (m × n), for a given as m × k, whose rows are multiplied by `factors` if given. */
  multiplyTransposed(a: Matrix, b: Matrix, factors?: Float64Array): Promise<Matrix>
  /** a (m × k) · bᵀ (k × n), for b given as n × k. */
  multiplyByTransposed(a: Matrix, b: Matrix): Promise<Matrix>
  /** a (m × k) · lowerᵀ for a lower triangle (k × k), whose zeros are not read. */
  multiplyByLower(a: Matrix, lower: Matrix): Promise<Matrix>
  /** lower (k × k), whose zeros are not read, times b (k × n). */
  lowerTimes(lower: Matrix, b: Matrix): Promise<Matrix>
  /** aᵀ · a, exactly symmetric; the rows of the first are multiplied by `factors` if given. */
  gram(a: Matrix, factors?: Float64Array): Promise<Matrix>
}
