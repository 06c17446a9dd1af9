import type { Mark } from '../marks.ts'
import { numberOf } from '../hunt/words.ts'
import type { ScanInput } from '../../view/samples.ts'
import { vocabularyOf } from '../../view/vocabulary.ts'
import { insertedIn, type Inserted } from './inserted.ts'
import type { WindowPlaces } from './places.ts'
import type { KindOf } from './same-text.ts'

/** Where a record of the pool is from: its window's place in the list of windows, and its index in it. */
export interface PoolRow {
  readonly part: number
  readonly index: number
}

/**
 * The words that somebody put into texts of one label, by name. The windows' places have only the words' numbers, and
 * another word may have the same number; so a word is named by the texts of its own members that are in the pool. A word
 * with no member there keeps the name that its campaign has, and is not reported yet where it has none. Where members' texts have several words with the number, the most frequent
 * one is the word, and the others are named beside it. `from` has the origin of each record of the pool, in its order.
 * Pure.
 */
export function insertedWords(
  windows: readonly (WindowPlaces | null)[],
  kindOf: KindOf,
  known: readonly Mark[],
  { samples, seed }: Pick<ScanInput, 'samples' | 'seed'>,
  from: readonly PoolRow[],
): Inserted[] {
  const numbers = known.flatMap(({ trigger, label }) => {
    const word = wordOf(trigger)
    return word === null ? [] : [{ word, number: numberOf(word, seed), label }]
  })
  const found = insertedIn(windows, kindOf, numbers)
  if (found.length === 0) return []
  const { words, offsets, ids } = vocabularyOf(samples)
  const wanted = new Set(found.map(({ number }) => number))
  const numbered = new Map(
    words.map((word, id) => [id, numberOf(word, seed)] as const).filter(([, number]) => wanted.has(number)),
  )
  const rows = new Map(from.map(({ part, index }, row) => [`${part}/${index}`, row]))
  return found.flatMap(({ number, ...one }) => {
    const counts = new Map<string, number>()
    for (const { part, index } of one.members) {
      const row = rows.get(`${part}/${index}`)
      if (row === undefined) continue
      for (const id of new Set(ids.subarray(offsets[row], offsets[row + 1])))
        if (numbered.get(id) === number) counts.set(words[id]!, (counts.get(words[id]!) ?? 0) + 1)
    }
    const campaigns = numbers.find((mark) => mark.number === number && mark.label === one.label)?.word
    const [word = campaigns, ...others] = [...counts]
      .sort(([a, ofA], [b, ofB]) => ofB - ofA || (a < b ? -1 : 1))
      .map(([written]) => written)
    return word === undefined ? [] : [{ word, ...(others.length > 0 && { others }), ...one }]
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
