import { type Matrix, matrix } from '../../numeric/matrix.ts'

/** Bins of the predictor's confidence within which its rate of being right is taken. */
const BINS = 8
/** A bin of few records is filled up with so many of what all labels' records of that confidence show. */
const BORROWED = 10

/**
 * Expected labels that hold what they promise. Among records of one most likely label a and about one confidence, a gets
 * the share of them that is in fact labelled a; what remains goes to the other labels c as the predictor has it, scaled
 * by how often records expected to be a are labelled c. Label noise and a predictor too sure of itself, or not sure
 * enough, then raise no token's lift; only what goes with the token does. Labels of −1 are not counted.
 */
export function calibrate(expected: Matrix, labels: Int32Array): Matrix {
  const k = expected.cols
  const { likely, rate } = contradictions(expected, labels)
  const seen = new Float64Array(k * k).fill(1)
  const said = new Float64Array(k * k).fill(1)
  labels.forEach((label, i) => {
    if (label < 0) return
    const a = likely[i]! * k
    seen[a + label] = seen[a + label]! + 1
    for (let c = 0; c < k; c++) said[a + c] = said[a + c]! + expected.data[i * k + c]!
  })
  const out = matrix(expected.rows, k)
  for (let i = 0; i < expected.rows; i++) {
    const a = likely[i]!
    let rest = 0
    for (let c = 0; c < k; c++) {
      if (c === a) continue
      const scaled = (expected.data[i * k + c]! * seen[a * k + c]!) / said[a * k + c]!
      out.data[i * k + c] = scaled
      rest += scaled
    }
    const contradicted = rate[i]!
    for (let c = 0; c < k; c++) {
      out.data[i * k + c] = c === a ? 1 - contradicted : (out.data[i * k + c]! * contradicted) / Math.max(rest, 1e-12)
    }
  }
  return out
}

export interface Contradictions {
  /** The most likely label. */
  readonly likely: Int32Array
  /** 1 where the given label is another. */
  readonly contradicted: Uint8Array
  /** The rate at which records of the same most likely label and about the same confidence are contradicted. */
  readonly rate: Float64Array
}

export function contradictions(expected: Matrix, labels: Int32Array): Contradictions {
  const k = expected.cols
  const likely = mostLikely(expected)
  const contradicted = new Uint8Array(labels.length)
  const bins = Int32Array.from(likely, (a, i) => Math.min(BINS - 1, Math.floor(expected.data[i * k + a]! * BINS)))
  const seen = new Float64Array((k + 1) * BINS)
  const sizes = new Float64Array((k + 1) * BINS).fill(1e-9)
  labels.forEach((label, i) => {
    if (label < 0) return
    contradicted[i] = label === likely[i] ? 0 : 1
    for (const stratum of [likely[i]!, k]) {
      const at = stratum * BINS + bins[i]!
      seen[at] = seen[at]! + contradicted[i]!
      sizes[at] = sizes[at]! + 1
    }
  })
  const rate = Float64Array.from(likely, (a, i) => {
    const [own, all] = [a * BINS + bins[i]!, k * BINS + bins[i]!]
    const filled = (seen[own]! + (BORROWED * seen[all]!) / sizes[all]!) / (sizes[own]! + BORROWED)
    return Math.min(Math.max(filled, 1e-3), 1 - 1e-3)
  })
  return { likely, contradicted, rate }
}

function mostLikely(expected: Matrix): Int32Array {
  const k = expected.cols
  return Int32Array.from({ length: expected.rows }, (_, i) => {
    let best = 0
    for (let c = 1; c < k; c++) if (expected.data[i * k + c]! > expected.data[i * k + best]!) best = c
    return best
  })
}
