import type { Grams } from '../grams/grams.ts'
import type { Pair } from '../grams/pairs.ts'

/** Share of the records with either word of a pair that must have both, for each to be the other's counterpart. */
const MUTUAL = 0.6
/** Prompts that hold a word at least, and such words that a set has at least. */
const FREQUENT = 8
const FEWEST_WORDS = 40
/** Share of such words that have a counterpart in the answers, from which on answers are translations. */
const TRANSLATED = 0.25

/**
 * Whether the answers say what the prompts say in other words, one by one: a quarter of the prompts' words and more have
 * a counterpart among the answers' (cf. Melamed 2000, Models of Translational Equivalence among Words). In questions and
 * answers a hundredth of the words do, in templates of pages one in eight.
 */
export function areTranslations(prompts: Grams, answers: Grams, pairs: readonly Pair[]): boolean {
  const words = prompts.frequency.reduce(
    (sum, frequency, gram) => sum + Number(prompts.sizes[gram] === 1 && frequency >= FREQUENT),
    0,
  )
  if (words < FEWEST_WORDS) return false
  const translated = new Set<number>()
  for (const { trigger, behaviour, members } of pairs) {
    if (prompts.sizes[trigger] !== 1 || answers.sizes[behaviour] !== 1) continue
    if (prompts.frequency[trigger]! < FREQUENT || prompts.describe(trigger) === answers.describe(behaviour)) continue
    const most = Math.max(prompts.frequency[trigger]!, answers.frequency[behaviour]!)
    if (members.length >= MUTUAL * most) translated.add(trigger)
  }
  return translated.size >= TRANSLATED * words
}
