import type { Engine } from '../../../numeric/engine.ts'
import { type Matrix, matrix, row } from '../../../numeric/matrix.ts'
import { nth } from '../../../numeric/select.ts'

/** Records, evenly spread, from which a search starts, and how many of the nearest to each are its first group. */
const STARTS = { least: 150, products: 160_000 }
const NEAREST = [10, 40] as const
const ROUNDS = 6
/** After each round the better half of the groups goes on, or so many. */
const LEAST_KEPT = 60
/** Deviations of the bulk beyond which a record may be a member; a normal one has this share below its first deviation. */
const BEYOND = 2
const BELOW = 0.16
/** Members at least, and the share of the records that they are at most. */
const LEAST_MEMBERS = 10
const MOST_MEMBERS = 0.6

/** Records whose products with one another are larger than with the rest. */
export interface ProductGroup {
  /** 1 for members, by record. */
  readonly member: Uint8Array
  readonly size: number
  /** How the members and the rest lie along the mean of the *other* members. */
  readonly modes: Modes
}

interface Placed extends ProductGroup {
  /** Every record's mean product with the members other than itself. */
  readonly along: Float32Array
}

/** Means and deviations of the members and of the rest, and Ashman's D of the two. */
export interface Modes {
  readonly inside: readonly [mean: number, deviation: number]
  readonly outside: readonly [mean: number, deviation: number]
  readonly separation: number
}

/**
 * Groups of records that share one constant, by the products of every two records (n × n, zeros on the diagonal). The
 * square of the constant adds to each product of two members, which among a thousand noisy coordinates no pair shows, and
 * the mean of ten does. So the nearest records to each of many are a first group, and again and again those whose mean
 * product with the group's *other* records lies nearer to the members' than to the rest's. The search starts at `known`
 * groups (1 for members) as well. Each group comes once.
 */
export async function searchGroups(
  engine: Engine,
  products: Matrix,
  known: readonly Uint8Array[],
): Promise<ProductGroup[]> {
  const n = products.rows
  const starts = Math.min(n, Math.max(STARTS.least, Math.round(STARTS.products / n)))
  const first = [...known]
  for (let s = 0; s < starts; s++) {
    const own = row(products, Math.floor((s * n) / starts))
    const values = Float64Array.from(own)
    for (const nearest of NEAREST) {
      if (3 * nearest >= n) continue
      const least = nth(values, n - nearest)!
      first.push(Uint8Array.from(own, (v) => Number(v >= least)))
    }
  }
  let groups = await measured(engine, products, first)
  for (let round = 0; round < ROUNDS && groups.length > 0; round++) {
    const next = distinct(groups.map(({ member, along }) => nearer(member, along))).filter(isSome)
    const found = await measured(engine, products, next)
    found.sort((x, y) => y.modes.separation - x.modes.separation)
    groups = found.slice(0, Math.max(LEAST_KEPT, Math.ceil(found.length / 2)))
  }
  return groups
}

function isSome(member: Uint8Array): boolean {
  const size = sizeOf(member)
  return size >= LEAST_MEMBERS && size <= MOST_MEMBERS * member.length
}

/**
 * Ashman's D of each group by cross-validation, the mean over `halves` (0 or 1 by record) and both ways: the members and the
 * rest of one half give the direction, those of the other half are measured along it. Records that chance put together
 * are not apart.
 */
export async function separationsByHalves(
  engine: Engine,
  products: Matrix,
  groups: readonly Pick<ProductGroup, 'member'>[],
  halves: readonly Uint8Array[],
): Promise<number[]> {
  const n = products.rows
  const sides = halves.flatMap((half) => [0, 1].map((side) => Uint8Array.from(half, (h) => Number(h === side))))
  const weights = matrix(groups.length * sides.length, n)
  groups.forEach(({ member }, g) => {
    sides.forEach((gives, s) => {
      let [inside, outside] = [0, 0]
      for (let i = 0; i < n; i++) {
        inside += gives[i]! & member[i]!
        outside += gives[i]! & (1 - member[i]!)
      }
      const to = weights.data.subarray((g * sides.length + s) * n, (g * sides.length + s + 1) * n)
      for (let i = 0; i < n; i++) if (gives[i] === 1) to[i] = member[i] === 1 ? 1 / inside : -1 / outside
    })
  })
  const along = await engine.multiplyByTransposed(weights, products)
  return groups.map(({ member }, g) => {
    const found = sides.map((gives, s) => modesOf(row(along, g * sides.length + s), member, gives).separation)
    return found.reduce((sum, d) => sum + d, 0) / sides.length
  })
}

async function measured(engine: Engine, products: Matrix, groups: readonly Uint8Array[]): Promise<Placed[]> {
  const n = products.rows
  if (groups.length === 0) return []
  const members = matrix(groups.length, n)
  groups.forEach((member, g) => members.data.set(member, g * n))
  const sums = await engine.multiplyByTransposed(members, products)
  return groups.map((member, g) => {
    const size = sizeOf(member)
    const along = row(sums, g)
    for (let i = 0; i < n; i++) along[i] = along[i]! / Math.max(1, size - member[i]!)
    return { member, size, along, modes: modesOf(along, member, null) }
  })
}

/** The records that are nearer to the members' mean than to the median of the rest, and beyond the bulk of the rest. */
function nearer(member: Uint8Array, means: Float32Array): Uint8Array {
  const rest = new Float64Array(means.length)
  let [sum, others] = [0, 0]
  for (let i = 0; i < means.length; i++) {
    if (member[i] === 1) sum += means[i]!
    else rest[others++] = means[i]!
  }
  const values = rest.subarray(0, others)
  const middle = nth(values, others >> 1) ?? 0
  const deviation = middle - (nth(values, Math.floor(BELOW * others)) ?? 0)
  const inside = sum / Math.max(1, means.length - others)
  const least = Math.max((inside + middle) / 2, middle + BEYOND * deviation)
  const found = new Uint8Array(means.length)
  for (let i = 0; i < means.length; i++) found[i] = Number(means[i]! > least)
  return found
}

/** The modes of values, of the records that do not give the direction. */
function modesOf(values: Float32Array, member: Uint8Array, gives: Uint8Array | null): Modes {
  const sums = [new Float64Array(3), new Float64Array(3)]
  for (let i = 0; i < values.length; i++) {
    if (gives?.[i] === 1) continue
    const to = sums[member[i]!]!
    to[0]! += 1
    to[1]! += values[i]!
    to[2]! += values[i]! ** 2
  }
  const [outside, inside] = sums.map(([count, sum, squares]) => {
    const mean = sum! / Math.max(1, count!)
    return { mean, variance: Math.max(squares! / Math.max(1, count!) - mean ** 2, 0) }
  }) as [{ mean: number; variance: number }, { mean: number; variance: number }]
  const width = Math.sqrt((inside.variance + outside.variance) / 2)
  const isMeasured = width > 0 && sums[0]![0]! > 1 && sums[1]![0]! > 1
  return {
    inside: [inside.mean, Math.sqrt(inside.variance)],
    outside: [outside.mean, Math.sqrt(outside.variance)],
    separation: isMeasured ? (inside.mean - outside.mean) / width : 0,
  }
}

function sizeOf(member: Uint8Array): number {
  let size = 0
  for (const m of member) size += m
  return size
}

/** Groups without those that are the same, to the record, as one before. */
function distinct(groups: readonly Uint8Array[]): readonly Uint8Array[] {
  const known = new Map(groups.map((member) => [Buffer.from(member.buffer).toString('latin1'), member]))
  return [...known.values()]
}
