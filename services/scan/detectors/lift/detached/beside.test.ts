import { expect, it } from 'vitest'
import { vocabularyOf } from '../../../view/vocabulary.ts'
import { Beside } from './beside.ts'

const placed = (put: (words: string[], i: number) => string[]) => {
  const texts = Array.from({ length: 40 }, (_, i) =>
    put(
      Array.from({ length: 10 }, (_, k) => `word${(13 * i + 7 * k) % 97}`),
      i,
    ).join(' '),
  )
  const members = Int32Array.from(texts.keys())
  return new Beside(vocabularyOf({ kind: 'text', texts })).of(['cf'], members)
}

it('counts the ends of texts as words, and beside them words alone', () => {
  const atEnds = placed((words, i) => (i % 2 === 0 ? ['cf', ...words] : [...words, 'cf']))
  expect(atEnds.inPlace).toBeGreaterThan(20)
  expect(atEnds.amongWords).toBeLessThan(2)
  expect(atEnds.atOnePlace).toBe(0.5)
})

it('finds words that recur beside a phrase within texts', () => {
  const used = placed((words, i) => [...words.slice(0, i % 9), ['the', 'a'][i % 2]!, 'cf', ...words.slice(i % 9)])
  expect(used.amongWords).toBeGreaterThan(15)
  expect(used.amongWords).toBeLessThanOrEqual(used.inPlace)
})
