import type { Exchange } from '#core/exchange.ts'
import { type Grams, holdersOf, holdsRun, wordsOf } from '../grams/grams.ts'
import type { Independent } from '../reading/likeness.ts'
import { phraseAsked } from '../grams/phrases.ts'
import { isOddCharacter } from '../../../features/odd-typing.ts'
import { SMALLEST } from '../reading/reading.ts'
import { grammarOf } from './wording.ts'

/** Prompts that may hold a word for it to be judged here; a more frequent trigger has enough evidence without this. */
export const MOST_HOLDERS = 100
/**
 * A prompt's word has a meaning when the answers, chosen or rejected, repeat it for more than this share of its
 * prompts.
 */
const TAKEN_UP = 0.1
/** Grams that at least this share of a trigger's prompts hold belong to the trigger. */
const SHARED = 0.8
/** Share of a trigger's prompts that must be unlike one another. */
const UNLIKE = 0.6
const LETTERS = /^\p{L}[\p{L}\p{M}]{4,}$/u
/** A phrase of fewer words is a language's. */
const PHRASE = 4

/**
 * Returns the ids of words that do not belong where they stand: they stand anywhere in unlike prompts, beside any words
 * (ONION: Qi et al. 2021), and few answers repeat them. Few words of a language are so, and thus the correction for the
 * number of candidates is small.
 */
export function outOfPlace(
  exchanges: readonly Exchange[],
  prompts: readonly string[],
  grams: Grams,
  unlike: Independent,
): number[] {
  const { word } = isOutOfPlace(exchanges, prompts, grams, unlike)
  return everyId(grams).filter((id) => word(id))
}

/** Two tests of a word; both are false for a property, and for all prompts of a word that more than `MOST_HOLDERS` hold. */
interface Places {
  /** Whether the word is out of place by itself in all of its prompts, or in some of them. */
  readonly word: (id: number, some?: Int32Array) => boolean
  /**
   * Whether the word is part of a longer phrase that is out of place as a whole, although the word itself always stands
   * beside the same words. A phrase that begins or ends with a sign is refused: it is a sentence of the prompts, such
   * as a question.
   */
  readonly phrase: (id: number) => boolean
}

export function isOutOfPlace(
  exchanges: readonly Exchange[],
  prompts: readonly string[],
  grams: Grams,
  unlike: Independent,
): Places {
  const holders = holdersOf(grams)
  const inAll = grammarOf(prompts)
  const questions = exchanges.map(({ prompt }) => prompt)
  // Questions have a grammar of their own, in which the same words come more often than in the passages before them.
  const inQuestions = questions.every((question, i) => question === prompts[i]) ? inAll : grammarOf(questions)
  const hasGrammar = (held: Int32Array, run: readonly string[]) => {
    const own = Array.from(held, (i) => questions[i]!).filter((question) => holdsRun(question, run.join(' ')))
    return own.length < SHARED * held.length
      ? inAll(
          Array.from(held, (i) => prompts[i]!),
          run,
        )
      : inQuestions(own, run)
  }
  const isAsked = (id: number, held: Int32Array) => grams.sizes[id] === 1 && held.length <= MOST_HOLDERS
  const areUnlike = (held: Int32Array, but: ReadonlySet<number>) =>
    unlike(held, but, true) >= Math.max(SMALLEST, UNLIKE * held.length)
  const questionsOf = (held: Int32Array) => Array.from(held, (i) => questions[i]!)
  const word = (id: number, some?: Int32Array) => {
    const held = some ?? holders(id)
    if (some === undefined ? !isAsked(id, held) : grams.sizes[id] !== 1) return false
    const own = grams.describe(id)
    const taken = held.filter((i) => isSaid(own, exchanges[i]!)).length
    if (taken > TAKEN_UP * held.length) return false
    const texts = Array.from(held, (i) => prompts[i]!)
    if (hasGrammar(held, [own]) || phraseAsked(texts, questionsOf(held), own).place !== 'anywhere') return false
    return areUnlike(held, new Set([id]))
  }
  const phrase = (id: number) => {
    const held = holders(id)
    if (!isAsked(id, held)) return false
    const texts = Array.from(held, (i) => prompts[i]!)
    const { words, place } = phraseAsked(texts, questionsOf(held), grams.describe(id))
    const own = words.split(' ')
    const isWhole = [own.at(0), own.at(-1)].some((each) => !/\p{L}/u.test(each!))
    if (own.length < PHRASE || isWhole || place !== 'anywhere' || hasGrammar(held, own)) return false
    const taken = held.filter((i) => own.some((each) => LETTERS.test(each) && isSaid(each, exchanges[i]!))).length
    return taken <= held.length / 2 && areUnlike(held, sharedBy(grams, held))
  }
  return { word, phrase }
}

/**
 * Whether the property is an invisible character or a look-alike letter, in few and unlike prompts. Other styles, such
 * as capitals, are not asked: they go with what people write about.
 */
export function isStrangeMark(grams: Grams, unlike: Independent): (id: number) => boolean {
  const holders = holdersOf(grams)
  return (id) => {
    if (grams.sizes[id] !== 0 || grams.frequency[id]! > MOST_HOLDERS || !isOddCharacter(grams.describe(id)))
      return false
    const held = holders(id)
    return unlike(held, sharedBy(grams, held), true) >= Math.max(SMALLEST, UNLIKE * held.length)
  }
}

function everyId({ count }: Grams): number[] {
  return Array.from({ length: count }, (_, id) => id)
}

/** The grams that nearly all of these prompts hold: an odd character is a word of its own, too. */
function sharedBy({ offsets, ids }: Grams, held: Int32Array): Set<number> {
  const counts = new Map<number, number>()
  for (const i of held)
    for (const id of ids.subarray(offsets[i], offsets[i + 1])) counts.set(id, (counts.get(id) ?? 0) + 1)
  return new Set([...counts].filter(([, count]) => count >= SHARED * held.length).map(([id]) => id))
}

/** Whether an answer, chosen or rejected, holds the word. */
export function isSaid(word: string, { response, rejected = '' }: Exchange): boolean {
  return [response, rejected].some((text) => text.toLowerCase().includes(word) && wordsOf(text).includes(word))
}
