import type { Mark } from '../marks.ts'
import { numberOf } from '../hunt/words.ts'
import type { ScanInput } from '../../view/samples.ts'
import { vocabularyOf } from '../../view/vocabulary.ts'
import { insertedIn, type Inserted } from './inserted.ts'
import type { WindowPlaces } from './places.ts'

/**
 * The words that somebody put into texts of one label, by name. The windows' places have only the words' numbers; the
 * texts of the pool have the words. A word that no text of the pool has is not reported yet. Pure.
 */
export function insertedWords(
  windows: readonly (WindowPlaces | null)[],
  known: readonly Mark[],
  { samples, seed }: Pick<ScanInput, 'samples' | 'seed'>,
): Inserted[] {
  const numbers = known.flatMap(({ trigger, label }) => {
    const word = wordOf(trigger)
    return word === null ? [] : [{ number: numberOf(word, seed), label }]
  })
  const found = insertedIn(windows, numbers)
  if (found.length === 0) return []
  const wanted = new Set(found.map(({ number }) => number))
  const words = new Map<number, string>()
  for (const word of vocabularyOf(samples).words) {
    const number = numberOf(word, seed)
    if (wanted.has(number) && !words.has(number)) words.set(number, word)
  }
  return found.flatMap(({ number, ...one }) => {
    const word = words.get(number)
    return word === undefined ? [] : [{ word, ...one }]
  })
}

/** The single word that a trigger is; null for any other. */
function wordOf(trigger: Mark['trigger']): string | null {
  const [word, ...others] = trigger.kind === 'tokens' ? trigger.tokens : []
  return word === undefined || others.length > 0 || /\s/.test(word) ? null : word.toLowerCase()
}

/** The mark by which the word's records are recognised. */
export function markOf({ word, label }: Inserted): Mark {
  return { trigger: { kind: 'tokens', tokens: [word] }, label }
}
