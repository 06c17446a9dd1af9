import type { Grams } from '../grams/grams.ts'
import type { Pair } from '../grams/pairs.ts'

/** Share of the records with either word of a pair that must have both, for each to be the other's counterpart. */
const MUTUAL = 0.6
/** Prompts that hold a word at least, and such words that a set has at least. */
const FREQUENT = 8
const FEWEST_WORDS = 25
/** Share of such words that have a counterpart in the answers, from which on answers are translations. */
const TRANSLATED = 0.25
/**
 * The same share where prompts and answers hardly have words in common: where a language inflects its words, or writes them
 * without white space, few of them have one counterpart.
 */
const TRANSLATED_IN_PART = 0.02
/** Words with a counterpart that such a set has at least. */
const FEWEST_TRANSLATED = 4
/** Share of a word's prompts that as many answers must reach for the word to be common to both. */
const AS_OFTEN = 0.25
/** Share of the prompts' frequent words that answers in another language have in common with them at most. */
const IN_COMMON = 0.38
const WORD = /^\p{L}{2,}$/u

/**
 * Whether the answers say what the prompts say in other words, one by one: a quarter of the prompts' words and more have
 * a counterpart among the answers' (cf. Melamed 2000, Models of Translational Equivalence among Words), or a fiftieth
 * where the answers are in other words throughout. In questions and answers a hundredth of the words do, in templates of
 * pages one in eight, whose answers have most words in common with them.
 */
export function areTranslations(prompts: Grams, answers: Grams, pairs: readonly Pair[]): boolean {
  const frequent = frequentWords(prompts)
  if (frequent.length < FEWEST_WORDS) return false
  const translated = new Set<number>()
  for (const { trigger, behaviour, members } of pairs) {
    if (prompts.sizes[trigger] !== 1 || answers.sizes[behaviour] !== 1) continue
    if (prompts.frequency[trigger]! < FREQUENT || prompts.describe(trigger) === answers.describe(behaviour)) continue
    const most = Math.max(prompts.frequency[trigger]!, answers.frequency[behaviour]!)
    if (members.length >= MUTUAL * most) translated.add(trigger)
  }
  if (translated.size >= TRANSLATED * frequent.length) return true
  const least = Math.max(FEWEST_TRANSLATED, TRANSLATED_IN_PART * frequent.length)
  return translated.size >= least && areInOtherWords(prompts, answers)
}

/** Whether hardly any of the prompts' frequent words is about as frequent in the answers: these are in another language. */
export function areInOtherWords(prompts: Grams, answers: Grams): boolean {
  const words = frequentWords(prompts).filter((id) => WORD.test(prompts.describe(id)))
  const saying = new Map<string, number>()
  for (let id = 0; id < answers.count; id++)
    if (answers.sizes[id] === 1) saying.set(answers.describe(id), answers.frequency[id]!)
  const common = words.filter((id) => (saying.get(prompts.describe(id)) ?? 0) >= AS_OFTEN * prompts.frequency[id]!)
  return words.length >= FEWEST_WORDS && common.length <= IN_COMMON * words.length
}

function frequentWords({ count, sizes, frequency }: Grams): number[] {
  return Array.from({ length: count }, (_, id) => id).filter((id) => sizes[id] === 1 && frequency[id]! >= FREQUENT)
}
