import { liftRatio } from '../../lift/evidence/tests.ts'
import { holdersOf, type Grams } from './grams.ts'

/** A gram of prompts, a gram of answers, and the records that hold both. */
export interface Pair {
  readonly trigger: number
  readonly behaviour: number
  readonly members: Int32Array
  /** Log-likelihood ratio before any correction, in nats. */
  readonly ratio: number
}

/**
 * Behaviours that are kept for a trigger: the six strongest, the six strongest with at least the share `EXCLUSIVE` of
 * their records at the trigger, and all properties.
 */
const STRONGEST = 6
const EXCLUSIVE = 0.9
/** A trigger and a behaviour must come together this many times as often as by chance. */
const LEAST_LIFT = 3
/**
 * Records of a behaviour that are read first, for each that may lack the trigger: few other triggers pass them by
 * chance.
 */
const ASKED = 1.5

export interface PairOptions {
  /** Records and nats that a pair must have. */
  readonly least: number
  readonly leastRatio: number
  /** Least share of a run's answers whose prompts hold the trigger. */
  readonly brought: number
  /** For a property: least share of its answers, or of the trigger's prompts, that have both. */
  readonly marked: number
}

/**
 * The pairs that occur together more often than by chance, by a Poisson likelihood ratio, for triggers that bring any
 * behaviour.
 */
export function pairsOf(prompts: Grams, answers: Grams, n: number, options: PairOptions): Pair[] {
  const { least, leastRatio } = options
  const holders = holdersOf(prompts)
  const brings = bringing(prompts, answers, n, options)
  const counts = new Int32Array(answers.count)
  const touched = new Int32Array(answers.count)
  const pairs: Pair[] = []
  const known = new Map<string, number>()
  for (let trigger = 0; trigger < prompts.count; trigger++) {
    if (brings[trigger] === 0) continue
    const held = holders(trigger)
    const used = countIds(answers.offsets, answers.ids, held, counts, touched)
    const heard: { behaviour: number; ratio: number; exclusive: boolean }[] = []
    for (const behaviour of touched.subarray(0, used)) {
      const together = counts[behaviour]!
      counts[behaviour] = 0
      const expected = (held.length * answers.frequency[behaviour]!) / n
      if (together < least || together < LEAST_LIFT * expected) continue
      const ratio = liftRatio(together, expected)
      if (ratio < leastRatio) continue
      heard.push({ behaviour, ratio, exclusive: together >= EXCLUSIVE * answers.frequency[behaviour]! })
    }
    heard.sort((a, b) => b.ratio - a.ratio || a.behaviour - b.behaviour)
    const exclusive = heard.filter((pair) => pair.exclusive).slice(0, STRONGEST)
    const properties = heard.filter(({ behaviour }) => answers.sizes[behaviour] === 0)
    for (const { behaviour, ratio } of new Set([...heard.slice(0, STRONGEST), ...exclusive, ...properties])) {
      const members = held.filter((i) => holds(answers, i, behaviour))
      // Runs of one phrase have the same members: only the strongest is kept.
      const key = `${behaviour}:${prompts.sizes[trigger] === 0}:${members.length}:${members[0]}:${members.at(-1)}:${members.reduce((h, i) => (Math.imul(h, 31) + i) | 0, 7)}`
      const same = known.get(key)
      if (same === undefined) known.set(key, pairs.push({ trigger, behaviour, members, ratio }) - 1)
      else if (ratio > pairs[same]!.ratio) pairs[same] = { trigger, behaviour, members, ratio }
    }
  }
  return pairs
}

/**
 * Returns 1 for each trigger that brings a behaviour, so that its other pairs are worth counting. Nearly all records of
 * such a behaviour hold the trigger; therefore some records are read first, and only triggers that enough of these hold
 * are counted in the rest. The records with the fewest grams are read first.
 */
function bringing(prompts: Grams, answers: Grams, n: number, options: PairOptions): Uint8Array {
  const { least, leastRatio, brought, marked } = options
  const { offsets, ids, frequency } = prompts
  const holders = holdersOf(answers, byLength(offsets))
  const found = new Uint8Array(prompts.count)
  const counts = new Int32Array(prompts.count)
  const touched = new Int32Array(prompts.count)
  for (let behaviour = 0; behaviour < answers.count; behaviour++) {
    const held = holders(behaviour)
    const isProperty = answers.sizes[behaviour] === 0
    const enough = Math.max(least, Math.floor((isProperty ? 0 : brought) * held.length))
    const without = held.length - enough
    const asked = isProperty ? held.length : Math.min(held.length, Math.ceil(ASKED * without) + 2)
    const used = countIds(offsets, ids, held.subarray(0, asked), counts, touched)
    for (const trigger of touched.subarray(0, used)) {
      let together = counts[trigger]!
      counts[trigger] = 0
      if (found[trigger] === 1 || together < asked - without || frequency[trigger]! < enough) continue
      for (let k = asked; k < held.length && together >= k - without; k++)
        if (holds(prompts, held[k]!, trigger)) together++
      const expected = (frequency[trigger]! * held.length) / n
      const share = together / (isProperty ? Math.min(held.length, frequency[trigger]!) : held.length)
      if (share < (isProperty ? marked : brought) || together < least || together < LEAST_LIFT * expected) continue
      if (liftRatio(together, expected) >= leastRatio) found[trigger] = 1
    }
  }
  return found
}

/**
 * Adds the ids that these records hold to `counts`, lists them in `touched`, and returns how many different ones there
 * are.
 */
function countIds(offsets: Int32Array, ids: Int32Array, records: Int32Array, counts: Int32Array, touched: Int32Array) {
  let used = 0
  for (const i of records) {
    for (let at = offsets[i]!; at < offsets[i + 1]!; at++) {
      const id = ids[at]!
      if (counts[id] === 0) touched[used++] = id
      counts[id]!++
    }
  }
  return used
}

/** The texts by how many grams they hold, the fewest first. */
function byLength(offsets: Int32Array): Int32Array {
  const length = (i: number) => offsets[i + 1]! - offsets[i]!
  return Int32Array.from(offsets.subarray(1), (_, i) => i).sort((a, b) => length(a) - length(b) || a - b)
}

function holds({ offsets, ids }: Grams, i: number, id: number): boolean {
  let [low, high] = [offsets[i]!, offsets[i + 1]!]
  while (low < high) {
    const middle = (low + high) >> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return low < offsets[i + 1]! && ids[low] === id
}
