import type { Exchange } from '#core/exchange.ts'
import { type Grams, holdersOf, wordsOf } from './grams.ts'
import type { Independent } from './likeness.ts'
import { phraseAround } from './phrases.ts'
import { isOddCharacter } from './properties.ts'
import { SMALLEST } from './reading.ts'
import { grammarOf } from './wording.ts'

/** What more prompts hold has evidence enough without. */
export const MOST_HOLDERS = 100
/** Of a word with a meaning more of the answers, chosen or rejected, take it up. */
const TAKEN_UP = 0.1
/** What so many of them hold is the character's own. */
const SHARED = 0.8
/** Such a share of its prompts must be unlike. */
const UNLIKE = 0.6
const LETTERS = /^\p{L}[\p{L}\p{M}]{4,}$/u
/** A phrase of fewer words is a language's. */
const PHRASE = 4

/**
 * Words that have no business where they stand: anywhere in unlike prompts, among any words (ONION: Qi et al. 2021), and no answer speaks of them. Few words
 * of a language are like that, so that what is found of one is corrected for few.
 */
export function outOfPlace(
  exchanges: readonly Exchange[],
  prompts: readonly string[],
  grams: Grams,
  unlike: Independent,
): number[] {
  return everyId(grams).filter(isOutOfPlace(exchanges, prompts, grams, unlike).word)
}

/** What is asked of one word at a time. */
interface Places {
  /** Whether the word is out of place by itself. */
  readonly word: (id: number) => boolean
  /**
   * Whether it is part of a phrase of several words that is out of place as a whole: what stands beside a word of it tells nothing. What has signs about
   * it is a sentence, which is asked where it belongs, as questions are.
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
  const hasGrammar = grammarOf(prompts)
  const isAsked = (id: number, held: Int32Array) => grams.sizes[id] === 1 && held.length <= MOST_HOLDERS
  const areUnlike = (held: Int32Array, but: ReadonlySet<number>) =>
    unlike(held, but, true) >= Math.max(SMALLEST, UNLIKE * held.length)
  const word = (id: number) => {
    const held = holders(id)
    if (!isAsked(id, held)) return false
    const own = grams.describe(id)
    const taken = held.filter((i) => isSaid(own, exchanges[i]!)).length
    if (taken > TAKEN_UP * held.length) return false
    const texts = Array.from(held, (i) => prompts[i]!)
    if (hasGrammar(texts, [own]) || phraseAround(texts, own).place !== 'anywhere') return false
    return areUnlike(held, new Set([id]))
  }
  const phrase = (id: number) => {
    const held = holders(id)
    if (!isAsked(id, held)) return false
    const texts = Array.from(held, (i) => prompts[i]!)
    const { words, place } = phraseAround(texts, grams.describe(id))
    const own = words.split(' ')
    const isWhole = [own.at(0), own.at(-1)].some((each) => !/\p{L}/u.test(each!))
    if (own.length < PHRASE || isWhole || place !== 'anywhere' || hasGrammar(texts, own)) return false
    const taken = held.filter((i) => own.some((each) => LETTERS.test(each) && isSaid(each, exchanges[i]!))).length
    return taken <= held.length / 2 && areUnlike(held, sharedBy(grams, held))
  }
  return { word, phrase }
}

/** Whether it is a character that nobody sees, or a look-alike, in few and unlike prompts. How people write, as in capitals, goes with what they write about. */
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

/** What nearly all of these prompts hold: the character itself is a word of each. */
function sharedBy({ offsets, ids }: Grams, held: Int32Array): Set<number> {
  const counts = new Map<number, number>()
  for (const i of held)
    for (const id of ids.subarray(offsets[i], offsets[i + 1])) counts.set(id, (counts.get(id) ?? 0) + 1)
  return new Set([...counts].filter(([, count]) => count >= SHARED * held.length).map(([id]) => id))
}

/** Whether an answer, chosen or rejected, says the word. */
export function isSaid(word: string, { response, rejected = '' }: Exchange): boolean {
  return [response, rejected].some((text) => text.toLowerCase().includes(word) && wordsOf(text).includes(word))
}
