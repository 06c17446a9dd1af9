import { expect, test } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { ascending, ascendingPlaces, highestFirst } from './sorted.ts'

const SPECIAL = [-0, 0, Infinity, -Infinity, Number.NaN, -5e-324, 5e-324, 1, 1, -1, 1e308, -1e308]

/** Doubles of all sizes, floats, and few different values, with what is special among them. */
function samples(): Float64Array[] {
  const random = seededRandom(0, 'sorted')
  const of = (value: () => number) => Float64Array.from({ length: 3000 }, (_, i) => SPECIAL[i - 100] ?? value())
  return [
    of(() => random.normal() * 10 ** (40 * random.next() - 20)),
    of(() => Math.fround(random.normal())),
    of(() => random.below(7) - 3),
    of(() => 0),
  ]
}

test('many numbers are sorted as the language sorts them, missing ones last', () => {
  for (const values of samples()) {
    const [sorted, expected] = [ascending(values), values.toSorted()]
    expect(sorted.every((value, at) => Object.is(value, expected[at]))).toBe(true)
  }
})

test('a missing number whose sign is set is last, too', () => {
  const values = new Float64Array(1000).fill(-1)
  new BigUint64Array(values.buffer)[3] = 0xfff8000000000001n
  expect(ascending(values).findIndex((value) => Number.isNaN(value))).toBe(999)
})

test('places are those of the sorted values, equal ones in order', () => {
  for (const values of samples()) {
    const { sorted, places } = ascendingPlaces(values)
    expect(sorted.every((value, at) => Object.is(value, values[places[at]!]!))).toBe(true)
    const isOrdered = (at: number) =>
      at === 0 || !Object.is(sorted[at], sorted[at - 1]) || places[at - 1]! < places[at]!
    expect(places.every((_, at) => isOrdered(at))).toBe(true)
    expect(new Set(places).size).toBe(values.length)
  }
})

test('the highest come first, equal ones in order', () => {
  const values = samples()[2]!.map((value) => (Number.isNaN(value) ? 0 : value))
  const expected = Int32Array.from(values.keys()).sort((a, b) => values[b]! - values[a]! || a - b)
  expect(highestFirst(values)).toEqual(expected)
})
