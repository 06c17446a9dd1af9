import { describe, expect, test } from 'vitest'
import { NO_PAST, overRounds, type Past } from './past.ts'

/** What rounds of these values come to, the last one's mean first. */
function means(values: readonly number[], of: 'mean' | 'standing' = 'mean'): number[] {
  let past: Past = NO_PAST
  return values.map((value) => {
    const rounds = overRounds(past)
    const result = rounds[of]('a', value)
    past = new Map([...past, ...rounds.learned])
    return result
  })
}
const times = (count: number, value: number) => Array.from({ length: count }, () => value)

describe('a mean over rounds', () => {
  test('is that of all of them, up to eight', () => {
    expect(means([1, 3, 5])).toEqual([1, 2, 3])
    expect(means(times(8, 2).with(7, 10)).at(-1)).toBe(3)
  })

  test('gives nobody credit for more: who turns after a hundred rounds is as soon seen as after eight', () => {
    const turned = (before: number) => means([...times(before, 0), ...times(6, 8)]).at(-1)!
    expect(turned(100)).toBeCloseTo(turned(8), 12)
    expect(turned(100)).toBeGreaterThan(4)
  })

  test('goes on from one that an earlier version added up over more rounds', () => {
    const rounds = overRounds(new Map([['a', { sum: 300, rounds: 100 }]]))
    expect(rounds.mean('a', 11)).toBe(4)
    expect(rounds.learned.get('a')).toEqual({ sum: 32, rounds: 8 })
  })

  test('of a standing begins with two rounds of nothing', () => {
    expect(means([3, 3, 3, 3], 'standing')).toEqual([1, 1.5, 1.8, 2])
  })
})
