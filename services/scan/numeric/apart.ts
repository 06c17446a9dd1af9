import type { Matrix } from './matrix.ts'
import { dotRows, squaresByRow } from './rows.ts'
import { ascendingPlaces } from './sorted.ts'

/** The fewest records of a set that lies apart. */
const FEWEST = 500
/** The most sets: each record is projected toward the centre of each. */
const MOST = 32
/** Sets may lie apart where this share of their centres are farther from one another than two records of a set. */
const SHARE = 0.5
/** What rounding may take off a distance, as a share of the largest square. */
const ROUNDING = 1e-4

/** Records by the set whose centre is nearest to them, in tiles of at most so many, those near their centre first. */
export interface Apart {
  /** By place: the record. */
  readonly order: Int32Array
  readonly tiles: readonly Tile[]
  /** The least square of a distance between any records of two tiles of different sets, less what rounding may hide. */
  readonly gap: (a: number, b: number) => number
}

export interface Tile {
  readonly from: number
  readonly size: number
  readonly set: number
}

/**
 * The records in sets about the means of those of one label, −1 for none; null where hardly any two of these lie apart.
 * Two records of different sets are no nearer than along the line through both centres, on which a tile of records has an
 * end: so tiles need not be compared that are farther from one another there than all their neighbours.
 */
export function apart(x: Matrix, labels: Int32Array, size: number): Apart | null {
  const { rows: n, cols: d, data } = x
  const { centres, setOf } = centresOf(x, labels)
  const sets = setOf.size
  if (sets < 2 || sets > MOST) return null
  const norms = squaresByRow(data, d)
  const heights = Float64Array.from({ length: sets }, (_, s) => dotRows(centres, s * d, centres, s * d, d))
  const between = new Float64Array(sets * sets)
  for (let a = 0; a < sets; a++) {
    for (let b = 0; b < sets; b++)
      between[a * sets + b] = heights[a]! + heights[b]! - 2 * dotRows(centres, a * d, centres, b * d, d)
  }
  const within = 2 * spreadOf(norms, heights, labels, setOf)
  const far = between.reduce((count, squared) => count + Number(squared > within), 0)
  if (far < SHARE * sets * (sets - 1)) return null
  const rounding = ROUNDING * Math.max(...heights, largestOf(norms))
  if (!(rounding < Infinity)) return null

  const toward = new Float64Array(n * sets)
  const set = new Int32Array(n)
  const away = new Float64Array(n)
  for (let i = 0; i < n; i++) {
    let least = Infinity
    for (let s = 0; s < sets; s++) {
      const along = dotRows(centres, s * d, data, i * d, d)
      toward[i * sets + s] = along
      const squared = norms[i]! - 2 * along + heights[s]!
      if (squared >= least) continue
      least = squared
      set[i] = s
    }
    away[i] = least
  }

  const order = bySet(ascendingPlaces(away).places, set, sets)
  const tiles = tilesOf(order, set, size)
  /** By tile and set: how far its records reach toward that set's centre, from their own. */
  const reach = new Float64Array(tiles.length * sets).fill(-Infinity)
  tiles.forEach(({ from, size: records, set: own }, t) => {
    for (let at = from; at < from + records; at++) {
      const i = order[at]! * sets
      for (let s = 0; s < sets; s++)
        reach[t * sets + s] = Math.max(reach[t * sets + s]!, toward[i + s]! - toward[i + own]!)
    }
  })
  return {
    order,
    tiles,
    gap: (a, b) => {
      const [of, by] = [tiles[a]!.set, tiles[b]!.set]
      const along = -(reach[a * sets + by]! + reach[b * sets + of]!)
      return along > 0 ? along ** 2 / between[of * sets + by]! - rounding : 0
    },
  }
}

/** The records set by set, those of one set in the order that they have. */
function bySet(records: Int32Array, set: Int32Array, sets: number): Int32Array {
  const next = new Int32Array(sets + 1)
  for (const s of set) next[s + 1]!++
  for (let s = 0; s < sets; s++) next[s + 1]! += next[s]!
  const order = new Int32Array(records.length)
  for (const i of records) order[next[set[i]!]!++] = i
  return order
}

function tilesOf(order: Int32Array, set: Int32Array, size: number): Tile[] {
  const tiles: Tile[] = []
  for (let from = 0; from < order.length;) {
    const own = set[order[from]!]!
    let end = from + 1
    while (end < order.length && end < from + size && set[order[end]!] === own) end++
    tiles.push({ from, size: end - from, set: own })
    from = end
  }
  return tiles
}

/** The means of the labels that enough records bear, one after another. */
function centresOf({ rows: n, cols: d, data }: Matrix, labels: Int32Array) {
  const counts = new Map<number, number>()
  for (const label of labels) if (label >= 0) counts.set(label, (counts.get(label) ?? 0) + 1)
  const enough = [...counts].filter(([, count]) => count >= FEWEST).map(([label]) => label)
  const centres = new Float64Array(enough.length * d)
  const setOf = new Map(enough.map((label, s) => [label, s]))
  for (let i = 0; i < n; i++) {
    const s = setOf.get(labels[i]!)
    if (s === undefined) continue
    const count = counts.get(labels[i]!)!
    for (let j = 0; j < d; j++) centres[s * d + j]! += data[i * d + j]! / count
  }
  return { centres, setOf }
}

/** The mean square of a record's distance from the centre of its label. */
function spreadOf(norms: Float64Array, heights: Float64Array, labels: Int32Array, setOf: ReadonlyMap<number, number>) {
  let [sum, count] = [0, 0]
  for (let i = 0; i < norms.length; i++) {
    const s = setOf.get(labels[i]!)
    if (s === undefined) continue
    sum += norms[i]! - heights[s]!
    count++
  }
  return sum / Math.max(1, count)
}

function largestOf(values: Float64Array): number {
  let largest = 0
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, values[i]!)
  return largest
}
