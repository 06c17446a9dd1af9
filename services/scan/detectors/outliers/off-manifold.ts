import type { DetectorInfo } from '#core/score.ts'
import { seededRandom } from '#core/random.ts'
import { tailSurprise } from '../../calibrate/tail.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { haveOneUnit } from '../../features/vectors.ts'
import { cholesky, invertLower } from '../../numeric/cholesky.ts'
import type { Engine } from '../../numeric/engine.ts'
import { gatherColumns, gatherRows, type Matrix, matrix, trace } from '../../numeric/matrix.ts'
import { squaresByRow } from '../../numeric/rows.ts'
import { ascending } from '../../numeric/sorted.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { Grouping } from '../../view/samples.ts'
import type { Neighbours, WindowView } from '../../view/window-view.ts'
import { liftRatio, shareRatio } from '../lift/evidence/tests.ts'
import { sharedLabel } from '../shared-label.ts'

/** Vectors of fewer coordinates, or fewer of them, do not show what a model leaves out. */
const LEAST_COLUMNS = 32
const LEAST_ROWS = 200
/** So many coordinates, drawn by the window's seed, stand for more. */
const MOST_COLUMNS = 512
/** So many nearest neighbours make the place from which a vector's remainder is taken. */
const NEAREST = 5
/** Vectors by which each half's covariance is estimated, at most, drawn by the window's seed; the ridge, as a share of the mean variance. */
const MOST_ROWS = 4400
const RIDGE = 0.01
/** Rounds of the estimate, each without the share that was strangest in the one before. */
const ROUNDS = 2
const TRIMMED = 0.1
/** Remainders are of no model of the others' if their strangeness is at least one of these: 1 is that of noise. */
const STRANGE = [0.8, 0.65, 0.5]
/** As many as lie between this share of a bound and it are expected beyond, or what the tail leads to expect, if that is more. */
const BELOW = 0.77
/** Where more than this share of a group is expected by chance it is none. */
const MOST_EXPECTED = 0.25
/** The least squared length of a remainder, as a share of the median: between near-copies rounding is all that is left. */
const LEAST_REMAINDER = 0.25
/** The largest share of the vectors that may be strange: more are a part of the set. */
const MOST = 0.08
/** Vectors have one length where all but `MOST` are within this share of the median one. */
const ONE_LENGTH = 0.01
/** Another length is so many times as far from it as theirs, and this share of it at least. */
const FARTHER = 10
const LEAST_OTHER = 1e-3
/** Vectors have no zeros where all but `MOST` have fewer than this share, and are padded from that share on. */
const NO_ZEROS = 0.05
const PADDED = 0.25
/** Vectors keep to few directions where half of them are less strange than this, and none strays that is. */
const KEPT = 0.4
/** The fewest vectors of a group, and its least evidence, in nats; the score of those that are fewer ranks them. */
const FEWEST = 5
const LEAST_EVIDENCE = 6
const RANKED = 5
/** The share of the vectors beyond `FEW` costs so many nats of that: the more they are, the likelier they are a kind. */
const FEW = 0.015
const PER_SHARE = 50
/** Where more are expected by chance, those that are no group are not ranked. */
const LONE = 0.5
/** The largest share of a label that vectors of another length, or with zeros, may be: more are its nature. */
const MOST_OF_LABEL = 0.5
/** Of vectors of one length, or without zeros, so many are expected to be otherwise by chance. */
const EXPECTED = 0.1

/**
 * Vectors that the model of the others does not make: of another model or another version of it, damaged, shuffled, or
 * noise. The embeddings of one model lie near few directions. What a vector has beside its nearest neighbours is
 * compared with the covariance of all: its squared Mahalanobis length over its squared length, divided by what noise has
 * (the squared prediction error of Jackson & Mudholkar 1979, with all axes weighed by their inverse variance). Kinds that
 * no label names, such as texts in another language, come from the model and follow it; noise has 1. Each half of the
 * window is judged by the other, twice, the second time without the strangest tenth. Evidence is the Poisson
 * log-likelihood ratio against a tail fitted to the others (Pickands 1975), or against as many as are nearly as strange.
 * Where nearly all vectors have one length, as normalised ones do, those of another length are a group, too, and where
 * nearly none has zeros, those that are padded with them, if these have one label more often than by chance: a part that
 * some records lack leaves the same. A score is evidence in nats; fewer than five vectors rank and are
 * not held.
 */
export class OffManifold implements Detector {
  readonly info: DetectorInfo = { name: 'off-manifold', family: 'outlier', version: 1 }
  readonly needs = [] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const { n, samples, labels } = view
    if (samples.kind !== 'vector' || n < LEAST_ROWS || samples.vectors.cols < LEAST_COLUMNS)
      return { scores: new Float64Array(n), scale: 'absolute', groups: [], why: () => '' }
    const { vectors } = samples
    const marked = [otherLengths(vectors), padded(vectors)].filter((one) => one !== null)
    const { strays, astray } = await strangers(view, vectors)
    const found = [
      ...marked.map((one) => ({ ...one, evidence: Math.min(one.evidence, ofOneLabel(one.members, labels)) })),
      ...(strays === null ? [] : [strays]),
    ]
    const isGroup = ({ members, evidence, expected }: Found) =>
      members.length >= FEWEST && evidence >= LEAST_EVIDENCE && expected <= MOST_EXPECTED * members.length
    const groups = found.filter(isGroup).map(({ members, evidence, expected, summary }): Group => ({
      members,
      posterior: new Float64Array(members.length).fill(1 - expected / members.length),
      evidence,
      label: sharedLabel(members, labels),
      summary,
    }))
    const { scores, best } = strongestGroup(n, groups)
    const saying = new Map<number, string>()
    for (const { members, expected, why } of found) {
      const ranked = RANKED - PER_SHARE * Math.max(0, members.length / n - FEW)
      for (const i of members) {
        if (!best[i] && expected < LONE) scores[i] = Math.max(scores[i]!, ranked)
        saying.set(i, why(i))
      }
    }
    const notes = found
      .filter((one) => one !== strays && !isGroup(one) && one.members.length >= FEWEST)
      .map(
        ({ summary }) =>
          `${summary}: they rank, and are not held for that, for a part that some records lack leaves the same.`,
      )
    return { scores, scale: 'absolute', groups, ...(astray && { astray }), why: (i) => saying.get(i) ?? '', notes }
  }
}

/**
 * The nats by which members have one label more often than by chance; 0 where they are most of it, as where records of
 * one kind lack a part, and where there are no labels.
 */
function ofOneLabel(members: Int32Array, labels: Grouping | null): number {
  if (labels === null) return 0
  const { names, counts, of } = labels
  const all = counts.reduce((sum, count) => sum + count, 0)
  const own = new Int32Array(names.length)
  for (const i of members) if (of[i]! >= 0) own[of[i]!]!++
  const nats = Array.from(own, (count, label) =>
    count > MOST_OF_LABEL * counts[label]!
      ? 0
      : shareRatio(count, (members.length * counts[label]!) / all, members.length),
  )
  return Math.max(0, ...nats) - Math.log(names.length)
}

interface Found {
  /** Ascending. */
  readonly members: Int32Array
  readonly evidence: number
  readonly expected: number
  readonly summary: string
  readonly why: (i: number) => string
}

/** Vectors of another length than nearly all have; null where lengths differ anyway. Zeros stand for what is missing. */
function otherLengths({ cols, data }: Matrix): Found | null {
  const lengths = squaresByRow(data, cols).map(Math.sqrt)
  const present = lengths.filter((length) => length > 0)
  const middle = ascending(present)[present.length >> 1] ?? 0
  const apart = (length: number) => Math.abs(length - middle) / middle
  const usual = ascending(present.map(apart))[Math.floor((1 - MOST) * present.length)] ?? Infinity
  if (!(usual <= ONE_LENGTH)) return null
  const least = Math.max(LEAST_OTHER, FARTHER * usual)
  const members = Int32Array.from(lengths.keys()).filter((i) => lengths[i]! > 0 && apart(lengths[i]!) >= least)
  if (members.length === 0) return null
  const shown = (length: number) => String(Number(length.toPrecision(5)))
  return {
    members,
    evidence: liftRatio(members.length, EXPECTED),
    expected: EXPECTED,
    summary: `${members.length} vectors have another length than the others, which have ${shown(middle)}`,
    why: (i) => `Its length is ${shown(lengths[i]!)}, where nearly all vectors have ${shown(middle)}.`,
  }
}

/** Vectors that are zero in many coordinates, where nearly none is in any; null where there are none. */
function padded({ rows, cols, data }: Matrix): Found | null {
  const zeros = new Float64Array(rows)
  for (let i = 0; i < rows; i++)
    for (let j = i * cols; j < (i + 1) * cols; j++) zeros[i] = zeros[i]! + Number(data[j] === 0) / cols
  if ((ascending(zeros)[Math.floor((1 - MOST) * rows)] ?? 1) >= NO_ZEROS) return null
  const members = Int32Array.from(zeros.keys()).filter((i) => zeros[i]! >= PADDED && zeros[i]! < 1 - 1 / (2 * cols))
  if (members.length === 0) return null
  const percent = (i: number) => Math.round(100 * zeros[i]!)
  return {
    members,
    evidence: liftRatio(members.length, EXPECTED),
    expected: EXPECTED,
    summary: `${members.length} vectors are padded with zeros, which the others do not have`,
    why: (i) => `${percent(i)} % of its numbers are zero, where nearly all vectors have none that are.`,
  }
}

interface Strays {
  /** Vectors whose remainders are as strange as noise; null where there are none, or the others are nearly as strange. */
  readonly strays: Found | null
  /** By vector, 1 where it strays; null where they do not keep to few directions. */
  readonly astray: Uint8Array | null
}

const NO_STRAYS: Strays = { strays: null, astray: null }

async function strangers(view: WindowView, vectors: Matrix): Promise<Strays> {
  if (!haveOneUnit(vectors)) return NO_STRAYS
  const x = someColumns(await view.inputs(), view.seed)
  const rest = remainders(x, await view.neighbours())
  const squares = squaresByRow(rest.data, rest.cols)
  const positive = ascending(squares.filter((square) => square > 0))
  if (positive.length === 0) return NO_STRAYS
  const least = LEAST_REMAINDER * positive[positive.length >> 1]!
  const strange = await strangeness(view, x, rest, squares)
  const asked = Int32Array.from(strange.keys()).filter((i) => squares[i]! > least)
  const tail = tailSurprise(
    Float64Array.from(asked, (i) => strange[i]!),
    MOST,
  )
  const [best] = STRANGE.map((bound) => {
    const members = asked.filter((i) => strange[i]! >= bound)
    const nearly = asked.filter((i) => strange[i]! >= BELOW * bound && strange[i]! < bound).length
    const expected = Math.max(nearly, view.n * Math.exp(-tail(bound)))
    return { members, expected, evidence: liftRatio(members.length, expected) - Math.log(STRANGE.length) }
  })
    .filter(({ members }) => members.length > 0 && members.length <= MOST * view.n)
    .sort((a, b) => b.evidence - a.evidence)
  const typical = ascending(strange)[view.n >> 1]!
  const astray = typical < KEPT ? Uint8Array.from(strange, (value) => Number(value >= KEPT)) : null
  if (best === undefined) return { strays: null, astray }
  const strays: Found = {
    ...best,
    summary: `${best.members.length} vectors stray from the directions that the others keep to, as noise does`,
    why: (i) =>
      `It strays from the directions that the other vectors keep to ${strange[i]!.toFixed(2)} times as far as noise does; half of them stay below ${typical.toFixed(2)}.`,
  }
  return { strays, astray }
}

/** The coordinates, or some of them, in order. */
function someColumns(x: Matrix, seed: number): Matrix {
  if (x.cols <= MOST_COLUMNS) return x
  return gatherColumns(x, seededRandom(seed, 'off-manifold').permutation(x.cols).slice(0, MOST_COLUMNS).sort())
}

/** Each row less the mean of its nearest neighbours. */
function remainders({ rows, cols, data }: Matrix, { index, k }: Neighbours): Matrix {
  const out = matrix(rows, cols, data.slice())
  const some = Math.min(NEAREST, k)
  for (let i = 0; i < rows; i++)
    for (let at = 0; at < some; at++) subtract(out.data, i * cols, data, index[i * k + at]! * cols, cols, some)
  return out
}

function subtract(from: Float32Array, at: number, data: Float32Array, own: number, cols: number, of: number): void {
  for (let j = 0; j < cols; j++) from[at + j] = from[at + j]! - data[own + j]! / of
}

/** By row: how far its remainder keeps to the covariance that the other half's rows have, 1 where it is as noise. */
async function strangeness(
  { engine, seed }: Pick<WindowView, 'engine' | 'seed'>,
  x: Matrix,
  rest: Matrix,
  squares: Float64Array,
): Promise<Float64Array> {
  const n = x.rows
  const halves = [0, 1].map((half) => Int32Array.from({ length: (n + 1 - half) >> 1 }, (_, at) => 2 * at + half))
  const random = seededRandom(seed, 'halves')
  const drawn = halves.map((half) =>
    half.length <= MOST_ROWS
      ? half
      : Int32Array.from(random.permutation(half.length).subarray(0, MOST_ROWS), (at) => half[at]!).sort(),
  )
  let strange = new Float64Array(n)
  let bound = Infinity
  for (let round = 0; round < ROUNDS; round++) {
    const next = new Float64Array(n)
    for (const half of [0, 1]) {
      const near = drawn[1 - half]!.filter((i) => strange[i]! <= bound)
      const whitener = await whitening(engine, gatherRows(x, near))
      const white = await engine.multiplyByLower(gatherRows(rest, halves[half]!), whitener)
      const noise = whitener.data.reduce((sum, value) => sum + value * value, 0) / x.cols
      squaresByRow(white.data, x.cols).forEach((square, at) => {
        const i = halves[half]![at]!
        next[i] = square / Math.max(squares[i]!, Number.MIN_VALUE) / noise
      })
    }
    strange = next
    bound = ascending(strange)[Math.floor((1 - TRIMMED) * n)] ?? Infinity
  }
  return strange
}

/** The inverse of the lower root of the rows' covariance. */
async function whitening(engine: Engine, rows: Matrix): Promise<Matrix> {
  const d = rows.cols
  const means = new Float64Array(d)
  for (let i = 0; i < rows.rows; i++) for (let j = 0; j < d; j++) means[j]! += rows.data[i * d + j]! / rows.rows
  for (let i = 0; i < rows.rows; i++) for (let j = 0; j < d; j++) rows.data[i * d + j]! -= means[j]!
  const gram = await engine.gram(rows)
  const ridge = (RIDGE * trace(gram)) / d + Number.MIN_VALUE
  const covariance = Float64Array.from(gram.data, (value) => value)
  for (let j = 0; j < d; j++) covariance[j * d + j]! += ridge
  return matrix(d, d, new Float32Array(invertLower(cholesky(covariance, d), d)))
}
