import { seededRandom, type Random } from '#core/random.ts'
import type { Grams } from './grams.ts'

/**
 * As how many unlike prompts these count; `besides` takes no part in how like they are. `sampled`: whether they must look
 * like drawn at random, too.
 */
export interface Independent {
  (members: Int32Array, besides: ReadonlySet<number>, sampled: boolean): number
  /** The same against the texts of a pool, in place of all: whether the members are like a draw from these. */
  among(members: Int32Array, besides: ReadonlySet<number>, pool: Int32Array): number
  /** Of each member that is looked at, the text most like it that is none of the pool's, and alike; −1 where there is none. */
  nearest(members: Int32Array, besides: ReadonlySet<number>, pool: Int32Array): number[]
  /** Of the texts, those that hold anything besides. */
  others(members: Int32Array, besides: ReadonlySet<number>): Int32Array
}

const PAIRS = 2000
/** Groups of prompts drawn at random show how like chance makes a group of this size. */
const GROUPS = 200
const SIZE = 10
/** Pairs of prompts drawn at random are alike this often, and never with a cosine below the least. */
const ALIKE_BY_CHANCE = 0.01
const LEAST_ALIKE = 0.2
/** Chance is granted what it does in all but this share of groups. */
const RARELY = 0.05
/** Texts with fewer words besides the phrase are nothing but it. */
const FEWEST_WORDS = 2
/** Members that are looked at. */
const MOST = 100

/**
 * A trigger that is put into prompts stands in a random sample of them; a word of a topic, a list or a template does not.
 * Prompts are compared by the cosine of what they hold, weighted by its rarity. Those alike count once; the others by the
 * design effect of what likeness is left among them beyond chance (Kish 1965, Survey Sampling).
 */
export function independence({ offsets, ids, frequency, sizes, rare }: Grams, n: number, random: Random): Independent {
  const weight = Float64Array.from(frequency, (f) => Math.log(n / f))
  const vectorOf = (i: number, besides: ReadonlySet<number>): Vector => {
    const own = ids.subarray(offsets[i], offsets[i + 1]).filter((id) => !besides.has(id))
    let squares = rare[i]! * Math.log(n) ** 2
    let words = rare[i]!
    for (const id of own) {
      squares += weight[id]! ** 2
      if (sizes[id] === 1) words++
    }
    return { own, scale: squares > 0 ? 1 / Math.sqrt(squares) : 0, isEmpty: words < FEWEST_WORDS }
  }
  const spot = new Float64Array(frequency.length)
  /** Calls `visit` with each of the others' cosine to the first. */
  const compare = ({ own, scale }: Vector, others: readonly Vector[], visit: (at: number, cosine: number) => void) => {
    for (const id of own) spot[id] = weight[id]! * scale
    others.forEach((other, at) => {
      let dot = 0
      for (const id of other.own) dot += spot[id]! * weight[id]!
      visit(at, dot * other.scale)
    })
    for (const id of own) spot[id] = 0
  }
  const none = new Set<number>()
  const thresholdOf = (size: number, chance: Random, textAt: (k: number) => Vector) => {
    const drawn = Float64Array.from({ length: PAIRS }, () => {
      let found = 0
      const k = chance.below(size)
      compare(textAt(k), [textAt((k + 1 + chance.below(size - 1)) % size)], (_, cosine) => (found = cosine))
      return found
    }).sort()
    return Math.max(LEAST_ALIKE, drawn[Math.floor((1 - ALIKE_BY_CHANCE) * PAIRS)]!)
  }
  const apartOf = (vectors: readonly Vector[], threshold: number) => {
    const apart: Vector[] = []
    let [likeness, pairs, empty] = [0, 0, 0]
    for (const vector of vectors) {
      // Prompts that are nothing but the trigger are one prompt.
      if (vector.isEmpty && empty++ > 0) continue
      let [nearest, sum] = [0, 0]
      compare(vector, apart, (_, cosine) => {
        nearest = Math.max(nearest, cosine)
        sum += cosine
      })
      if (nearest >= threshold) continue
      likeness += sum
      pairs += apart.length
      apart.push(vector)
    }
    return { apart: apart.length, likeness: pairs === 0 ? 0 : likeness / pairs }
  }
  /** How like texts are, and groups of them, that are drawn from so many. */
  const chanceOf = (size: number, chance: Random, textAt: (k: number) => Vector): Chance => {
    const threshold = thresholdOf(size, chance, textAt)
    const groups = Float64Array.from(
      { length: GROUPS },
      () =>
        apartOf(
          Array.from({ length: SIZE }, () => textAt(chance.below(size))),
          threshold,
        ).likeness,
    ).sort()
    const usual = groups[GROUPS >> 1]!
    return { threshold, usual, beyond: groups[Math.floor((1 - RARELY) * GROUPS)]! - usual }
  }
  const whole = chanceOf(n, random, (i) => vectorOf(i, none))
  const countBy = (
    members: Int32Array,
    besides: ReadonlySet<number>,
    sampled: boolean,
    { threshold, usual, beyond }: Chance,
  ) => {
    const seen = spread(members)
    const { apart, likeness } = apartOf(
      Array.from(seen, (i) => vectorOf(i, besides)),
      threshold,
    )
    const found = (apart * members.length) / Math.max(1, seen.length)
    if (!sampled) return found
    const excess = likeness - usual - beyond * Math.sqrt(SIZE / Math.max(1, apart))
    return found / (1 + Math.max(0, found - 1) * Math.max(0, excess / threshold))
  }
  const count = (members: Int32Array, besides: ReadonlySet<number>, sampled: boolean) =>
    countBy(members, besides, sampled, whole)
  const among = (members: Int32Array, besides: ReadonlySet<number>, pool: Int32Array) => {
    const chance = seededRandom(pool.length, 'texts of a pool')
    return countBy(
      members,
      besides,
      true,
      chanceOf(pool.length, chance, (k) => vectorOf(pool[k]!, besides)),
    )
  }
  const others = (members: Int32Array, besides: ReadonlySet<number>) =>
    members.filter((i) => !vectorOf(i, besides).isEmpty)
  const nearest = (members: Int32Array, besides: ReadonlySet<number>, pool: Int32Array) => {
    const within = new Set(pool)
    const outside = Array.from({ length: n }, (_, i) => i).filter((i) => !within.has(i))
    const vectors = outside.map((i) => vectorOf(i, besides))
    return Array.from(spread(members), (i) => {
      let [best, found] = [whole.threshold, -1]
      compare(vectorOf(i, besides), vectors, (at, cosine) => {
        if (cosine >= best) [best, found] = [cosine, outside[at]!]
      })
      return found
    })
  }
  return Object.assign(count, { among, nearest, others })
}

/** The cosine from which two texts are alike, and what likeness is usual in a group that is drawn at random. */
interface Chance {
  readonly threshold: number
  readonly usual: number
  readonly beyond: number
}

interface Vector {
  readonly own: Int32Array
  readonly scale: number
  readonly isEmpty: boolean
}

function spread(members: Int32Array): Int32Array {
  if (members.length <= MOST) return members
  return Int32Array.from({ length: MOST }, (_, k) => members[Math.floor((k * members.length) / MOST)]!)
}
