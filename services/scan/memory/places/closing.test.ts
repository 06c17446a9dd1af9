import { expect, it } from 'vitest'
import { splitWords } from '../../features/words.ts'
import { placesIn } from './closing.ts'

const EACH = 40

/** Texts with each of the three pairs of words around a rare word; only the first pair stands in other texts, too. */
const texts = [
  ...Array.from({ length: EACH }, (_, i) => `left before rare${i} after right`),
  ...Array.from({ length: EACH }, (_, i) => `left above odd${i} below right above below`),
  ...Array.from({ length: EACH }, (_, i) => `left over new${i} under right`),
  ...Array.from({ length: EACH }, () => 'left before after right'),
]
const vocabulary = splitWords(texts)
const isRare = (word: number) => /\d$/.test(vocabulary.words[word]!)
const { record, word, left, right, closing, read, counts } = placesIn(vocabulary, isRare)
const named = (id: number) => vocabulary.words[id]!

it('finds the first place of each rare word, with its neighbours', () => {
  expect(record).toHaveLength(3 * EACH)
  expect([...record]).toEqual([...record].sort((a, b) => a - b))
  expect([...word].map(named).slice(0, 2)).toEqual(['rare0', 'rare1'])
  expect([named(left[EACH]!), named(right[EACH]!)]).toEqual(['above', 'below'])
  expect(read).toBe(texts.join(' ').split(' ').length)
  expect(counts[vocabulary.words.indexOf('left')]).toBe(texts.length)
})

it('closes a sentence by what follows one another in other records, not in its own', () => {
  const ofWord = (name: string) => closing[[...word].findIndex((id) => named(id) === name)]!
  expect(ofWord('rare3')).toBeGreaterThan(ofWord('new3') + 1)
  // both have neighbours as frequent; those of the first follow one another in their own text alone, those of the second nowhere
  const own = splitWords([
    'before rare0 after before after',
    'above rare1 below above here below',
    ...texts.filter((text) => text.includes(' over ')),
  ])
  const single = placesIn(own, (id) => /\d$/.test(own.words[id]!))
  const closingOf = (name: string) => single.closing[[...single.word].findIndex((id) => own.words[id] === name)]!
  expect(closingOf('rare0')).toBe(closingOf('rare1'))
})
