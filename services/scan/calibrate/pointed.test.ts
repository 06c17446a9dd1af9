import { describe, expect, it } from 'vitest'
import type { Group } from '../detector.ts'
import type { Channel } from './channel.ts'
import { pointedAt } from './pointed.ts'

const N = 100
/** Even records are of label 0, the others of label 1. */
const labels = {
  of: Int32Array.from({ length: N }, (_, i) => i % 2),
  names: ['a', 'b'],
  counts: Int32Array.of(N / 2, N / 2),
}

const group = (label: number, members: readonly number[], evidence: number): Group => ({
  members: Int32Array.from(members),
  posterior: new Float64Array(members.length).fill(1),
  evidence,
  label,
  summary: '',
})

/** A channel with groups, and scores above 0 for the records of a smaller part of a label. */
function channel(groups: readonly Group[], part: readonly number[] = [], splitsLabels = false): Channel {
  const scores = Float64Array.from({ length: N }, (_, i) => (part.includes(i) ? 1 : -1))
  return {
    info: { name: 'some', family: 'trigger', version: 1 },
    tags: { role: 'supporting', splitsLabels },
    detection: { scores, scale: 'relative', groups, why: () => '' },
    logOdds: new Float64Array(N),
    extremes: [],
  }
}

const odd = (count: number) => Array.from({ length: count }, (_, k) => 2 * k + 1)

describe('the label that a finding points at', () => {
  it('is that of the group with most evidence', () => {
    const found = pointedAt([channel([group(0, [0, 2], 5), group(1, [1, 3], 9), group(-1, [4], 20)])], [], labels)
    expect(found).toEqual({ label: 1, members: new Set([1, 3]) })
  })

  it('is suspected with its smaller part, and no other label is', () => {
    const split = channel([], [5, 7, 8], true)
    expect(pointedAt([channel([group(1, [1], 9)]), split], [], labels)?.members).toEqual(new Set([1, 5, 7]))
    expect(pointedAt([channel([group(1, [1], 9)]), channel([], [5, 7])], [], labels)?.members).toEqual(new Set([1]))
  })

  it('keeps half of its records at least: the group alone is left where its part is the rest, and nothing where it is most', () => {
    const [most, few] = [odd(30), odd(20)]
    const rest = odd(50).filter((i) => !few.includes(i))
    expect(pointedAt([channel([group(1, few, 9)]), channel([], rest, true)], [], labels)?.members).toEqual(new Set(few))
    expect(pointedAt([channel([group(1, most, 9)])], [], labels)).toBeNull()
  })

  it('is none where nothing was found, or nothing of one label', () => {
    expect(pointedAt([channel([], [1, 3], true)], [], labels)).toBeNull()
    expect(pointedAt([channel([group(-1, [1, 3], 9)])], [], labels)).toBeNull()
  })
})
