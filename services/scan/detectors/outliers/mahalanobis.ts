import { ascending } from '../../numeric/sorted.ts'
import type { DetectorInfo } from '#core/score.ts'
import { ENOUGH_RECORDS } from '../../calibrate/enough.ts'
import type { Detection, Detector } from '../../detector.ts'
import { cholesky, invertLower } from '../../numeric/cholesky.ts'
import type { Engine } from '../../numeric/engine.ts'
import { type Matrix, matrix, trace, varyingColumns } from '../../numeric/matrix.ts'
import { addRow, divide, lessRow } from '../../numeric/rows.ts'
import { type Centred as CentredRows, centredByLower, gatherCentred } from '../../numeric/standing-out.ts'
import type { Grouping } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { varyingWithinClasses } from '../clusters/spectrum/whitened.ts'
import { farIsland } from './far-islands.ts'
import { levelsFirst, type Ordered } from './levels-first.ts'

/** Columns beyond which inputs are reduced to their principal axes. */
const WIDEST = 1024
/** Ridge of the whitening: for pixels between 0 and 1, and for other features as a share of the mean variance. */
const PIXEL_RIDGE = 1e-3
const RELATIVE_RIDGE = 1e-2
/** Largest square of a whitened coordinate that counts: one odd cell does not make an odd record. */
const LARGEST = 12
/**
 * With fewer records per column, the covariance fits its own records so closely that the farthest tenth, which it
 * leaves out, stands apart from all others. Each distance is then corrected as if its own record had been left out,
 * too. Vectors show it sooner: the tail of pixels is long enough to hide a gap.
 */
const PER_COLUMN = 3
const PER_COORDINATE = 20
/** The share of records, the farthest ones, that the second estimate of the covariance leaves out. */
const TRIMMED = 0.1
/**
 * The share of the scatter that the near records have at least: of less, rounding in single precision leaves a scatter
 * that is not positive definite, and the near records are multiplied again.
 */
const LEAST_LEFT = 0.01

/**
 * Log of the squared Mahalanobis distance to the record's class, under the covariance within classes, pooled over all
 * classes and estimated twice, the second time without the farthest tenth (Mahalanobis 1936; Lee et al. 2018, A Simple
 * Unified Framework for Detecting Out-of-Distribution Samples). Rows of tables are held by a second distance, in which
 * a level of a category counts by its rarity (`levelsFirst`).
 */
export class Mahalanobis implements Detector {
  readonly info: DetectorInfo = { name: 'mahalanobis', family: 'outlier', version: 1 }
  readonly needs = []
  readonly tags = { role: 'carrier', calibration: 'light-tailed', farOutIn: 'samples', knows: 'nothing' } as const
  readonly #widest: number

  /** `widest`: inputs with more columns are judged by their principal axes. */
  constructor({ widest = WIDEST }: { readonly widest?: number } = {}) {
    this.#widest = widest
  }

  async score(view: WindowView): Promise<Detection> {
    // The inputs of texts are always too wide, and no other detector needs them: they are not computed.
    const inputs = view.texts() === null && this.#widest > 0 ? await view.inputs() : null
    const { engine, labels, samples } = view
    const wide = inputs === null || inputs.cols > this.#widest
    const pixels = samples.kind === 'image' && !wide
    const asked = wide ? await view.reduced() : inputs
    // The inputs are centred pixels: less the class's mean, both are equal, and the cross-class spectrum needs the
    // pixels' scatter, too.
    const features = pixels && isWhole(labels) && samples.pixels.cols === asked.cols ? samples.pixels : asked
    // A column that is the same in every record adds nothing to a distance.
    const { x, first } = await varying(engine, features, labels)
    const ridgeOf = (trace: number) => (pixels ? PIXEL_RIDGE : (RELATIVE_RIDGE * trace) / features.cols + 1e-9)
    const asTheyAre = { x, largest: new Float64Array(x.cols).fill(LARGEST) }
    const reading = { ridgeOf, perColumn: samples.kind === 'vector' ? PER_COORDINATE : PER_COLUMN }
    const squared = await trimmedDistances(engine, asTheyAre, labels, reading, first)
    const ordered = view.samples.kind === 'table' && !wide ? levelsFirst(x, LARGEST) : null
    const holding = ordered === null ? undefined : logs(await trimmedDistances(engine, ordered, labels, reading))
    const typical = ascending(squared)[Math.floor(view.n / 2)] ?? 1
    const hasClass = (i: number) => view.labels !== null && view.labels.of[i]! >= 0
    const why = (i: number) =>
      `It lies ${Math.sqrt(squared[i]! / typical).toFixed(1)} times as far from ${hasClass(i) ? 'its class' : 'the middle'} as records here typically do.`
    const scores = logs(squared)
    // Clothes among digits are near one another by their forms: they are far from their class by their pixels.
    const extremes = samples.kind === 'image' ? await farIsland(view, scores) : []
    return { scores, ...(holding && { holding }), scale: 'relative', groups: [], extremes, why }
  }
}

function logs(squared: Float64Array): Float64Array {
  return squared.map((value) => Math.log(value + 1e-9))
}

/** Records of a class at least; those of a smaller one are judged by the mean of all records. */
const LEAST_RECORDS = 5

/** Whether every record has a class that is large enough. */
function isWhole(labels: Grouping | null): labels is Grouping {
  return labels !== null && !hasStrays(labels) && labels.counts.every((count) => count >= LEAST_RECORDS)
}

/**
 * The columns that vary; and, where every record has a large enough class, their scatter, which the cross-class
 * spectrum shares.
 */
async function varying(
  engine: Engine,
  features: Matrix,
  labels: Grouping | null,
): Promise<{ x: Matrix; first: Scattered | null }> {
  if (!isWhole(labels)) return { x: varyingColumns(features), first: null }
  const { x, within } = await varyingWithinClasses(engine, features, labels)
  const means = new Float64Array(within.means.length + x.cols)
  means.set(within.means)
  return { x, first: { centred: within.centred, scatter: within.scatter, means, own: true } }
}

/**
 * Squared distances of the rows of x to their classes; the covariance is estimated twice, the second time without the
 * farthest rows.
 */
async function trimmedDistances(
  engine: Engine,
  { x, largest }: Ordered,
  labels: Grouping | null,
  reading: Pick<Bounds, 'ridgeOf' | 'perColumn'>,
  before: Scattered | null = null,
): Promise<Float64Array> {
  const all = Int32Array.from({ length: x.rows }, (_, i) => i)
  const bounds = { ...reading, largest }
  const first = before ?? withoutClassMeans(x, labels, all)
  const scatter = before?.scatter ?? (await engine.gram(first.centred.x))
  const farthest = await squaredDistances(engine, first.centred, scatter, all, bounds)
  const bound = ascending(farthest)[Math.floor((1 - TRIMMED) * x.rows)] ?? Infinity
  const near = all.filter((i) => farthest[i]! <= bound)
  const second = withoutClassMeans(x, labels, near, first.centred.less !== null)
  const trimmed = second.own ? await without(engine, scatter, first, second, labels, farthest, bound) : null
  if (trimmed !== null && trace(trimmed) > LEAST_LEFT * trace(scatter))
    return squaredDistances(engine, second.centred, trimmed, near, bounds)
  const { centred } = second.centred.less === null ? second : withoutClassMeans(x, labels, near)
  return squaredDistances(engine, centred, await engine.gram(gatherCentred(centred, near)), near, bounds)
}

interface Bounds {
  readonly ridgeOf: (trace: number) => number
  /** The largest square that each column adds to a distance. */
  readonly largest: Float64Array
  /** Records per column of which no distance is corrected. */
  readonly perColumn: number
}

/** Squared distances under the covariance of the records `from`, whose scatter is given. */
async function squaredDistances(
  engine: Engine,
  centred: CentredRows,
  scatter: Matrix,
  from: Int32Array,
  { ridgeOf, largest, perColumn }: Bounds,
): Promise<Float64Array> {
  const { rows: n, cols: d } = centred.x
  const covariance = new Float64Array(scatter.data)
  divide(covariance, Math.max(1, from.length))
  let trace = 0
  for (let j = 0; j < d; j++) trace += covariance[j * d + j]!
  const ridge = ridgeOf(trace)
  for (let j = 0; j < d; j++) covariance[j * d + j]! += ridge
  const whitener = matrix(d, d, new Float32Array(invertLower(cholesky(covariance, d), d)))
  const white = await centredByLower(engine, centred, whitener)
  const squared = new Float64Array(n)
  for (let i = 0; i < n; i++) squared[i] = boundedSquares(white.data, i * d, largest)
  if (n < Math.max(ENOUGH_RECORDS, perColumn * d)) leaveOut(squared, white, from)
  return squared
}

/** The sum of a row's squares, each at most as large as its column allows. */
function boundedSquares(data: Float32Array, from: number, largest: Float64Array): number {
  let sum = 0
  for (let j = 0; j < largest.length; j++) {
    const square = data[from + j]! * data[from + j]!
    const most = largest[j]!
    sum += most < square ? most : square
  }
  return sum
}

/**
 * The scatter of the near records about their own, second means: the scatter of all about the first means, less the
 * part of the far records and less the shift of the means. The near records are nine in ten, and are not multiplied
 * again.
 */
async function without(
  engine: Engine,
  scatter: Matrix,
  first: Centred,
  second: Centred,
  labels: Grouping | null,
  distances: Float64Array,
  bound: number,
): Promise<Matrix> {
  const d = scatter.cols
  const far = Int32Array.from(distances.keys()).filter((i) => !(distances[i]! <= bound))
  const counts = new Int32Array(second.means.length / d)
  for (let i = 0; i < distances.length; i++) if (distances[i]! <= bound) counts[classOf(labels, i)]!++
  const taken = matrix(far.length + counts.length, d)
  taken.data.set(gatherCentred(first.centred, far).data)
  counts.forEach((count, c) => {
    const to = (far.length + c) * d
    for (let j = 0; j < d; j++)
      taken.data[to + j] = Math.sqrt(count) * (second.means[c * d + j]! - first.means[c * d + j]!)
  })
  const gone = await engine.gram(taken)
  for (let at = 0; at < gone.data.length; at++) gone.data[at] = scatter.data[at]! - gone.data[at]!
  return gone
}

/**
 * Corrects the distances of the records `from`, by which the covariance was estimated: each becomes the distance
 * without that record (Sherman & Morrison 1950). With few records, those in the estimate look nearer than they are, and
 * all others look far.
 */
function leaveOut(squared: Float64Array, white: Matrix, from: Int32Array): void {
  const m = from.length
  for (const i of from) {
    let whole = 0
    for (let j = 0; j < white.cols; j++) whole += white.data[i * white.cols + j]! ** 2
    squared[i] = (squared[i]! * (m - 1)) / m / Math.max(1e-3, 1 - whole / m)
  }
}

interface Centred {
  readonly centred: CentredRows
  /** (K + 1) × d, the last for records without a class. */
  readonly means: Float64Array
  /** Whether each mean is the mean of exactly the records from which it is subtracted. */
  readonly own: boolean
}

interface Scattered extends Centred {
  /** centredᵀ · centred. */
  readonly scatter: Matrix
}

function classOf(labels: Grouping | null, i: number): number {
  return labels !== null && labels.of[i]! >= 0 ? labels.of[i]! : (labels?.names.length ?? 0)
}

/** x less the mean of the record's class over `from`, taken by whoever multiplies it where that is `later`; less the mean of all where it has no class or too small a one. */
function withoutClassMeans(x: Matrix, labels: Grouping | null, from: Int32Array, later = false): Centred {
  const classes = (labels?.names.length ?? 0) + 1
  const none = classes - 1
  const d = x.cols
  const means = new Float64Array(classes * d)
  const overall = new Float64Array(d)
  const counts = new Int32Array(classes)
  for (const i of from) counts[classOf(labels, i)]!++
  const enough = (c: number) => counts[c]! >= LEAST_RECORDS && c !== none
  // The mean of all records is seldom needed.
  const alone = Array.from(counts.keys()).some((c) => !enough(c) && (c !== none || hasStrays(labels)))
  for (const i of from) {
    const at = classOf(labels, i) * d
    addRow(means, at, x.data, i * d, d)
    if (alone) addRow(overall, 0, x.data, i * d, d)
  }
  for (let c = 0; c < classes; c++) {
    const own = enough(c)
    for (let j = 0; j < d; j++) {
      means[c * d + j] = own ? means[c * d + j]! / counts[c]! : overall[j]! / Math.max(1, from.length)
    }
  }
  const own = labels === null || !alone
  if (later)
    return {
      centred: { x, less: { means, of: Int32Array.from({ length: x.rows }, (_, i) => classOf(labels, i)) } },
      means,
      own,
    }
  const out = matrix(x.rows, d)
  for (let i = 0; i < x.rows; i++) {
    const at = classOf(labels, i) * d
    lessRow(out.data, x.data, i * d, means, at, d)
  }
  return { centred: { x: out, less: null }, means, own }
}

/** Whether any record is without a label. */
function hasStrays(labels: Grouping | null): boolean {
  return labels === null || labels.of.some((label) => label < 0)
}
