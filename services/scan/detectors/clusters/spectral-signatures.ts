import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { symmetricEigen } from '../../numeric/eigen.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import { addShare, offsetRow } from '../../numeric/rows.ts'
import { medianOf, nth } from '../../numeric/select.ts'
import type { WindowView } from '../../view/window-view.ts'
import { classAxes, classesOf, covariance } from '../classes.ts'
import { silent, usable } from '../held-back.ts'

const ROUNDS = 4
/** The share of a class, the farthest records, that the robust estimate leaves out. */
const TRIMMED = 0.15
const RIDGE = 1e-2

export interface SpectralSignaturesOptions {
  /** Leading axes of a class's activations that are used. */
  readonly dimensions?: number
  /** How strongly directions of excess variance are preferred: 0 is the plain norm, ∞ the top direction alone. */
  readonly sharpness?: number
  readonly fewest?: number
}

/**
 * Spectral signatures (Tran, Li & Madry 2018, Spectral Signatures in Backdoor Attacks) in the form of SPECTRE (Hayase
 * et al. 2021, SPECTRE: Defending Against Backdoor Attacks Using Robust Statistics). Each class's activations are
 * whitened by a trimmed estimate of their covariance. A record's score is ln(1 + its quantum-entropy weighted square),
 * which is large along directions that vary more than in the trimmed bulk; 0 in classes of fewer than 20.
 */
export class SpectralSignatures implements Detector {
  readonly info: DetectorInfo = { name: 'spectral-signatures', family: 'trigger', version: 1 }
  readonly needs = ['labels'] as const
  readonly tags = { role: 'supporting', knows: 'its class', farOutIn: 'activations', ranksTables: true } as const
  readonly #dimensions: number
  readonly #sharpness: number
  readonly #fewest: number

  constructor({ dimensions = 20, sharpness = 4, fewest = 20 }: SpectralSignaturesOptions = {}) {
    this.#dimensions = dimensions
    this.#sharpness = sharpness
    this.#fewest = fewest
  }

  async score(view: WindowView): Promise<Detection> {
    const { engine, labels, n } = view
    if (!usable(labels)) return silent(n, 'spectral-signatures held back: fewer than two labels are in use')
    const { activations } = await view.probe()
    const scores = new Float64Array(n)
    for (const { members } of classesOf(labels, this.#fewest)) {
      const white = robustlyWhitened(await classAxes(engine, activations, members, this.#dimensions))
      entropyScores(white, members.length, this.#sharpness).forEach((q, r) => (scores[members[r]!] = Math.log1p(q)))
    }
    const why = (i: number) =>
      `Within ${labels.names[labels.of[i]!]}, it lies far out along what sets some of its records apart from the bulk.`
    return { scores, scale: 'relative', groups: [], why }
  }
}

/**
 * Rows centred at the trimmed median and whitened by the trimmed covariance, scaled so that the median record has norm
 * √d.
 */
function robustlyWhitened(x: Matrix): Float64Array {
  const { rows: n, cols: d } = x
  let kept = Int32Array.from({ length: n }, (_, i) => i)
  const white = new Float64Array(n * d)
  const norms = new Float64Array(n)
  const offset = new Float64Array(d)
  for (let round = 0; round < ROUNDS; round++) {
    const centre = columnMedians(x, kept)
    const mean = new Float64Array(d)
    for (const i of kept) addShare(mean, x.data, i * d, kept.length, d)
    const centred = new Float64Array(kept.length * d)
    kept.forEach((i, r) => offsetRow(centred, r * d, x.data, i * d, mean, d))
    const { values, vectors } = symmetricEigen(covariance(centred, kept.length, d), d)
    const typical = values.reduce((sum, value) => sum + Math.max(0, value) / d, 0)
    const spread = values.map((value) => Math.sqrt(Math.max(0, value) + RIDGE * typical + 1e-9))
    for (let i = 0; i < n; i++) {
      offsetRow(offset, 0, x.data, i * d, centre, d)
      norms[i] = whitenRow(offset, vectors, spread, white, i * d)
    }
    // The last round needs no trimming: no estimate follows it.
    if (round === ROUNDS - 1) break
    const bound = nth(norms.slice(), Math.floor((1 - TRIMMED) * (n - 1)))!
    kept = Int32Array.from(norms.keys()).filter((i) => norms[i]! <= bound)
  }
  const factor = 1 / Math.sqrt(medianOf(norms) / d || 1)
  timesFactor(white, factor)
  return white
}

function timesFactor(data: Float64Array, factor: number): void {
  for (let at = 0; at < data.length; at++) data[at] = data[at]! * factor
}

/** The offset in units of the axes' spreads, into `white`; returns its squared length. */
function whitenRow(
  offset: Float64Array,
  vectors: Float64Array,
  spread: Float64Array,
  white: Float64Array,
  at: number,
): number {
  const d = offset.length
  let norm = 0
  for (let r = 0; r < d; r++) {
    let dot = 0
    for (let j = 0; j < d; j++) dot += offset[j]! * vectors[r * d + j]!
    const z = dot / spread[r]!
    white[at + r] = z
    norm += z * z
  }
  return norm
}

/** The median of each column over the rows `of`. */
function columnMedians({ cols, data }: Matrix, of: Int32Array): Float64Array {
  const column = new Float64Array(of.length)
  const medians = new Float64Array(cols)
  for (let j = 0; j < cols; j++) {
    for (let r = 0; r < of.length; r++) column[r] = data[of[r]! * cols + j]!
    medians[j] = medianOf(column)
  }
  return medians
}

function entropyScores(white: Float64Array, n: number, sharpness: number): Float64Array {
  const d = white.length / n
  const { values, vectors } = symmetricEigen(covariance(white, n, d), d)
  const excess = Math.max(values[0]! - 1, 1e-3)
  const weights = values.map((value) => Math.exp(sharpness * ((value - 1) / excess - 1)))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  // Where the activations are all the same, nothing varies more than the bulk.
  if (total === 0) return new Float64Array(n)
  return Float64Array.from({ length: n }, (_, i) => {
    let score = 0
    for (let r = 0; r < d; r++) {
      let dot = 0
      for (let j = 0; j < d; j++) dot += white[i * d + j]! * vectors[r * d + j]!
      score += (dot * dot * weights[r]!) / total
    }
    return score
  })
}
