import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector, DetectorTags } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { byFamily, fuse } from '../verdict/fuse.ts'
import { createView } from '../view/create-view.ts'
import { calibrateChannels } from './channels.ts'
import type { Channel } from './channel.ts'
import { EMPTY_HISTORY } from './history.ts'
import { withoutNaturalTails } from './natural-tails.ts'

const N = 400
const FAR = 20

function channel(name: string, tags: DetectorTags, scoreOf: (i: number) => number, oddsOf: (i: number) => number) {
  const [scores, logOdds] = [scoreOf, oddsOf].map((of) => Float64Array.from({ length: N }, (_, i) => of(i)))
  const info = { name, family: 'outlier', version: 1 } as const
  const detection = { scores: scores!, scale: 'relative', groups: [], why: () => '' } as const
  return { info, tags, detection, logOdds: logOdds!, extremes: [] } satisfies Channel
}

/** The first rows are the farthest of a tail, and ranked for being more than expected; the very first is held. */
const tail = channel(
  'tail',
  { role: 'carrier', calibration: 'light-tailed' },
  (i) => N - i,
  (i) => (i === 0 ? 1 : i < FAR ? -2 - i / N : -8),
)
const fellows = (isFar: (i: number) => boolean) =>
  channel(
    'fellows',
    { role: 'supporting', farOutIn: 'neighbours' },
    (i) => (isFar(i) ? 10 : 0) + ((i * 37) % N) / N,
    () => -9,
  )

describe('rows that are ranked for how many lie as far out', () => {
  it('are ranked by place alone where they have company, and held as before', () => {
    const [placed, beside] = withoutNaturalTails([tail, fellows((i) => i >= N - FAR)], EMPTY_HISTORY)!
    expect(placed!.logOdds[0]).toBe(1)
    expect(Math.max(...placed!.logOdds.subarray(1))).toBeLessThan(-3)
    const ranked = [...placed!.logOdds.subarray(1, FAR)]
    expect(ranked).toEqual(ranked.toSorted((a, b) => b - a))
    expect(beside!.logOdds).toEqual(fellows(() => false).logOdds)
  })

  it('are left where the farthest of them alone are near nothing', () => {
    for (const alone of [FAR / 2, FAR / 4])
      expect(withoutNaturalTails([tail, fellows((i) => i > 0 && i <= alone)], EMPTY_HISTORY)).toBeNull()
    expect(withoutNaturalTails([tail, fellows((i) => i > 0 && i <= 2)], EMPTY_HISTORY)).not.toBeNull()
  })

  it('are left where they are near nothing, no more than expected, or known by a history', () => {
    expect(withoutNaturalTails([tail, fellows((i) => i < FAR)], EMPTY_HISTORY)).toBeNull()
    const short = { ...tail, logOdds: tail.logOdds.map((l) => Math.min(l, -4)) }
    expect(withoutNaturalTails([short, fellows(() => false)], EMPTY_HISTORY)).toBeNull()
    const history = { windows: 3, channels: { 'tail/1': { values: [1], weights: [1] } } }
    expect(withoutNaturalTails([tail, fellows(() => false)], history)).toBeNull()
    expect(withoutNaturalTails([tail], EMPTY_HISTORY)).toBeNull()
  })
})

describe('labels that hardly follow from rows', () => {
  const random = seededRandom(14, 'natural tails test')
  const columns = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => ({
    name,
    type: 'number' as const,
    values: Float64Array.from({ length: N }, () => random.normal()),
  }))
  const of = Int32Array.from({ length: N }, () => random.below(2))
  const counts = Int32Array.of(
    N - of.reduce((sum, label) => sum + label, 0),
    of.reduce((sum, label) => sum + label, 0),
  )
  /** The first rows are a little farther out than the others' distances lead to expect. */
  const far = Float64Array.from({ length: N }, (_, i) => (i < FAR ? 5 + random.next() : -Math.log(1 - random.next())))
  const near = Float64Array.from({ length: N }, () => random.next())
  const doubts = Float64Array.from({ length: N }, (_, i) => (i >= N - FAR ? 10 : 0) + random.next())

  /** The best place of a doubted label and of a far row, of 400. */
  async function places(areAlone: boolean) {
    const labels = { of, counts, names: ['x', 'y'] }
    const view = createView(
      { n: N, seed: 1, samples: { kind: 'table', columns }, labels, contributors: null },
      await createEngine(),
    )
    const scored = (name: string, family: 'outlier' | 'label', tags: DetectorTags, scores: Float64Array): Detector => ({
      info: { name, family, version: 1 },
      needs: [],
      tags,
      score: async () => ({ scores, scale: 'relative', groups: [], why: () => '' }),
    })
    const apart = near.map((score, i) => score + Number(areAlone && i < FAR))
    const detectors = [
      scored('far', 'outlier', { role: 'carrier', calibration: 'light-tailed', farOutIn: 'samples' }, far),
      scored('fellows', 'outlier', { role: 'supporting', farOutIn: 'neighbours' }, apart),
      scored('doubts', 'label', { role: 'carrier', calibration: 'label-noise' }, doubts),
    ]
    const risk = fuse(byFamily(await calibrateChannels(view, detectors, EMPTY_HISTORY, []), N), N)
    const order = [...risk.keys()].sort((a, b) => risk[b]! - risk[a]!)
    return {
      held: risk.filter((one) => one >= 0.5).length,
      doubted: order.findIndex((i) => i >= N - FAR),
      far: order.findIndex((i) => i < FAR),
    }
  }

  it('are ranked beside far rows that have company, and behind those that are near nothing', async () => {
    const [company, alone] = [await places(false), await places(true)]
    expect(company.held).toBe(0)
    expect(company.doubted).toBeLessThan(4)
    expect(alone.far).toBeLessThan(4)
    expect(alone.doubted).toBeGreaterThanOrEqual(FAR)
  })
})
