import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { splitWords } from '../../features/words.ts'
import { keyOf, pairHash, placesIn } from './closing.ts'

it('hashes pairs of words by the seed, so that pairs which collide with one do not with another', () => {
  const SLOTS = 2 ** 10
  const slotsOf = (rights: readonly number[], seed: number) =>
    new Set(rights.map((right) => pairHash(7, right, keyOf(seed)) % SLOTS)).size
  const rights = Array.from({ length: 200_000 }, (_, right) => right)
  const colliding = rights.filter((right) => pairHash(7, right, keyOf(1)) % SLOTS === 0)
  expect(colliding.length).toBeGreaterThan(100)
  expect(slotsOf(colliding, 1)).toBe(1)
  expect(slotsOf(colliding, 2)).toBeGreaterThan(0.8 * colliding.length)
})

it('finds the same places and closings with every seed', () => {
  const random = seededRandom(3, 'texts')
  const texts = Array.from({ length: 300 }, () => Array.from({ length: 12 }, () => `w${random.below(90)}`).join(' '))
  const vocabulary = splitWords(texts)
  const found = placesIn(vocabulary, 1, (word) => word % 3 === 0)
  expect(found.record.length).toBeGreaterThan(500)
  expect(placesIn(vocabulary, 2, (word) => word % 3 === 0)).toEqual(found)
})
