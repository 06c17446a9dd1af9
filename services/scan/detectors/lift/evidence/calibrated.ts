import { type Matrix, matrix } from '../../../numeric/matrix.ts'

/** Bins of the predictor's confidence; a bin has one rate of errors. */
const BINS = 8
/** How many records of the same confidence, of all labels, are added to a bin to steady its rate. */
const BORROWED = 10

/**
 * Calibrates expected labels. Among records of one most likely label a and about the same confidence, a gets the share
 * of them that is in fact labelled a. The rest goes to the other labels c in the predictor's proportions, scaled by how
 * often records expected to be a are labelled c. Label noise, and a predictor that is too sure or not sure enough, then
 * raise no token's lift. A label of −1 does not count.
 */
export class Calibration {
  readonly #kinds: number
  /** The rate of contradiction, by most likely label and bin. */
  readonly #rates: Float64Array
  /** K × K: the probability of c where a is most likely is scaled by the entry of a and c. */
  readonly #factors: Float64Array

  constructor(expected: Matrix, labels: Int32Array) {
    const k = expected.cols
    this.#kinds = k
    const bins = k * BINS
    const wrong = new Float64Array(bins + BINS)
    const sizes = new Float64Array(bins + BINS)
    const seen = new Float64Array(k * k).fill(1)
    const said = new Float64Array(k * k).fill(1)
    const counts = { wrong, sizes, seen, said }
    for (let i = 0; i < labels.length; i++) {
      if (labels[i]! >= 0) addRecord(counts, expected.data, i * k, k, labels[i]!)
    }
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

  /** Calibrates one record's prediction in place: the K numbers from `from` on. */
  apply(data: Float32Array, from = 0): void {
    const k = this.#kinds
    let a = 0
    for (let c = 1; c < k; c++) if (data[from + c]! > data[from + a]!) a = c
    const wrong = this.#rates[a * BINS + binOf(data[from + a]!)]!
    let rest = 0
    for (let c = 0; c < k; c++) {
      if (c === a) continue
      data[from + c] = data[from + c]! * this.#factors[a * k + c]!
      rest += data[from + c]!
    }
    for (let c = 0; c < k; c++) data[from + c] = c === a ? 1 - wrong : (data[from + c]! * wrong) / Math.max(rest, 1e-12)
  }
}

interface Counted {
  readonly wrong: Float64Array
  readonly sizes: Float64Array
  readonly seen: Float64Array
  readonly said: Float64Array
}

/** Counts a record with a label, whose prediction is the `k` numbers from `from` on. */
function addRecord(
  { wrong, sizes, seen, said }: Counted,
  data: Float32Array,
  from: number,
  k: number,
  label: number,
): void {
  let a = 0
  for (let c = 1; c < k; c++) if (data[from + c]! > data[from + a]!) a = c
  const bin = binOf(data[from + a]!)
  const [own, all] = [a * BINS + bin, k * BINS + bin]
  sizes[own]!++
  sizes[all]!++
  if (label !== a) {
    wrong[own]!++
    wrong[all]!++
  }
  seen[a * k + label]!++
  for (let c = 0; c < k; c++) said[a * k + c] = said[a * k + c]! + data[from + c]!
}

/** A calibrated copy. */
export function calibrated(expected: Matrix, calibration: Calibration): Matrix {
  const out = matrix(expected.rows, expected.cols, expected.data.slice())
  for (let i = 0; i < out.rows; i++) calibration.apply(out.data, i * out.cols)
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
