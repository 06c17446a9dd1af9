import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { medianOf, nth } from './select.ts'

/** Values of several kinds: all different, many alike, in order, and some that are no numbers. */
function drawn(kind: number, n: number, seed: number): Float64Array {
  const random = seededRandom(seed, `select/${kind}`)
  const draw = [
    () => random.normal(),
    () => random.below(4),
    (at: number) => at,
    (at: number) => -at,
    () => (random.next() < 0.1 ? Number.NaN : random.normal()),
    () => (random.next() < 0.1 ? Infinity : -Infinity),
  ][kind]!
  return Float64Array.from({ length: n }, (_, at) => draw(at))
}

describe('nth', () => {
  it.each([0, 1, 2, 3, 4, 5])('is what stands there in order, of values of kind %i', (kind) => {
    for (const n of [1, 2, 3, 10, 65, 400]) {
      for (let seed = 0; seed < 5; seed++) {
        const values = drawn(kind, n, seed)
        const sorted = values.toSorted()
        for (const place of new Set([0, 1, n >> 2, n >> 1, n - 1])) {
          expect(nth(values.slice(), place)).toBe(place < n ? sorted[place] : undefined)
        }
      }
    }
  })

  it('is nothing where nothing stands', () => {
    expect(nth(new Float64Array(0), 0)).toBeUndefined()
    expect(nth(Float64Array.of(1, 2), 2)).toBeUndefined()
    expect(nth(Float64Array.of(1, 2), -1)).toBeUndefined()
  })

  it('keeps all values', () => {
    const values = drawn(1, 100, 7)
    const sorted = values.toSorted()
    nth(values, 30)
    expect(values.toSorted()).toEqual(sorted)
  })
})

describe('the median', () => {
  it('is the middle one, or midway between the two', () => {
    expect(medianOf(Float64Array.of(3, 1, 2))).toBe(2)
    expect(medianOf(Float64Array.of(4, 1, 3, 2))).toBe(2.5)
    expect(medianOf(Float64Array.of(5, 5, 1, 5))).toBe(5)
    expect(medianOf(new Float64Array(0))).toBe(0)
  })

  it('is nobody’s where half of them are no numbers', () => {
    expect(medianOf(Float64Array.of(1, Number.NaN))).toBeNaN()
  })
})
