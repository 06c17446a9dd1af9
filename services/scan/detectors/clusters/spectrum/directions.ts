import type { Engine } from '../../../numeric/engine.ts'
import { fastIca } from '../../../numeric/ica.ts'
import { gatherRows, type Matrix, matrix, row } from '../../../numeric/matrix.ts'
import { twoModes } from '../../../numeric/mixture.ts'
import { pursueGroups } from '../../../numeric/pursuit.ts'
import { divide } from '../../../numeric/rows.ts'
import { topEigenpairs } from '../../../numeric/subspace.ts'
import type { Whitened } from './whitened.ts'

/** A direction along which a class has two modes. */
export interface Split {
  readonly label: number
  /** Window indices of the class. */
  readonly records: Int32Array
  /** Posterior of the suspicious mode, for each record of the class. */
  readonly posterior: Float32Array
  /** Expected number of records in the suspicious mode. */
  readonly size: number
  /** Ashman's D of the two modes. */
  readonly separation: number
  /**
   * Deviations of the suspicious and of the other mode, in units of the other classes' deviation along the direction.
   */
  readonly spread: readonly [number, number]
}

export interface SearchOptions {
  /** How many leading directions of each class are searched. */
  readonly directions: number
  /** Records that each of the two modes must have. */
  readonly smallest: number
  /** Separation that a split must have (Ashman's D). */
  readonly least: number
  readonly seed: number
  /** Whether independent components and compact groups are searched besides the leading directions. */
  readonly thorough: boolean
}

/** Starts of the search for compact groups: enough that a group of 1 % of the class has some. */
const STARTS = 600
/** Rounds of FastICA: a direction with two modes converges in half of the rounds after which noise still changes. */
const TURNS = 12
/**
 * Records, evenly spread, that directions are fitted to in a larger class; the splits are measured on all of its
 * records.
 */
const MOST_FITTED = 2000
/**
 * The share of a direction that the records of a group must have in common: planted ones have .4 to .99 in images, images with
 * noise of their own −.03 to .07.
 */
const LEAST_SHARED = 0.2
/** The most separate splits that are measured again along their own discriminants, and how often. */
const POLISHED = 12
const POLISHINGS = 3

/**
 * Finds the splits of class `label` along three sets of directions: those that vary most in units of the pooled
 * variance within classes, their independent components (FastICA), and directions toward compact groups.
 */
export async function classSplits(
  engine: Engine,
  whitened: Whitened,
  records: Int32Array,
  label: number,
  labelled: number,
  options: SearchOptions,
): Promise<Split[]> {
  const n = records.length
  const z = gatherRows(whitened.rows, records)
  const d = z.cols
  const covariance = await engine.gram(z)
  divide(covariance.data, n)
  const { values, vectors } = await topEigenpairs(
    engine,
    covariance,
    Math.min(options.directions, n >> 2),
    options.seed,
  )
  const kept = values.filter((v) => v > 1e-6).length
  const axes = matrix(kept, d)
  for (let j = 0; j < kept; j++) toUnitVariance(axes, vectors, j, Math.sqrt(values[j]!))
  const sphered = await engine.multiplyByTransposed(z, axes)
  const some = evenly(sphered, MOST_FITTED)
  const candidates = [
    matrix(kept, kept, identity(kept)),
    ...(options.thorough
      ? [fastIca(some, options.seed, { rounds: TURNS }), await pursueGroups(engine, some, { most: 40, starts: STARTS })]
      : []),
  ]
  const others = await otherMeans(engine, whitened, axes, label)
  const measure = async (directions: Matrix) => {
    const projected = await engine.multiplyByTransposed(directions, sphered)
    const toOthers = await engine.multiplyByTransposed(directions, others)
    const found: Split[] = []
    for (let j = 0; j < directions.rows; j++) {
      const modes = twoModes(row(projected, j))
      const upper = upperIsSuspicious(modes.weight, modes.means, row(toOthers, j))
      const size = n * (upper ? modes.weight : 1 - modes.weight)
      if (!isSplit({ separation: modes.separation, size, records }, options)) continue
      const posterior = upper ? modes.upper : modes.upper.map((p) => 1 - p)
      if (sharedBy(sphered, posterior) < LEAST_SHARED) continue
      // Along the unit direction the class has variance `own` where the pooled variance is 1.
      const own = 1 / row(directions, j).reduce((sum, v, at) => sum + v ** 2 / values[at]!, 0)
      const rest = Math.max((labelled - n * own) / Math.max(1, labelled - n), 1e-6)
      const unit = Math.sqrt(own / rest)
      const [suspicious, plain] = upper ? [1, 0] : [0, 1]
      found.push({
        label,
        records,
        posterior,
        size,
        separation: modes.separation,
        spread: [modes.deviations[suspicious]! * unit, modes.deviations[plain]! * unit],
      })
    }
    return found
  }
  const splits: Split[] = []
  for (const directions of candidates) splits.push(...(await measure(directions)))
  splits.sort((a, b) => b.separation - a.separation)
  let leading = splits.slice(0, POLISHED)
  for (let round = 0; round < POLISHINGS && leading.length > 0; round++) {
    leading = await measure(discriminants(sphered, leading))
    splits.push(...leading)
  }
  return splits
}

/**
 * How far a record of the group lies along the mean of its *other* records, as a share of how far it lies along the mean of all
 * (leave-one-out): 1 if they share a direction, 0 if each has one of its own. Where odd records are as many as directions, as
 * images with noise of their own are, some direction sums up any few of them and tells them from the rest.
 */
function sharedBy(sphered: Matrix, posterior: Float32Array): number {
  const k = sphered.cols
  const total = new Float64Array(k)
  addWeighted(total, sphered, posterior)
  const square = total.reduce((sum, v) => sum + v * v, 0)
  let [alone, all] = [0, 0]
  for (let i = 0; i < sphered.rows; i++) {
    const p = posterior[i]!
    if (p < 0.5) continue
    let [along, own] = [0, 0]
    for (let j = 0; j < k; j++) {
      const v = sphered.data[i * k + j]!
      along += v * total[j]!
      own += v * v
    }
    const others = square - 2 * p * along + p * p * own
    if (others > 0) alone += (along - p * own) / Math.sqrt(others)
    all += along / Math.sqrt(square)
  }
  return all > 0 ? alone / all : 0
}

/** Whether two modes are separate enough, and each has enough records. */
export function isSplit(
  { separation, size, records }: Pick<Split, 'separation' | 'size' | 'records'>,
  { least, smallest }: Pick<SearchOptions, 'least' | 'smallest'>,
): boolean {
  return separation >= least && size >= smallest && records.length - size >= smallest
}

/** The places in the class of those that are likelier in the suspicious mode than not. */
export function chosenOf({ records, posterior }: Split): number[] {
  return [...records.keys()].filter((at) => posterior[at]! > 0.5)
}

/** Their window indices. */
export function membersOf(split: Split): Int32Array {
  return Int32Array.from(chosenOf(split), (at) => split.records[at]!)
}

function toUnitVariance(axes: Matrix, { data, cols }: Matrix, j: number, deviation: number): void {
  for (let at = j * cols; at < (j + 1) * cols; at++) axes.data[at] = data[at]! / deviation
}

/** Adds the rows, each times its weight, to `sums`. Four rows are added at once, one after another, so that a sum is read and written once for them. */
function addWeighted(sums: Float64Array, { data, rows, cols }: Matrix, weights: Float32Array): void {
  let i = 0
  for (; i + 4 <= rows; i += 4) addFour(sums, data, i * cols, weights, i)
  for (; i < rows; i++) {
    for (let j = 0; j < cols; j++) sums[j] = sums[j]! + weights[i]! * data[i * cols + j]!
  }
}

function addFour(sums: Float64Array, data: Float32Array, from: number, weights: Float32Array, at: number): void {
  const length = sums.length
  const second = from + length
  const third = second + length
  const fourth = third + length
  const [a, b, c, d] = [weights[at]!, weights[at + 1]!, weights[at + 2]!, weights[at + 3]!]
  for (let j = 0; j < length; j++) {
    sums[j] = sums[j]! + a * data[from + j]! + b * data[second + j]! + c * data[third + j]! + d * data[fourth + j]!
  }
}

/**
 * For each split, the direction that separates its modes best: with unit covariance, from one mean to the other (Fisher
 * 1936). The direction that found a group is seldom the best one.
 */
function discriminants(sphered: Matrix, splits: readonly Split[]): Matrix {
  const k = sphered.cols
  const out = matrix(splits.length, k)
  splits.forEach(({ posterior }, s) => {
    const direction = new Float64Array(k)
    addWeighted(direction, sphered, posterior)
    // The class mean is zero, so that the mean of one mode already points away from the other's.
    const length = Math.hypot(...direction) || 1
    for (let j = 0; j < k; j++) out.data[s * k + j] = direction[j]! / length
  })
  return out
}

/**
 * Whether the upper mode is the suspicious one: it is a clear minority or, of two similar sizes, farther from the other
 * classes.
 */
function upperIsSuspicious(weight: number, means: readonly [number, number], others: Float32Array): boolean {
  if (weight < 0.3) return true
  if (weight > 0.7) return false
  const centre = Float64Array.from(others).sort()[others.length >> 1] ?? 0
  return Math.abs(means[1] - centre) > Math.abs(means[0] - centre)
}

/** (K − 1) × kept: the other classes' means in the sphered coordinates of class `label`. */
async function otherMeans(engine: Engine, whitened: Whitened, axes: Matrix, label: number): Promise<Matrix> {
  const { rows: classes, cols: d } = whitened.means
  const own = row(whitened.means, label)
  const relative = matrix(Math.max(1, classes - 1), d)
  let to = 0
  for (let c = 0; c < classes; c++) {
    if (c === label) continue
    const from = row(whitened.means, c)
    for (let j = 0; j < d; j++) relative.data[to * d + j] = from[j]! - own[j]!
    to++
  }
  return engine.multiplyByTransposed(relative, axes)
}

/** At most `most` rows, evenly spread. */
function evenly(m: Matrix, most: number): Matrix {
  if (m.rows <= most) return m
  return gatherRows(
    m,
    Array.from({ length: most }, (_, s) => Math.floor((s * m.rows) / most)),
  )
}

function identity(k: number): Float32Array {
  const out = new Float32Array(k * k)
  for (let i = 0; i < k; i++) out[i * k + i] = 1
  return out
}
