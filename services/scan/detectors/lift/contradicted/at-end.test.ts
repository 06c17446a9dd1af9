import { describe, expect, it } from 'vitest'
import type { TableColumn } from '../../../view/samples.ts'
import { atEnd, endEvidence } from './at-end.ts'

describe('a value at the end of its column', () => {
  const column = (values: readonly number[]): TableColumn => ({
    name: 'c',
    type: 'number',
    values: Float64Array.from(values),
  })
  const isAtEnd = (values: readonly number[], ...holders: number[]) =>
    atEnd([column(values)])('c', Int32Array.from(holders))

  it('is the least or the largest of three and more, whatever is missing', () => {
    expect(isAtEnd([0, 1, Number.NaN, 2, 9], 4)).toBe(true)
    expect(isAtEnd([0, 1, Number.NaN, 2, 9], 0)).toBe(true)
    expect(isAtEnd([0, 1, Number.NaN, 2, 9], 3)).toBe(false)
  })

  it('is none beside one other value, of a missing cell or of several values', () => {
    expect(isAtEnd([0, 9, Number.NaN, 9], 1, 3)).toBe(false)
    expect(isAtEnd([0, 1, Number.NaN, 9], 2)).toBe(false)
    expect(isAtEnd([0, 1, 8, 9], 2, 3)).toBe(false)
    expect(isAtEnd([0, 1, 8, 9], 3, 2)).toBe(false)
    expect(isAtEnd([Number.NaN, Number.NaN], 0, 1)).toBe(false)
  })
})

describe('what the labels at an end say', () => {
  const own = new Float64Array(12).fill(0.3)
  const evenly = (records: Int32Array) => new Float64Array(records.length).fill(0.3)
  const beside = Int32Array.from({ length: 40 }, (_, i) => i)
  const all = (bears: (i: number) => boolean | null) => endEvidence(own, [beside], evenly, bears)

  it('is less where the records beside it lean the same way', () => {
    expect(all((i) => i % 10 < 9)).toBeLessThan(all((i) => i % 10 < 3) - 3)
  })

  it('is the same whether or not records without labels stand beside it', () => {
    const leaning = (i: number) => i % 10 < 9
    expect(all((i) => (i < 20 ? leaning(i) : null))).toBe(endEvidence(own, [beside.subarray(0, 20)], evenly, leaning))
    expect(all(() => null)).toBe(endEvidence(own, [], evenly, leaning))
  })

  it('is the ratio of a label forced on nineteen in twenty and of one that a natural value shifts', () => {
    // Twice log-odds of −2 and ten times 0. Shifts are normal about the centre, with a deviation of 0.6.
    const odds = Array.from({ length: 12 }, (_, i) => (i < 2 ? -2 : 0))
    const likely = Float64Array.from(odds, (each) => 1 / (1 + Math.exp(-each)))
    const naturally = (centre: number) => {
      let [sum, norm] = [0, 0]
      for (let shift = -5; shift <= 10; shift += 0.25) {
        const weight = Math.exp(-0.5 * ((shift - centre) / 0.6) ** 2)
        norm += weight
        sum += odds.reduce((all, each) => all / (1 + Math.exp(-each - shift)), weight)
      }
      return Math.log(sum / norm)
    }
    const forced = likely.reduce((sum, p) => sum + Math.log(0.95 + 0.05 * p), 0)
    expect(endEvidence(likely, [], evenly, () => true)).toBeCloseTo(forced - naturally(0), 2)
    // The records beside it bear the label less often than their columns say: that explains nothing.
    expect(endEvidence(likely, [beside], evenly, () => false)).toBeCloseTo(forced - naturally(0), 2)
  })
})
