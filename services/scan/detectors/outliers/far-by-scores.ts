import { cholesky, invertLower } from '../../numeric/cholesky.ts'
import { symmetricEigen } from '../../numeric/eigen.ts'
import type { Engine } from '../../numeric/engine.ts'
import { gatherRows, type Matrix, matrix } from '../../numeric/matrix.ts'
import { normalScores } from '../../numeric/normal-scores.ts'
import { ascending, ascendingPlaces, countBelow } from '../../numeric/sorted.ts'
import type { Grouping, TableColumn } from '../../view/samples.ts'
import { liftRatio } from '../lift/evidence/tests.ts'
import type { Far } from './far-in-many.ts'
import { areLikeOthers } from './like-others.ts'

/** Columns of numbers that a table must have, and rows for each of them. */
const LEAST_COLUMNS = 3
const ROWS_PER_COLUMN = 10
/** Added to the variance of each score, which is 1 at most: what breaks a relation of columns is not far for that alone. */
const RIDGE = 1
/** The share of rows, the farthest ones, that the second covariance leaves out. */
const TRIMMED = 0.1
/** The tail is read from the rows beyond this share of all and before the last MOST, which may be junk. */
const SHOULDER = 0.8
const MOST = 0.06
/** A column is mostly of one value where this share of the rows has it. */
const MOSTLY = 0.9
/** The fewest such rows, and the nats of evidence that they need. */
const FEWEST = 4
const LEAST_EVIDENCE = 9
/** The share of such rows that the tail may be expected to bring by itself. */
const IMPURE = 0.2
/** A row stands alone where none is nearer than this share of how near the next of as many rows spread at random is. */
const ALONE = 0.6
/** With how many rows one is compared: of those of a kind, some are among the first. */
const MOST_COMPARED = 2000
/** One direction of d may have so much over √d of the squares of m rows, and 1/m more, */
const ONE_WAY = 1.1
/**
 * unless they are FAR out in this share of the columns, of so many at least, whose scores correlate by no more than
 * TOGETHER in the mean of all pairs: size brings no row that is far in columns which size does not tell.
 */
const FAR = 2
const IN_MOST = 0.55
const LEAST_MANY = 4
const TOGETHER = 0.4
/** A column's least variance, of scores, for which correlations say anything. */
const LEAST_VARIANCE = 0.01
/** The most columns that a sentence names. */
const MOST_NAMED = 4

/**
 * Rows that lie farther out than the tail of all others leads to expect, each by itself and each another way: junk, whose
 * numbers are drawn anew for every column (ADR 234). Distances are Mahalanobis's of the normal scores of columns, under
 * which amounts, counts and flags have tails of one shape. Rows of another kind are near one another, and large units
 * are far in the same direction. Null where there are none.
 */
export async function farByScores(
  engine: Engine,
  columns: readonly TableColumn[],
  labels: Grouping | null,
): Promise<Far | null> {
  const named = scoresByName(columns)
  const measured = await measure(engine, named)
  if (measured === null) return null
  const { scores, white, covariance } = measured
  const n = white.rows
  const distances = distancesOf(white)
  const beyond = tailOf(distances)
  const far = beyond(Int32Array.from(distances.keys()))
  const alone = far && beyond(standingAlone(far.members, white, distances))
  if (alone === null) return null
  const inMost = scores.length >= LEAST_MANY && shareFar(scores, alone.members) >= IN_MOST
  if (!(inMost && together(covariance, scores.length) <= TOGETHER) && isOneWay(alone.members, white, distances))
    return null
  if (labels !== null && !areLikeOthers(alone.members, n, [], labels)) return null
  const where = inMost ? 'in most columns at once' : 'each in other columns'
  const summary = `${alone.members.length} records have numbers far out, ${where}: they look drawn at random`
  // Said at once, so that the scores of all rows are not kept for it.
  const said = new Map(Array.from(alone.members, (i) => [i, `${farthest(named, i)} Its numbers look drawn at random.`]))
  return { ...alone, summary, why: (i) => said.get(i) ?? summary }
}

/** How far out each row lies by the normal scores of its numbers; null where a table has too few of them. */
export async function distancesByScores(engine: Engine, columns: readonly TableColumn[]): Promise<Float64Array | null> {
  const measured = await measure(engine, scoresByName(columns))
  return measured && distancesOf(measured.white)
}

interface Measured extends Whitened {
  readonly scores: readonly Float64Array[]
}

async function measure(engine: Engine, named: readonly Named[]): Promise<Measured | null> {
  const scores = rareAsOne(named.map((column) => column.scores))
  const n = scores[0]?.length ?? 0
  if (scores.length < LEAST_COLUMNS || n < ROWS_PER_COLUMN * scores.length) return null
  return { scores, ...(await whitened(engine, scores, n)) }
}

/** A sentence that names the columns in which a row lies farthest out. */
function farthest(named: readonly Named[], i: number): string {
  const far = named
    .filter(({ scores }) => Math.abs(scores[i]!) > FAR)
    .sort((a, b) => Math.abs(b.scores[i]!) - Math.abs(a.scores[i]!))
    .slice(0, MOST_NAMED)
    .map(({ name }) => name)
  const last = far.at(-1)
  if (last === undefined) return 'It lies far out in several columns together.'
  return far.length === 1
    ? `It lies far out in ${last}.`
    : `It lies far out in ${far.slice(0, -1).join(', ')} and ${last}.`
}

interface Named {
  readonly name: string
  readonly scores: Float64Array
}

function scoresByName(columns: readonly TableColumn[]): Named[] {
  return columns.flatMap((column) => {
    const scores = column.type === 'number' && column.isAmount !== false ? normalScores(column.values) : null
    return scores === null ? [] : [{ name: column.name, scores }]
  })
}

/**
 * Columns that are of one value in nearly all rows are one, of their farthest score: which of them go together shows in
 * rows that lie far out in them alone.
 */
function rareAsOne(columns: readonly Float64Array[]): Float64Array[] {
  const rare = columns.filter(isMostlyOne)
  const others = columns.filter((scores) => !rare.includes(scores))
  if (rare.length === 0) return others
  const farther = (a: Float64Array, b: Float64Array) =>
    a.map((score, i) => (Math.abs(score) > Math.abs(b[i]!) ? score : b[i]!))
  return [...others, rare.reduce(farther)]
}

function isMostlyOne(scores: Float64Array): boolean {
  const sorted = ascending(scores)
  const n = sorted.length
  const span = Math.ceil(MOSTLY * n)
  for (let at = 0; at + span <= n; at++) if (sorted[at] === sorted[at + span - 1]) return true
  return false
}

interface Whitened {
  /** n × d: rows of scores, made uncorrelated and of one scale, but for the ridge. */
  readonly white: Matrix
  /** d × d: the scores’ own, of the rows that are not far. */
  readonly covariance: Float64Array
}

/** Estimated twice, the second time without the rows that are far by the first. */
async function whitened(engine: Engine, columns: readonly Float64Array[], n: number): Promise<Whitened> {
  const d = columns.length
  const x = matrix(n, d)
  columns.forEach((scores, j) => scores.forEach((score, i) => (x.data[i * d + j] = score)))
  const once = await whitenedBy(engine, x, nearRows(x))
  return whitenedBy(engine, x, nearRows(once.white))
}

function nearRows(x: Matrix): Int32Array {
  const distances = distancesOf(x)
  const bound = ascending(distances)[Math.floor((1 - TRIMMED) * x.rows)]!
  return Int32Array.from(distances.keys()).filter((i) => distances[i]! <= bound)
}

/** Rows of x less the mean of those at `from`, under the covariance of these. */
async function whitenedBy(engine: Engine, x: Matrix, from: Int32Array): Promise<Whitened> {
  const { rows: n, cols: d } = x
  const means = new Float64Array(d)
  for (const i of from) for (let j = 0; j < d; j++) means[j] = means[j]! + x.data[i * d + j]! / from.length
  const centred = matrix(n, d)
  for (let i = 0; i < n; i++) for (let j = 0; j < d; j++) centred.data[i * d + j] = x.data[i * d + j]! - means[j]!
  const scatter = await engine.gram(gatherRows(centred, from))
  const covariance = Float64Array.from(scatter.data, (sum) => sum / from.length)
  const ridged = covariance.map((value, at) => (at % (d + 1) === 0 ? value + RIDGE : value))
  const lower = matrix(d, d, new Float32Array(invertLower(cholesky(ridged, d), d)))
  return { white: await engine.multiplyByLower(centred, lower), covariance }
}

function distancesOf({ rows: n, cols: d, data }: Matrix): Float64Array {
  const out = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let sum = 0
    for (let j = i * d; j < (i + 1) * d; j++) sum += data[j]! * data[j]!
    out[i] = Math.sqrt(sum)
  }
  return out
}

type Found = Pick<Far, 'members' | 'evidence' | 'expected'>

/**
 * Asks which of some rows lie farther out than the tail leads to expect; null where these are too few, or the evidence is.
 * The tail is exponential in the distance, and fitted to what no junk has come to yet, with the rest censored.
 */
function tailOf(distances: Float64Array): (rows: Int32Array) => Found | null {
  const n = distances.length
  const sorted = ascending(distances)
  const [from, to] = [sorted[Math.floor(SHOULDER * n)]!, sorted[Math.floor((1 - MOST) * n)]!]
  let [within, beyond, sum] = [0, 0, 0]
  for (const distance of sorted) {
    if (distance <= from) continue
    sum += Math.min(distance, to) - from
    if (distance <= to) within++
    else beyond++
  }
  const due = (distance: number) => (within + beyond) * Math.exp((-within * (distance - from)) / sum)
  return (rows) => {
    const order = rows.filter((i) => distances[i]! > to).sort((a, b) => distances[b]! - distances[a]! || a - b)
    let [count, evidence] = [0, 0]
    order.forEach((i, at) => {
      const [reached, expected] = [at + 1, due(distances[i]!)]
      if (expected <= IMPURE * reached) count = reached
      if (reached >= FEWEST) evidence = Math.max(evidence, liftRatio(reached, expected) - Math.log(reached))
    })
    if (count < FEWEST || !(evidence >= LEAST_EVIDENCE)) return null
    return { members: order.subarray(0, count).sort(), evidence, expected: due(distances[order[count - 1]!]!) }
  }
}

/**
 * Those of the rows that no row lies near, for how far out they are. Two rows are no nearer than their distances differ, so
 * that a row is compared with those next to it in the order of distances, and with MOST_COMPARED at most.
 */
function standingAlone(rows: Int32Array, { cols: d, data }: Matrix, distances: Float64Array): Int32Array {
  const share = ALONE * Math.exp(-Math.log(rows.length) / d)
  const { sorted, places } = ascendingPlaces(distances)
  const isNear = (i: number, at: number, bound: number) =>
    squaredBetween(data, i * d, places[at]! * d, d, bound * bound) < bound * bound
  return rows.filter((i) => {
    const bound = share * distances[i]!
    let above = countBelow(sorted, distances[i]!, false)
    let below = above - 1
    for (let compared = 0; compared < MOST_COMPARED; compared++) {
      const up = above < sorted.length ? sorted[above]! - distances[i]! : Infinity
      const down = below >= 0 ? distances[i]! - sorted[below]! : Infinity
      if (Math.min(up, down) >= bound) return true
      const at = up <= down ? above++ : below--
      if (places[at] !== i && isNear(i, at, bound)) return false
    }
    return true
  })
}

/** The squared distance of two rows, or some of it, once that is past the bound. */
function squaredBetween(data: Float32Array, a: number, b: number, d: number, bound: number): number {
  let sum = 0
  for (let j = 0; j < d && sum < bound; j++) sum += (data[a + j]! - data[b + j]!) ** 2
  return sum
}

/** Whether the rows lie mostly along one direction. */
function isOneWay(rows: Int32Array, { cols: d, data }: Matrix, distances: Float64Array): boolean {
  const moments = new Float64Array(d * d)
  for (const i of rows) {
    const weight = 1 / (distances[i]! * distances[i]! * rows.length)
    for (let a = 0; a < d; a++)
      for (let b = 0; b < d; b++)
        moments[a * d + b] = moments[a * d + b]! + weight * data[i * d + a]! * data[i * d + b]!
  }
  return symmetricEigen(moments, d).values[0]! > ONE_WAY / Math.sqrt(d) + 1 / rows.length
}

/** The share of the rows' scores that are far out. */
function shareFar(scores: readonly Float64Array[], rows: Int32Array): number {
  const far = (of: Float64Array) => rows.reduce((count, i) => count + Number(Math.abs(of[i]!) > FAR), 0)
  return scores.reduce((count, of) => count + far(of), 0) / (scores.length * rows.length)
}

/** The mean of the absolute correlations of all pairs of columns that vary. */
function together(covariance: Float64Array, d: number): number {
  const varying = Array.from({ length: d }, (_, j) => j).filter((j) => covariance[j * d + j]! > LEAST_VARIANCE)
  let [sum, pairs] = [0, 0]
  for (const a of varying) {
    for (const b of varying) {
      if (b >= a) break
      sum += Math.abs(covariance[a * d + b]!) / Math.sqrt(covariance[a * d + a]! * covariance[b * d + b]!)
      pairs++
    }
  }
  return sum / Math.max(1, pairs)
}
