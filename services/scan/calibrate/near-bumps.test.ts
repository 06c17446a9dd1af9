import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { DetectorTags } from '../detector.ts'
import type { Grouping, Samples, TableColumn } from '../view/samples.ts'
import type { Channel } from './channel.ts'
import { EMPTY_HISTORY } from './history.ts'
import { withNearBumps } from './near-bumps.ts'

const N = 4000
const PLANTED = 120
const random = seededRandom(11, 'near bumps')
const isPlanted = (i: number) => i < PLANTED
/** Logarithms of distances, which thin out; the first records lie together beyond them, where a longer tail would reach. */
const distances = Float64Array.from({ length: N }, (_, i) => {
  const far = Math.abs(random.normal())
  return isPlanted(i) ? 3.6 + 0.4 * random.next() : 1 + (far < 2.4 ? far : random.next())
})
const anywhere = Float64Array.from({ length: N }, () => random.next())

function channel(name: string, tags: DetectorTags, scores: Float64Array): Channel {
  const info = { name, family: 'outlier', version: 1 } as const
  const detection = { scores, scale: 'relative', groups: [], why: () => '' } as const
  return { info, tags, detection, logOdds: new Float64Array(N).fill(-2), extremes: [] }
}
const tail = channel('tail', { role: 'carrier', calibration: 'light-tailed' }, distances)

const table = (values: Float64Array): Samples => {
  const column: TableColumn = { name: 'x', type: 'number', values }
  return { kind: 'table', columns: [column] }
}

/** How many of the planted rows are held, and how many others; `alone` says which planted rows are far from all. */
function held(
  alone: (i: number) => boolean,
  samples = table(anywhere),
  of = tail,
  history = EMPTY_HISTORY,
  labels: Grouping | null = null,
) {
  const apart = anywhere.map((score, i) => (alone(i) ? 2 + score : score))
  const fellows = channel('fellows', { role: 'supporting', farOutIn: 'neighbours' }, apart)
  const [judged] = withNearBumps([of, fellows], { samples, labels }, history)
  const isHeld = judged!.logOdds.map((l) => Number(l >= 0))
  return [isHeld.subarray(0, PLANTED), isHeld.subarray(PLANTED)].map((some) => some.reduce((sum, is) => sum + is, 0))
}

describe('rows that come more often again farther out', () => {
  it('are held where they are far from all others', () => {
    const [planted, others] = held(isPlanted)
    expect(planted).toBeGreaterThan(0.8 * PLANTED)
    expect(others).toBe(0)
  })

  it('are a kind where a fifth of them have company', () => {
    expect(held((i) => isPlanted(i) && i % 5 > 0)).toEqual([0, 0])
  })

  it('are a kind where they share a value', () => {
    expect(held(isPlanted, table(anywhere.map((value, i) => (isPlanted(i) ? 7 : value))))).toEqual([0, 0])
  })

  it('are a kind where they bear a rare label', () => {
    const labelled = (of: (i: number) => number) => {
      const labels = { of: Int32Array.from({ length: N }, (_, i) => of(i)), names: ['x', 'y'] }
      return { ...labels, counts: Int32Array.of(...[0, 1].map((label) => labels.of.filter((l) => l === label).length)) }
    }
    const under = (of: (i: number) => number) => held(isPlanted, table(anywhere), tail, EMPTY_HISTORY, labelled(of))
    expect(under((i) => Number(isPlanted(i)))).toEqual([0, 0])
    expect(under((i) => i % 2)[0]).toBeGreaterThan(0.8 * PLANTED)
  })

  it('are groups where they share levels that no other row has', () => {
    const levels = Array.from({ length: N / 4 }, (_, code) => String(code))
    const inFours = Int32Array.from({ length: N }, (_, i) => i >> 2)
    const strewn = inFours.map((_, i) => i % levels.length)
    const orders = (codes: Int32Array): Samples => ({
      kind: 'table',
      columns: [{ name: 'order', type: 'category', codes, levels }],
    })
    expect(held(isPlanted, orders(inFours))).toEqual([0, 0])
    expect(held(isPlanted, orders(strewn))[0]).toBeGreaterThan(0.8 * PLANTED)
  })

  it('are not asked where a history knows how far rows lie', () => {
    const history = { windows: 3, channels: { 'tail/1': { values: [1], weights: [1] } } }
    expect(held(isPlanted, undefined, undefined, history)).toEqual([0, 0])
  })

  it('are none where rows thin out', () => {
    const thinning = Float64Array.from({ length: N }, () => 1 + Math.abs(random.normal()))
    expect(held(() => false, undefined, channel('tail', tail.tags, thinning))).toEqual([0, 0])
    const farthest = [...thinning.keys()].sort((a, b) => thinning[b]! - thinning[a]!).slice(0, PLANTED)
    const far = new Set(farthest)
    expect(held((i) => far.has(i), undefined, channel('tail', tail.tags, thinning))).toEqual([0, 0])
  })
})

describe('rows beyond a gap', () => {
  const few = PLANTED / 4
  /** Spread over a long way, so that there is no cluster. */
  const spread = distances.map((distance, i) => (i < few ? 5 + i / 10 : isPlanted(i) ? 1 : distance))
  const holding = { ...tail, detection: { ...tail.detection, holding: spread } }
  const judged = (alone: (i: number) => boolean, of: Channel) => held(alone, undefined, of)

  it('are held where most are far from all others', () => {
    expect(judged((i) => i < few, holding)).toEqual([few, 0])
    expect(judged((i) => i < few && i % 5 > 0, holding)).toEqual([few, 0])
  })

  it('are a kind where most have company', () => {
    expect(judged((i) => i < few && i % 3 === 0, holding)).toEqual([0, 0])
  })

  it('are asked by what rows of tables are held by, and not by what only ranks them', () => {
    expect(judged((i) => i < few, channel('tail', tail.tags, spread))).toEqual([0, 0])
  })
})
