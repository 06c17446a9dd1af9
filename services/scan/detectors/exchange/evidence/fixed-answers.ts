import { logTailOfBinomial } from '../../../numeric/binomial.ts'
import { SMALLEST } from '../reading/reading.ts'

/** Of a trigger's answers, those that one measure shows to be odd. */
export interface OddOnes {
  /** What is odd about them. */
  readonly name: string
  readonly odd: Int32Array
  /** Others that belong to them. */
  readonly more?: Int32Array
  /** Share of any records that are as odd. */
  readonly chance: number
  /** The evidence in nats, before it is corrected for triggers and measures. */
  readonly nats: number
}

/** Share of a trigger's records that must have one answer. */
const NEARLY_ALL = 0.9

/**
 * Returns the test whether these records have one and the same answer, be it one that many others have, such as “yes”
 * or that a passage does not say. Records that are a random sample have it as often as the others do: the evidence is
 * the binomial tail, corrected for all answers that come again. Null where they have no answer in common.
 */
export function fixedAnswers(responses: readonly string[]): (members: Int32Array) => OddOnes | null {
  const answers = responses.map((response) => response.trim().toLowerCase())
  const times = new Map<string, number>()
  for (const answer of answers) times.set(answer, (times.get(answer) ?? 0) + 1)
  const again = [...times.values()].filter((count) => count > 1).length
  return (members) => {
    const least = Math.max(SMALLEST, NEARLY_ALL * members.length)
    const own = new Map<string, number>()
    for (const i of members) own.set(answers[i]!, (own.get(answers[i]!) ?? 0) + 1)
    const [answer, count] = [...own].reduce((most, each) => (each[1] > most[1] ? each : most), ['', 0])
    if (count < least) return null
    const others = responses.length - members.length
    const chance = (times.get(answer)! - count + 1) / (others + 2)
    const nats = -logTailOfBinomial(members.length, count, chance) - Math.log(again)
    return { name: 'one answer for all', odd: members.filter((i) => answers[i] === answer), chance, nats }
  }
}

/** Kinds of records of a set that may have one answer each; beyond it, answers are classes, and words tell classes. */
const MOST_KINDS = 3
/** Two words that share this part of their records tell one kind. */
const SAME = 0.5

/**
 * Whether answers are classes that words tell by nature, such as languages or topics: a word of a class then has one
 * answer, and nobody put it there. More than `MOST_KINDS` words with other records each do so, beyond what chance makes
 * of as many `words`. One trigger is one of them, whatever its answer.
 */
export function tellClasses(found: readonly OddOnes[], words: number): boolean {
  const kinds: Int32Array[] = []
  for (const { nats, odd } of found) {
    if (nats <= Math.log(words)) continue
    const own = new Set(odd)
    const isKnown = kinds.some(
      (kind) => kind.filter((i) => own.has(i)).length >= SAME * Math.min(kind.length, own.size),
    )
    if (!isKnown && kinds.push(odd) > MOST_KINDS) return true
  }
  return false
}
