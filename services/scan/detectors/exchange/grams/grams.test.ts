import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { gramsOf, holdersOf, wordsOf } from './grams.ts'
import { NumberedWords } from './numbered-words.ts'

const [LEAST, MOST] = [3, 30]

/** Texts of words that are the rarer, the higher their number. */
function invented(n: number, seed: number): string[] {
  const random = seededRandom(seed, 'grams')
  const word = () => `w${Math.floor(200 * random.next() ** 3)}`
  return Array.from({ length: n }, () => Array.from({ length: random.below(30) }, word).join(' '))
}

function expected(texts: readonly string[], sizes: readonly number[]): Map<string, number[]> {
  const holders = new Map<string, number[]>()
  texts.forEach((text, i) => {
    const words = wordsOf(text)
    const runs = sizes.flatMap((size) => words.slice(size - 1).map((_, at) => words.slice(at, at + size).join(' ')))
    for (const run of new Set(runs)) holders.set(run, [...(holders.get(run) ?? []), i])
  })
  return new Map([...holders].filter(([, { length }]) => length >= LEAST && length <= MOST))
}

it.each([1, 2])('runs of words that enough texts hold, and those that hold them, seed %i', (seed) => {
  const texts = invented(300, seed)
  const sizes = [1, 2, 4]
  const numbered = new NumberedWords().texts(
    texts.map((text) => [text]),
    100,
  )
  const even = (i: number) => (i % 20 === 0 ? ['a property'] : [])
  const grams = gramsOf(numbered, even, { sizes, least: LEAST, most: MOST })
  const holders = holdersOf(grams)
  const found = new Map(Array.from({ length: grams.count }, (_, id) => [grams.describe(id), [...holders(id)]]))
  const wanted = expected(texts, sizes).set(
    'a property',
    [...texts.keys()].filter((i) => i % 20 === 0),
  )
  expect(found).toEqual(wanted)
  expect(holders(0).length).toBe(grams.frequency[0])
})
