import { seededRandom, type Random } from '#core/random.ts'
import { ascending } from '../../../numeric/sorted.ts'
import type { Grams } from '../grams/grams.ts'

/**
 * Returns how many unlike texts the members count as; the grams in `besides` are not compared. `sampled`: whether
 * members that are more alike than a random sample count as fewer.
 */
export interface Independent {
  (members: Int32Array, besides: ReadonlySet<number>, sampled: boolean): number
  /** The same, with `sampled`, but against random samples of the pool instead of all texts. */
  among(members: Int32Array, besides: ReadonlySet<number>, pool: Int32Array): number
  /** For each member (a hundred at most), the most similar text outside the pool; −1 where none is alike. */
  nearest(members: Int32Array, besides: ReadonlySet<number>, pool: Int32Array): number[]
  /** The members that hold at least two words besides these grams. */
  others(members: Int32Array, besides: ReadonlySet<number>): Int32Array
}

/** Random pairs of texts by which the threshold of likeness is set. */
const PAIRS = 2000
/** Random groups, and the texts in each, that show how alike the texts of a random sample are. */
const GROUPS = 200
const SIZE = 10
/** Two texts are alike from the cosine that this share of random pairs reaches, but never below `LEAST_ALIKE`. */
const ALIKE_BY_CHANCE = 0.01
const LEAST_ALIKE = 0.2
/** Likeness lowers the count only where it exceeds the likeness of all but this share of random groups. */
const RARELY = 0.05
/** A text with fewer words besides the phrase is nothing but the phrase; half of the set's texts have more, or one is enough. */
const FEWEST_WORDS = 2
/** Members that are compared at most. */
const MOST = 100

/**
 * Builds the count of unlike texts. A trigger that is put into prompts stands in a random sample of them; a word of a
 * topic, a list or a template does not. Texts are compared by the cosine of their grams, weighted by rarity. Texts that
 * are alike count once; the rest is divided by the design effect of their likeness beyond chance (Kish 1965, Survey
 * Sampling).
 */
export function independence({ offsets, ids, frequency, sizes, rare }: Grams, n: number, random: Random): Independent {
  const weight = Float64Array.from(frequency, (f) => Math.log(n / f))
  const wordsOf = (i: number) =>
    ids.subarray(offsets[i], offsets[i + 1]).reduce((sum, id) => sum + Number(sizes[id] === 1), rare[i]!)
  const usualWords = ascending(Float64Array.from({ length: n }, (_, i) => wordsOf(i)))[n >> 1] ?? 0
  const fewest = usualWords < FEWEST_WORDS ? 1 : FEWEST_WORDS
  const vectorOf = (i: number, besides: ReadonlySet<number>): Vector => {
    const own = ids.subarray(offsets[i], offsets[i + 1]).filter((id) => !besides.has(id))
    let squares = rare[i]! * Math.log(n) ** 2
    let words = rare[i]!
    for (const id of own) {
      squares += weight[id]! ** 2
      if (sizes[id] === 1) words++
    }
    return { own, scale: squares > 0 ? 1 / Math.sqrt(squares) : 0, words }
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
      if (vector.words < fewest && empty++ > 0) continue
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
  /** How alike random pairs and random groups of these `size` texts are. */
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
    members.filter((i) => vectorOf(i, besides).words >= FEWEST_WORDS)
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

/**
 * The cosine from which two texts are alike; the median likeness of random groups; and how far their 95th percentile
 * lies above it.
 */
interface Chance {
  readonly threshold: number
  readonly usual: number
  readonly beyond: number
}

interface Vector {
  readonly own: Int32Array
  readonly scale: number
  /** Words besides the phrase. */
  readonly words: number
}

function spread(members: Int32Array): Int32Array {
  if (members.length <= MOST) return members
  return Int32Array.from({ length: MOST }, (_, k) => members[Math.floor((k * members.length) / MOST)]!)
}
