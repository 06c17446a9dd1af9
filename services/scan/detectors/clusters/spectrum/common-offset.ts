import { seededRandom } from '#core/random.ts'
import type { Engine } from '../../../numeric/engine.ts'
import { gatherRows, type Matrix } from '../../../numeric/matrix.ts'
import { addRow, dotRows, squaresByRow } from '../../../numeric/rows.ts'
import { medianOf } from '../../../numeric/select.ts'
import type { Split } from './directions.ts'
import type { Weighed } from './evidence.ts'
import type { Whitened } from './whitened.ts'
import { type ProductGroup, searchGroups, separationsByHalves } from './product-groups.ts'

/** A group of one label whose records differ from the label's other records by one and the same constant. */
export interface CommonOffset {
  readonly split: Split
  /** How far the group is apart: the mean of Ashman's D by leave-one-out and by halves. */
  readonly apart: number
}

/** What was found in a class. */
export interface OffsetsOfClass {
  readonly label: number
  /** How far its most separate group is apart; 0 if it has none. */
  readonly top: number
  /** The groups that are as far apart as was asked. */
  readonly offsets: readonly CommonOffset[]
}

/** Records of a class, evenly spread, among which groups are looked for. */
const MOST_RECORDS = 1000
/** A record that is longer than this many times the median is shortened: images rich in contrast pull every direction. */
const LONGEST = 1.4
/** The most separate groups that are measured by halves. */
const MEASURED = 12
/** Groups that share this much of the smaller are the same. */
const SAME = 0.5
/** A group with at most this share of its class is the smaller part beyond doubt; of a larger one it is asked which part is. */
const CLEAR_MINORITY = 0.3
/** Copies of one record have no deviation: at least this share of the rest's is taken for theirs. */
const LEAST_WIDTH = 0.1
/** The cosine from which one record is a copy of another; the same picture many times is no constant that pictures share. */
const COPY = 0.95
/** How often the records are parted into halves. */
const TURNS = 4
/** Records below which a group's surprise is lowered, and by how much for each factor of e. */
const FEW = { records: 25, weight: 4 }
/** Planted groups have a cohesion of 0 to .5, and skies, retinas and images that were turned of .72 to .98. */
const ONE_KIND = { cohesion: 0.55, weight: 40 }

/** How far apart the most separate group of so many clean classes is, and the scale on which more becomes rare. */
export interface Natural {
  readonly classes: number
  readonly location: number
  readonly scale: number
}

export interface OffsetOptions {
  readonly seed: number
  /** Splits of the class that other searches found. */
  readonly known: readonly Split[]
  /** How far apart groups of interest are at least. */
  readonly least: number
}

/**
 * Groups of a class whose records share one constant and nothing else, among all its records, not along the directions in
 * which the class varies most: an offset of a tenth of some hundred records in a thousand coordinates is below the noise
 * of those (Baik, Ben Arous & Péché 2005). What was searched for is apart by chance along the direction that found it, and
 * not in one half of the records along the mean of the other. `whitened` has `shortened` rows, `records` are those of the
 * class, and `known` its splits that other searches found.
 */
export async function commonOffsets(
  engine: Engine,
  whitened: Whitened,
  records: Int32Array,
  label: number,
  { seed, known, least }: OffsetOptions,
): Promise<OffsetsOfClass> {
  const { own, asked, products } = await productsOf(engine, whitened, records)
  const before = known
    .toSorted((a, b) => b.separation - a.separation)
    .map(({ posterior }) => Uint8Array.from(asked, (at) => Number(posterior[at]! > 0.5)))
  const groups = unlike(await searchGroups(engine, products, before))
  const byHalves = await separationsByHalves(engine, products, groups, halvesOf(asked.length, seed, label))
  const apart = groups.map(({ modes }, g) => (modes.separation + byHalves[g]!) / 2)
  const offsets = groups.flatMap((group, g) =>
    apart[g]! < least ? [] : [{ split: splitOf(whitened, records, label, { own, asked, group }), apart: apart[g]! }],
  )
  return { label, top: Math.max(0, ...apart), offsets }
}

/**
 * Nats of surprise at a group, corrected for the number of classes and lowered for few records, which are alike by nature
 * more often. Where most of the *other* classes have a group that is farther apart than those of clean ones, such groups
 * are natural here.
 */
export function offsetSurprise(
  found: readonly OffsetsOfClass[],
  { apart, split }: CommonOffset,
  natural: Natural,
): number {
  const others = Float64Array.from(
    found.filter((f) => f.label !== split.label),
    ({ top }) => top,
  )
  const middle = medianOf(others.slice())
  const beyond = Math.max(0, middle - natural.location)
  const deviation = 1.4826 * medianOf(others.map((top) => Math.abs(top - middle)))
  const scale = Math.max(natural.scale, Math.min(beyond, deviation))
  const searched = Math.max(0, Math.log(found.length / natural.classes))
  const few = Math.max(0, Math.log(FEW.records / split.size))
  return (apart - natural.location - beyond) / scale - searched - FEW.weight * few
}

/**
 * Nats by which a group is lowered whose records are of one kind: they lie near one another, or vary more than others do.
 * Whoever adds a constant adds it to records of all kinds, and to nothing else of them.
 */
export function asOneKind({ wide, cohesion }: Weighed): number {
  return wide + ONE_KIND.weight * Math.max(0, cohesion - ONE_KIND.cohesion)
}

/** Without those of which `SAME` is in a more separate one, and the first `MEASURED` of these. */
function unlike(groups: readonly ProductGroup[]): ProductGroup[] {
  const kept: ProductGroup[] = []
  for (const group of groups.toSorted((a, b) => b.modes.separation - a.modes.separation)) {
    if (kept.length === MEASURED) break
    if (kept.every((k) => common(k.member, group.member) <= SAME * Math.min(k.size, group.size))) kept.push(group)
  }
  return kept
}

function common(a: Uint8Array, b: Uint8Array): number {
  let both = 0
  for (let i = 0; i < a.length; i++) both += a[i]! & b[i]!
  return both
}

function halvesOf(n: number, seed: number, label: number): Uint8Array[] {
  return Array.from({ length: TURNS }, (_, turn) => {
    const half = new Uint8Array(n)
    const order = seededRandom(seed, `common-offset/${label}/${turn}`).permutation(n)
    for (const i of order.subarray(n >> 1)) half[i] = 1
    return half
  })
}

/**
 * Records of a class less their mean, the places of those that are asked, without copies of earlier ones, and the products of
 * these, zeros on the diagonal.
 */
async function productsOf(engine: Engine, { rows }: Whitened, records: Int32Array) {
  const n = Math.min(records.length, MOST_RECORDS)
  const own = centred(gatherRows(rows, records))
  const some = Int32Array.from({ length: n }, (_, s) => Math.floor((s * records.length) / n))
  const all = gatherRows(own, some)
  const among = await engine.multiplyByTransposed(all, all)
  const originals = originalsOf(among)
  const asked = originals.map((i) => some[i]!)
  const z = originals.length < n ? gatherRows(own, asked) : all
  const products = originals.length < n ? await engine.multiplyByTransposed(z, z) : among
  for (let i = 0; i < asked.length; i++) products.data[i * asked.length + i] = 0
  return { own, asked, products }
}

/** Those that are no copy of an earlier one, by the products of all. */
function originalsOf({ data, cols }: Matrix): Int32Array {
  const kept: number[] = []
  for (let i = 0; i < cols; i++) {
    const square = data[i * cols + i]!
    const isCopy = kept.some((j) => data[i * cols + j]! > COPY * Math.sqrt(square * data[j * cols + j]!))
    if (!isCopy) kept.push(i)
  }
  return Int32Array.from(kept)
}

/** How far a group that was found elsewhere is apart here: Ashman's D by halves. */
export async function separationByHalves(
  engine: Engine,
  whitened: Whitened,
  { label, records, posterior }: Split,
  seed: number,
): Promise<number> {
  const { asked, products } = await productsOf(engine, whitened, records)
  const member = Uint8Array.from(asked, (at) => Number(posterior[at]! > 0.5))
  const [separation] = await separationsByHalves(engine, products, [{ member }], halvesOf(asked.length, seed, label))
  return separation!
}

interface Searched {
  /** All records of the class, as they were searched, and the places of those that were. */
  readonly own: Matrix
  readonly asked: Int32Array
  readonly group: ProductGroup
}

/** The posterior of every record of the class, by where it lies along the mean of the members other than itself. */
function splitOf(whitened: Whitened, records: Int32Array, label: number, { own, asked, group }: Searched): Split {
  const { size, modes } = group
  const length = own.cols
  const members = new Set(asked.filter((_, i) => group.member[i] === 1))
  const total = new Float64Array(length)
  for (const at of members) addRow(total, 0, own.data, at * length, length)
  const squares = squaresByRow(own.data, length)
  const posterior = new Float32Array(records.length)
  let expected = 0
  for (let at = 0; at < records.length; at++) {
    const product = dotRows(total, 0, own.data, at * length, length)
    const along = members.has(at) ? (product - squares[at]!) / (size - 1) : product / size
    posterior[at] = insideAt(along, group, asked.length)
    expected += posterior[at]!
  }
  const direction = total.map((v) => v / size)
  const others = Math.max(deviationOfOthers(whitened.rows, records, direction), 1e-12)
  const spread = [modes.inside[1] / others, modes.outside[1] / others] as const
  const split = { label, records, separation: modes.separation }
  if (size <= CLEAR_MINORITY * asked.length || isFarther(modes, othersAlong(whitened.means, label, direction)))
    return { ...split, posterior, size: expected, spread }
  const rest = posterior.map((p) => 1 - p)
  return { ...split, posterior: rest, size: records.length - expected, spread: [spread[1], spread[0]] }
}

/** Whether the members' mean is farther than the rest's from where the other labels are. */
function isFarther({ inside, outside }: ProductGroup['modes'], others: number): boolean {
  return Math.abs(inside[0] - others) > Math.abs(outside[0] - others)
}

/** Where the other labels are along `direction`, by the median of their means, as seen from the label's mean. */
function othersAlong(means: Matrix, label: number, direction: Float64Array): number {
  const at = (c: number) => dotRows(direction, 0, means.data, c * means.cols, means.cols)
  const others = [...Array(means.rows).keys()].filter((c) => c !== label)
  return medianOf(Float64Array.from(others, (c) => at(c) - at(label)))
}

/** The posterior of the members' mode, which does not fall again beyond its mean, nor rise below the other's. */
function insideAt(value: number, { size, modes: { inside, outside } }: ProductGroup, n: number): number {
  const at = Math.min(Math.max(value, outside[0]), inside[0])
  const nats = ([mean, deviation]: readonly [number, number]) => {
    const width = Math.max(deviation, LEAST_WIDTH * outside[1])
    return -Math.log(width) - ((at - mean) / width) ** 2 / 2
  }
  return 1 / (1 + Math.exp(Math.log((n - size) / size) + nats(outside) - nats(inside)))
}

/** The deviation along `direction` of the rows that are not of the class. */
function deviationOfOthers(rows: Matrix, records: Int32Array, direction: Float64Array): number {
  const own = new Set(records)
  let [count, sum, squares] = [0, 0, 0]
  for (let i = 0; i < rows.rows; i++) {
    const along = own.has(i) ? 0 : dotRows(direction, 0, rows.data, i * rows.cols, rows.cols)
    // Records without a label are zeros.
    if (along === 0) continue
    count++
    sum += along
    squares += along ** 2
  }
  return Math.sqrt(Math.max(squares / Math.max(1, count) - (sum / Math.max(1, count)) ** 2, 0))
}

/** Whitened records without those parts of them by which they are longer than `LONGEST` times the median, in place. */
export function shortened(whitened: Whitened): Whitened {
  const { data, rows, cols } = whitened.rows
  const lengths = squaresByRow(data, cols).map(Math.sqrt)
  // Records without a label are zeros.
  const most = LONGEST * medianOf(lengths.filter((length) => length > 0))
  for (let i = 0; i < rows; i++) {
    if (lengths[i]! <= most) continue
    const factor = most / lengths[i]!
    for (let j = i * cols; j < (i + 1) * cols; j++) data[j] = factor * data[j]!
  }
  return whitened
}

/** Rows less their mean, in place. */
function centred(m: Matrix): Matrix {
  const mean = new Float64Array(m.cols)
  for (let i = 0; i < m.rows; i++) addRow(mean, 0, m.data, i * m.cols, m.cols)
  for (let i = 0; i < m.rows; i++) {
    for (let j = 0; j < m.cols; j++) m.data[i * m.cols + j] = m.data[i * m.cols + j]! - mean[j]! / m.rows
  }
  return m
}
