import { type Matrix, matrix } from '../../numeric/matrix.ts'

/** Bins of the predictor's confidence within which its rate of being right is taken. */
const BINS = 8
/** A bin of few records is filled up with so many of what all labels' records of that confidence show. */
const BORROWED = 10

/**
 * Makes expected labels hold what they promise. Among records of one most likely label a and about one confidence, a gets
 * the share of them that is in fact labelled a; what remains goes to the other labels c as the predictor has it, scaled
 * by how often records expected to be a are labelled c. Label noise and a predictor too sure of itself, or not sure
 * enough, then raise no token's lift; only what goes with the token does. Labels of −1 are not counted.
 */
export class Calibration {
  readonly #kinds: number
  /** Rate of contradiction by most likely label and bin. */
  readonly #rates: Float64Array
  /** K × K: what goes from a to c is scaled by this. */
  readonly #factors: Float64Array

  constructor(expected: Matrix, labels: Int32Array) {
    const k = expected.cols
    this.#kinds = k
    const bins = k * BINS
    const wrong = new Float64Array(bins + BINS)
    const sizes = new Float64Array(bins + BINS)
    const seen = new Float64Array(k * k).fill(1)
    const said = new Float64Array(k * k).fill(1)
    labels.forEach((label, i) => {
      if (label < 0) return
      const row = expected.data.subarray(i * k, (i + 1) * k)
      const a = mostLikely(row)
      const bin = binOf(row[a]!)
      for (const at of [a * BINS + bin, bins + bin]) {
        sizes[at] = sizes[at]! + 1
        if (label !== a) wrong[at] = wrong[at]! + 1
      }
      seen[a * k + label] = seen[a * k + label]! + 1
      for (let c = 0; c < k; c++) said[a * k + c] = said[a * k + c]! + row[c]!
    })
    this.#factors = seen.map((count, at) => count / said[at]!)
    this.#rates = new Float64Array(bins).map((_, at) => {
      const all = bins + (at % BINS)
      const borrowed = (BORROWED * (wrong[all]! + 0.5)) / (sizes[all]! + 1)
      return Math.min(Math.max((wrong[at]! + borrowed) / (sizes[at]! + BORROWED), 1e-3), 1 - 1e-3)
    })
  }

  /** The rate at which a prediction like this one is contradicted. */
  contradiction(row: Float32Array): number {
    const a = mostLikely(row)
    return this.#rates[a * BINS + binOf(row[a]!)]!
  }

  /** Overwrites one record's prediction, K long. */
  apply(row: Float32Array): void {
    const k = this.#kinds
    const a = mostLikely(row)
    const wrong = this.contradiction(row)
    let rest = 0
    for (let c = 0; c < k; c++) {
      if (c === a) continue
      row[c] = row[c]! * this.#factors[a * k + c]!
      rest += row[c]!
    }
    for (let c = 0; c < k; c++) row[c] = c === a ? 1 - wrong : (row[c]! * wrong) / Math.max(rest, 1e-12)
  }
}

/** A calibrated copy. */
export function calibrated(expected: Matrix, calibration: Calibration): Matrix {
  const out = matrix(expected.rows, expected.cols, expected.data.slice())
  for (let i = 0; i < out.rows; i++) calibration.apply(out.data.subarray(i * out.cols, (i + 1) * out.cols))
  return out
}

export function mostLikely(row: Float32Array): number {
  let best = 0
  for (let c = 1; c < row.length; c++) if (row[c]! > row[best]!) best = c
  return best
}

function binOf(confidence: number): number {
  return Math.min(BINS - 1, Math.floor(confidence * BINS))
}
