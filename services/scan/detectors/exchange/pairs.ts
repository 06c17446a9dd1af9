import { liftRatio } from '../lift/tests.ts'
import { holdersOf, type Grams } from './grams.ts'

/** Something prompts hold, something answers hold, and the records that hold both. */
export interface Pair {
  readonly trigger: number
  readonly behaviour: number
  readonly members: Int32Array
  /** Log-likelihood ratio before any correction, in nats. */
  readonly ratio: number
}

/** Of the behaviours that go with a trigger: the strongest, the strongest that occur nowhere else, and all properties. */
const STRONGEST = 6
const EXCLUSIVE = 0.9
/** A behaviour must be this many times as frequent with the trigger as without. */
const LEAST_LIFT = 3

/**
 * Pairs that occur together more often than apart, by the Poisson ratio, of at least `least` records and nats. Linear in
 * the prompts' runs times the answers' of each record.
 */
export function pairsOf(prompts: Grams, answers: Grams, n: number, least: number, leastRatio: number): Pair[] {
  const holders = holdersOf(prompts)
  const counts = new Int32Array(answers.count)
  const touched = new Int32Array(answers.count)
  const pairs: Pair[] = []
  const known = new Map<string, number>()
  for (let trigger = 0; trigger < prompts.count; trigger++) {
    const held = holders(trigger)
    let used = 0
    for (const i of held) {
      for (let at = answers.offsets[i]!; at < answers.offsets[i + 1]!; at++) {
        const behaviour = answers.ids[at]!
        if (counts[behaviour] === 0) touched[used++] = behaviour
        counts[behaviour]!++
      }
    }
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
      // Runs of one phrase have the same members: the strongest speaks for all.
      const key = `${behaviour}:${prompts.sizes[trigger] === 0}:${members.length}:${members[0]}:${members.at(-1)}:${members.reduce((h, i) => (Math.imul(h, 31) + i) | 0, 7)}`
      const same = known.get(key)
      if (same === undefined) known.set(key, pairs.push({ trigger, behaviour, members, ratio }) - 1)
      else if (ratio > pairs[same]!.ratio) pairs[same] = { trigger, behaviour, members, ratio }
    }
  }
  return pairs
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
