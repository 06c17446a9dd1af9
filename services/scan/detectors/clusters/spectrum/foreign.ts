import type { Engine } from '../../../numeric/engine.ts'
import { type Matrix, matrix, row } from '../../../numeric/matrix.ts'
import { addRow, divide, dotRow, dotRows, squaresByRow } from '../../../numeric/rows.ts'
import { twoModes } from '../../../numeric/mixture.ts'
import type { Grouping } from '../../../view/samples.ts'
import type { Split } from './directions.ts'
import type { Whitened } from './whitened.ts'

/** What tells a group that a trigger pushed under a label from a natural part of that label. */
export interface Foreign {
  /**
   * Ashman's D of the group, outside the span of all class means, along a direction that one half of the records gives
   * and the other half is measured by; the smaller of both ways.
   */
  readonly apart: number
  /**
   * Log-likelihood ratio, in nats: a discriminant whose mean of the label leaves the group out expects another label of
   * the group than of the label's other records.
   */
  readonly disagreement: number
  /**
   * Log-likelihood ratio, in nats: along what tells the labels apart, the group's records differ from one another as
   * records of several labels do, and not as those of one (ADR 244). 0 for a group that is much narrower than its
   * label.
   */
  readonly variety: number
}

export interface ForeignJudge {
  judge(split: Split): Foreign
  /**
   * The two modes of a class along what those of its records share that look like other labels' records; null where
   * there are too few of them, or where most of the class shares it.
   */
  sharedByDoubted(label: number, records: Int32Array): Split | null
}

/** Records of a class at least, whose mean is then a mean that a record may be expected near. */
const LEAST_RECORDS = 5
/** Class means span at most this share of the coordinates: of more, little is left outside. */
const MOST_SPANNED = 0.25
/** Part of a mean that is new, in deviations within classes, for it to be an axis of its own. */
const LEAST_AXIS = 0.1
/** Weight of each member, and how many members count at most: embeddings of similar texts are not independent. */
const WITNESS = { weight: 0.3, most: 60 }
/** No share of a label's records is taken to be doubted less, or more, than this. */
const LEAST_SHARE = 0.02
/** What a discriminant may say of one record at most: beyond, it is certain. */
const MOST_NATS = 500
/**
 * How broad a group is beside the other records of its label, outside the span of the means, for its variety to count.
 * Broader ones are expected to be as much more varied.
 */
const BROAD = 0.7
/** How many members count for it at most. */
const VARIED_MOST = 120
/** How often the direction of what doubted records share is taken anew from the mode that it shows. */
const ROUNDS = 6
/** The share of a label's records up to which a group is a small part of it. */
const SMALL = 0.25
/** Members of each half at least. */
const LEAST_HALF = 4

/**
 * Judges splits of embeddings. In hundreds of coordinates every label has natural groups: records of one topic lie
 * apart, but belong to their label; records that lack what marks their label look like others, but lie between the
 * labels' means. Those that a trigger pushed do neither: they look like other labels' records (linear discriminant
 * analysis, Fisher 1936), but for a shift that no label has. Only groups farther apart than `least` are asked for their
 * disagreement. Null where class means span too many coordinates.
 */
export async function foreignJudge(
  engine: Engine,
  whitened: Whitened,
  labels: Grouping,
  least: number,
): Promise<ForeignJudge | null> {
  const { rows, means } = whitened
  const d = rows.cols
  const classes = [...labels.counts.keys()].filter((c) => labels.counts[c]! >= LEAST_RECORDS)
  if (classes.length > MOST_SPANNED * d) return null
  const axes = axesOf(classes.map((c) => row(means, c)))
  const along = await engine.multiplyByTransposed(rows, means)
  const basis = matrix(axes.length, d, Float32Array.from(axes.flatMap((axis) => [...axis])))
  const within = await engine.multiplyByTransposed(rows, basis)
  const between = await engine.multiplyByTransposed(means, basis)
  const space = { rows, means, along, within, between, labels, axes, squares: squaresByRow(rows.data, d) }
  return {
    judge(split) {
      const [group, rest] = parted(split)
      if (!isStranger(space, split.label, group, rest)) return { apart: 0, disagreement: 0, variety: 0 }
      const apart = apartFrom(space, group, rest, least)
      if (apart <= least) return { apart, disagreement: 0, variety: 0 }
      const { label } = split
      return {
        apart,
        disagreement: disagreement(space, label, group, rest),
        variety: varietyOf(space, label, group, rest),
      }
    },
    sharedByDoubted: (label, records) => sharedByDoubted(space, label, records),
  }
}

interface Space extends Whitened {
  /** n: the sums of the rows' squares. */
  readonly squares: Float64Array
  /** n × K: the products of rows and means. */
  readonly along: Matrix
  /** n × A and K × A: rows and means along the axes. */
  readonly within: Matrix
  readonly between: Matrix
  readonly labels: Grouping
  /** Orthonormal axes of the class means. */
  readonly axes: readonly Float64Array[]
}

/** The window indices of the members, and of the label's other records. */
function parted({ posterior, records }: Pick<Split, 'posterior' | 'records'>): [group: Int32Array, rest: Int32Array] {
  return [records.filter((_, at) => posterior[at]! > 0.5), records.filter((_, at) => !(posterior[at]! > 0.5))]
}

/** Orthonormal axes of the span of these vectors (Gram & Schmidt). */
function axesOf(vectors: readonly ArrayLike<number>[]): Float64Array[] {
  const axes: Float64Array[] = []
  for (const vector of vectors) {
    const left = outside(Float64Array.from(vector), axes)
    const length = Math.hypot(...left)
    if (length > LEAST_AXIS) axes.push(left.map((v) => v / length))
  }
  return axes
}

/** What is left of the vector outside the axes; changes it in place. */
function outside(vector: Float64Array, axes: readonly Float64Array[]): Float64Array {
  for (const axis of axes) {
    const part = dotRow(vector, 0, axis, axis.length)
    for (let j = 0; j < vector.length; j++) vector[j]! -= part * axis[j]!
  }
  return vector
}

/**
 * Whether the group is a small part of its label; or a part of up to a half that is, along what tells labels apart,
 * nearer to other labels' means than the rest is: where most records of a label were pushed there, its own are the
 * smaller part, and seldom nearer.
 */
function isStranger(space: Space, label: number, group: Int32Array, rest: Int32Array): boolean {
  if (group.length < 2 * LEAST_HALF || group.length > rest.length) return false
  if (group.length <= SMALL * (group.length + rest.length)) return true
  const { within, between, labels } = space
  const others = [...labels.counts.keys()].filter((c) => c !== label && labels.counts[c]! >= LEAST_RECORDS)
  const k = within.cols
  const toOthers = (of: Int32Array) =>
    of.reduce((sum, i) => {
      let nearest = Infinity
      for (const c of others) {
        let squares = 0
        for (let j = 0; j < k; j++)
          squares += (within.data[i * k + j]! + between.data[label * k + j]! - between.data[c * k + j]!) ** 2
        nearest = Math.min(nearest, squares)
      }
      return sum + nearest
    }, 0) / of.length
  return toOthers(group) < toOthers(rest)
}

/** The smaller of both ways; of one way alone where that is no more than `least`. */
function apartFrom({ rows, axes }: Space, group: Int32Array, rest: Int32Array, least: number): number {
  const half = (of: Int32Array, which: number) => of.filter((_, at) => at % 2 === which)
  const halves = [0, 1].map((which) => [half(group, which), half(rest, which)] as const)
  let smaller = Infinity
  for (const [which, [members, others]] of halves.entries()) {
    const direction = shiftOf(rows, members, others, axes)
    const [inside, beside] = halves[1 - which]!.map((of) => momentsAlong(rows, of, direction)) as [Moments, Moments]
    const spread = Math.sqrt((inside.variance + beside.variance) / 2)
    smaller = Math.min(smaller, spread > 0 ? (inside.mean - beside.mean) / spread : 0)
    if (smaller <= least) break
  }
  return smaller
}

/** From the mean of the rest to the mean of the group, outside the axes. */
function shiftOf(rows: Matrix, group: Int32Array, rest: Int32Array, axes: readonly Float64Array[]): Float64Array {
  const from = meanOf(rows, rest)
  return outside(
    meanOf(rows, group).map((v, j) => v - from[j]!),
    axes,
  )
}

interface Moments {
  readonly mean: number
  readonly variance: number
}

function momentsAlong(rows: Matrix, of: Int32Array, direction: Float64Array): Moments {
  const values = Float64Array.from(of, (i) => dotRows(direction, 0, rows.data, i * rows.cols, rows.cols))
  const mean = values.reduce((sum, v) => sum + v, 0) / values.length
  return { mean, variance: values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length }
}

function disagreement(space: Space, label: number, group: Int32Array, rest: Int32Array): number {
  const doubt = doubtOf(space, label, rest)
  const share = (of: Int32Array, isAmong: boolean) => {
    const mean = of.reduce((sum, i) => sum + doubt(i, isAmong), 0) / Math.max(1, of.length)
    return Math.min(Math.max(mean, LEAST_SHARE), 1 - LEAST_SHARE)
  }
  const [p, q] = [share(group, false), share(rest, true)]
  if (p <= q) return 0
  const counted = WITNESS.weight * Math.min(group.length, WITNESS.most)
  return counted * (p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q)))
}

/**
 * A trigger moves records of several labels by the same shift, and leaves them as unlike one another as they were; a
 * natural part of a label, however far it lies, has the variety of one label, or less. Nats of the likelihood ratio of
 * two normal distributions, of these variances, over as many independent directions as the labels have.
 */
function varietyOf(space: Space, label: number, group: Int32Array, rest: Int32Array): number {
  const [members, others] = [momentsOf(space, group), momentsOf(space, rest)]
  const breadth = members.outside / others.outside
  if (!(breadth >= BROAD)) return 0
  const { along, directions } = betweenLabels(space, label, others.mean)
  const expected = along(others.covariance) * Math.max(1, breadth)
  // Copies do not differ from one another, and say nothing about how much records of their label do.
  if (!(expected > 0)) return 0
  const more = along(members.covariance) / expected
  const counted = Math.min(group.length, VARIED_MOST)
  return more > 1 ? ((counted * directions) / 2) * (more - 1 - Math.log(more)) : 0
}

interface Spread {
  /** A and A × A: along the axes. */
  readonly mean: Float64Array
  readonly covariance: Float64Array
  /** The variance outside the axes, over all coordinates. */
  readonly outside: number
}

function momentsOf({ rows, within, squares }: Space, of: Int32Array): Spread {
  const [n, a] = [of.length, within.cols]
  const mean = meanOf(within, of)
  const covariance = new Float64Array(a * a)
  let total = 0
  for (const i of of) {
    total += squares[i]!
    for (let j = 0; j < a; j++)
      for (let k = 0; k < a; k++)
        covariance[j * a + k]! += ((within.data[i * a + j]! - mean[j]!) * (within.data[i * a + k]! - mean[k]!)) / n
  }
  const middle = meanOf(rows, of)
  let outside = total / n - dotRow(middle, 0, middle, middle.length)
  for (let j = 0; j < a; j++) outside -= covariance[j * a + j]!
  return { mean, covariance, outside }
}

/**
 * Weighs a variance along the axes by how far the labels' means lie apart there, the label's own without its group; and
 * how many independent directions the means have.
 */
function betweenLabels({ between, labels }: Space, label: number, ofRest: Float64Array) {
  const a = between.cols
  const classes = [...labels.counts.keys()].filter((c) => labels.counts[c]! >= LEAST_RECORDS)
  const all = classes.reduce((sum, c) => sum + labels.counts[c]!, 0)
  const means = classes.map((c) => Float64Array.from(row(between, c), (v, j) => (c === label ? v + ofRest[j]! : v)))
  const middle = new Float64Array(a)
  for (const [at, mean] of means.entries())
    for (let j = 0; j < a; j++) middle[j]! += (labels.counts[classes[at]!]! / all) * mean[j]!
  const scatter = new Float64Array(a * a)
  for (const [at, mean] of means.entries())
    for (let j = 0; j < a; j++)
      for (let k = 0; k < a; k++)
        scatter[j * a + k]! += (labels.counts[classes[at]!]! / all) * (mean[j]! - middle[j]!) * (mean[k]! - middle[k]!)
  let trace = 0
  for (let j = 0; j < a; j++) trace += scatter[j * a + j]!
  const squared = dotRow(scatter, 0, scatter, a * a)
  return {
    along: (covariance: Float64Array) => dotRow(covariance, 0, scatter, a * a) / trace,
    directions: (trace * trace) / squared,
  }
}

/**
 * The probability that a record of the label belongs to another, by the label's mean over `from`, among which the record
 * is or is not.
 */
function doubtOf(
  { rows, means, along, labels, squares: all }: Space,
  label: number,
  from: Int32Array,
): (i: number, isAmong: boolean) => number {
  const d = rows.cols
  const n = from.length
  const own = meanOf(rows, from)
  const lengthOfOwn = dotRow(own, 0, own, d)
  const others = [...labels.counts.keys()].filter((c) => c !== label && labels.counts[c]! >= LEAST_RECORDS)
  const distances = others.map((c) => squaredDistance(means, c, label))
  return (i, isAmong) => {
    const squares = all[i]!
    const toOwn = squares - 2 * dotRows(own, 0, rows.data, i * d, d) + lengthOfOwn
    // A mean of n records lies off by d / n; a record that is among them lies nearer to it by a part of its own.
    const left = isAmong ? toOwn * (n / (n - 1)) ** 2 - d / (n - 1) : toOwn - d / n
    let rather = 0
    for (const [at, c] of others.entries()) {
      const between = along.data[i * along.cols + label]! - along.data[i * along.cols + c]!
      const to = squares + 2 * between + distances[at]! - d / labels.counts[c]!
      rather += (labels.counts[c]! / n) * Math.exp(Math.min((left - to) / 2, MOST_NATS))
    }
    return rather / (1 + rather)
  }
}

function sharedByDoubted(space: Space, label: number, records: Int32Array): Split | null {
  const { rows, axes } = space
  const doubt = doubtOf(space, label, records)
  let posterior: Float32Array = Float32Array.from(records, (i) => Number(doubt(i, true) > 0.5))
  let found: Split | null = null
  for (let round = 0; round < ROUNDS; round++) {
    const [group, rest] = parted({ posterior, records })
    // What most of a label's records share is the label's own.
    if (group.length < 2 * LEAST_HALF || group.length > records.length / 2) return null
    const direction = shiftOf(rows, group, rest, axes)
    const length = Math.hypot(...direction)
    if (!(length > 0)) return null
    const modes = twoModes(
      Float32Array.from(records, (i) => dotRows(direction, 0, rows.data, i * rows.cols, rows.cols) / length),
    )
    const { separation, deviations, weight } = modes
    posterior = modes.upper
    const size = records.length * weight
    found = { label, records, posterior, size, separation, spread: [deviations[1], deviations[0]] }
  }
  return found !== null && found.size > records.length / 2 ? null : found
}

function meanOf({ data, cols }: Matrix, of: Int32Array): Float64Array {
  const mean = new Float64Array(cols)
  for (const i of of) addRow(mean, 0, data, i * cols, cols)
  divide(mean, Math.max(1, of.length))
  return mean
}

function squaredDistance({ data, cols }: Matrix, a: number, b: number): number {
  let sum = 0
  for (let j = 0; j < cols; j++) sum += (data[a * cols + j]! - data[b * cols + j]!) ** 2
  return sum
}
