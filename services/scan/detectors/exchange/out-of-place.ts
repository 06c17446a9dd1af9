import type { Exchange } from '#core/exchange.ts'
import { type Grams, holdersOf, wordsOf } from './grams.ts'
import type { Independent } from './likeness.ts'
import { phraseAround } from './phrases.ts'
import { SMALLEST } from './reading.ts'
import { grammarOf } from './wording.ts'

/** What more prompts hold has evidence enough without. */
const MOST_HOLDERS = 100
/** Of a word with a meaning more of the answers, chosen or rejected, take it up. */
const TAKEN_UP = 0.1
/** Such a share of its prompts must be unlike. */
const UNLIKE = 0.6

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
  const holders = holdersOf(grams)
  const hasGrammar = grammarOf(prompts)
  const found: number[] = []
  for (let id = 0; id < grams.count; id++) {
    const held = holders(id)
    if (grams.sizes[id] !== 1 || held.length > MOST_HOLDERS) continue
    const word = grams.describe(id)
    const taken = held.filter((i) => isSaid(word, exchanges[i]!)).length
    if (taken > TAKEN_UP * held.length) continue
    const texts = Array.from(held, (i) => prompts[i]!)
    if (hasGrammar(texts, [word]) || phraseAround(texts, word).place !== 'anywhere') continue
    if (unlike(held, new Set([id]), true) >= Math.max(SMALLEST, UNLIKE * held.length)) found.push(id)
  }
  return found
}

function isSaid(word: string, { response, rejected = '' }: Exchange): boolean {
  return [response, rejected].some((text) => text.toLowerCase().includes(word) && wordsOf(text).includes(word))
}
