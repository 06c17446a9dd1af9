import { describe, expect, it } from 'vitest'
import type { Channel } from '../calibrate/channel.ts'
import type { WindowView } from '../view/window-view.ts'
import { fuse } from './fuse.ts'
import { oddsByPlace } from './places.ts'

const N = 500
const table = { n: N, samples: { kind: 'table', columns: [] } } as unknown as WindowView

/** A channel whose scores rise with the record, or fall. */
function channel(tags: Channel['tags'], falls = false): Channel {
  const scores = Float64Array.from({ length: N }, (_, i) => (falls ? -i : i))
  return {
    info: { name: 'channel', family: 'outlier', version: 1 },
    tags,
    detection: { scores, scale: 'relative', groups: [], why: () => '' },
    logOdds: scores,
    extremes: [],
  }
}
const ranking = { role: 'supporting', ranksTables: true } as const

describe('oddsByPlace', () => {
  it('falls with the place in thousandths of the window', () => {
    const odds = oddsByPlace(table, [channel(ranking)])!
    expect(odds[N - 1]).toBe(-3.5)
    expect(odds[N - 2]).toBeCloseTo(-3.5 - Math.log(3))
    expect(odds[0]).toBeCloseTo(-3.5 - Math.log(999))
  })

  it('is of the best place where several channels rank', () => {
    const odds = oddsByPlace(table, [channel(ranking), channel(ranking, true)])!
    expect([odds[0], odds[N - 1]]).toEqual([-3.5, -3.5])
    expect(odds[N / 2]).toBeLessThan(-9)
  })

  it('is the last place of records with one score, wherever they stand', () => {
    const scores = Float64Array.from({ length: N }, (_, i) => Number(i >= N - 5))
    const told = { ...channel(ranking), detection: { ...channel(ranking).detection, scores } }
    const odds = oddsByPlace(table, [told])!
    expect(odds[N - 1]).toBeCloseTo(-3.5 - Math.log(1 + 8))
    expect(odds[N - 5]).toBe(odds[N - 1])
    expect(odds[0]).toBeCloseTo(-3.5 - Math.log(999))
    expect(odds[0]).toBe(odds[N - 6])
  })

  it('is of no channel that has a say of its own, and of tables alone', () => {
    expect(oddsByPlace(table, [channel({ role: 'supporting' }), channel({ role: 'carrier', ranksTables: true })])).toBe(
      null,
    )
    const images = { n: N, samples: { kind: 'image' } } as unknown as WindowView
    expect(oddsByPlace(images, [channel(ranking)])).toBe(null)
  })

  it('ranks a record in the risk, and neither lowers one nor comes near what is held', () => {
    const logOdds = Float64Array.from({ length: N }, (_, i) => (i === 3 ? 4 : -9))
    const verdict = { family: 'label', logOdds, loudest: new Int32Array(N), channels: [] } as const
    const [alone, placed] = [fuse([verdict], N), fuse([verdict], N, oddsByPlace(table, [channel(ranking)]))]
    expect(placed[3]).toBe(alone[3])
    expect(placed[N - 1]).toBeGreaterThan(100 * alone[N - 1]!)
    expect(Math.max(...placed.filter((_, i) => i !== 3))).toBeLessThan(0.1)
  })
})
