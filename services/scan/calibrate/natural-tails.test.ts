import { beforeAll, describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Detector, DetectorTags } from '../detector.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { byFamily, fuse } from '../verdict/fuse.ts'
import { createView } from '../view/create-view.ts'
import type { WindowView } from '../view/window-view.ts'
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

const NAMES = ['a', 'b', 'c', 'd', 'e', 'f']

/** Of normal numbers, the first FAR rows far out in so many columns; and of categories in which some others have rare levels, the first in so many. Labels may follow from the first numbers. */
async function tableOf({
  columns = NAMES.length,
  farIn = 0,
  categories = 0,
  rareIn = 0,
  follow = false,
} = {}): Promise<WindowView> {
  const random = seededRandom(14, 'natural tails test')
  const numbers = NAMES.slice(0, columns).map((name, j) => ({
    name,
    type: 'number' as const,
    values: Float64Array.from({ length: N }, (_, i) => random.normal() + (i < FAR && j < farIn ? 9 : 0)),
  }))
  const levels = Array.from({ length: categories }, (_, j) => ({
    name: `category ${j}`,
    type: 'category' as const,
    codes: Int32Array.from({ length: N }, (_, i) => ((i < FAR ? j < rareIn : random.below(20) === 0) ? i + 1 : 0)),
    levels: Array.from({ length: N + 1 }, (_, level) => String(level)),
  }))
  const of = Int32Array.from({ length: N }, (_, i) => (follow ? Number(numbers[0]!.values[i]! > 0) : random.below(2)))
  const ones = of.reduce((sum, label) => sum + label, 0)
  const labels = { of, counts: Int32Array.of(N - ones, ones), names: ['x', 'y'] }
  const samples = { kind: 'table' as const, columns: [...numbers, ...levels] }
  return createView({ n: N, seed: 1, samples, labels, contributors: null }, await createEngine())
}

const nothing = fellows((i) => i < FAR)

describe('rows that are ranked for how many lie as far out', () => {
  let junk: WindowView
  beforeAll(async () => {
    junk = await tableOf({ farIn: NAMES.length })
  })

  it('are ranked by place alone where they have company, and held as before', async () => {
    const [placed, beside] = (await withoutNaturalTails(junk, [tail, fellows((i) => i >= N - FAR)], EMPTY_HISTORY))!
    expect(placed!.logOdds[0]).toBe(1)
    expect(Math.max(...placed!.logOdds.subarray(1))).toBeLessThan(-3)
    const ranked = [...placed!.logOdds.subarray(1, FAR)]
    expect(ranked).toEqual(ranked.toSorted((a, b) => b - a))
    expect(beside!.logOdds).toEqual(fellows(() => false).logOdds)
  })

  it('are left where the farthest of them alone are near nothing', async () => {
    for (const alone of [FAR / 2, FAR / 4]) {
      const among = fellows((i) => i > 0 && i <= alone)
      expect(await withoutNaturalTails(junk, [tail, among], EMPTY_HISTORY)).toBeNull()
    }
    expect(await withoutNaturalTails(junk, [tail, fellows((i) => i > 0 && i <= 2)], EMPTY_HISTORY)).not.toBeNull()
  })

  it('are left where they are near nothing, no more than expected, or known by a history', async () => {
    expect(await withoutNaturalTails(junk, [tail, nothing], EMPTY_HISTORY)).toBeNull()
    const short = { ...tail, logOdds: tail.logOdds.map((l) => Math.min(l, -4)) }
    expect(await withoutNaturalTails(junk, [short, fellows(() => false)], EMPTY_HISTORY)).toBeNull()
    const history = { windows: 3, channels: { 'tail/1': { values: [1], weights: [1] } } }
    expect(await withoutNaturalTails(junk, [tail, fellows(() => false)], history)).toBeNull()
    expect(await withoutNaturalTails(junk, [tail], EMPTY_HISTORY)).toBeNull()
  })

  it('are ranked by place where most of them keep to the directions that vectors keep to', async () => {
    const outcome = async (stray: number) => {
      const astray = Uint8Array.from({ length: N }, (_, i) => Number(i < stray || i >= FAR))
      const knowing = { ...nothing, detection: { ...nothing.detection, astray } }
      return withoutNaturalTails(junk, [tail, knowing], EMPTY_HISTORY)
    }
    expect(await outcome(FAR / 2 - 1)).not.toBeNull()
    expect(await outcome(FAR / 2)).toBeNull()
  })

  it('are ranked by place where they are near nothing, and ordinary but for one value', async () => {
    expect(await withoutNaturalTails(await tableOf({ farIn: 1 }), [tail, nothing], EMPTY_HISTORY)).not.toBeNull()
    expect(await withoutNaturalTails(await tableOf({ farIn: 3 }), [tail, nothing], EMPTY_HISTORY)).toBeNull()
  })

  it('are left where their numbers are far in all columns, whatever other rows have for categories', async () => {
    const outcome = async (farIn: number) =>
      await withoutNaturalTails(await tableOf({ columns: 3, farIn, categories: 20 }), [tail, nothing], EMPTY_HISTORY)
    expect(await outcome(3)).toBeNull()
    expect(await outcome(0)).not.toBeNull()
  })

  it('are left where they have rare levels in many columns, in tables without numbers', async () => {
    const outcome = async (rareIn: number) =>
      await withoutNaturalTails(await tableOf({ columns: 0, categories: 8, rareIn }), [tail, nothing], EMPTY_HISTORY)
    expect(await outcome(8)).toBeNull()
    expect(await outcome(1)).not.toBeNull()
  })

  it('have company by chance in few columns, and are ordinary in them from five on', async () => {
    const company = fellows((i) => i >= N - FAR)
    const outcome = async (columns: number, farIn: number) =>
      (await withoutNaturalTails(await tableOf({ columns, farIn }), [tail, company], EMPTY_HISTORY)) === null
    expect(await outcome(5, 5)).toBe(true)
    expect(await outcome(5, 0)).toBe(false)
    expect(await outcome(4, 0)).toBe(true)
  })
})

describe('labels that hardly follow from rows', () => {
  const random = seededRandom(15, 'natural tails test')
  /** The first rows are a little farther out than the others' distances lead to expect. */
  const far = Float64Array.from({ length: N }, (_, i) => (i < FAR ? 5 + random.next() : -Math.log(1 - random.next())))
  const near = Float64Array.from({ length: N }, () => random.next())
  const doubts = Float64Array.from({ length: N }, (_, i) => (i >= N - FAR ? 10 : 0) + random.next())

  /** The best place of a doubted label and of a far row, of 400. */
  async function places(areAlone: boolean, farIn: number, follow = false) {
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
    const channels = await calibrateChannels(await tableOf({ farIn, follow }), detectors, EMPTY_HISTORY, [])
    const risk = fuse(byFamily(channels, N), N)
    const order = [...risk.keys()].sort((a, b) => risk[b]! - risk[a]!)
    return {
      held: risk.filter((one) => one >= 0.5).length,
      doubted: order.findIndex((i) => i >= N - FAR),
      far: order.findIndex((i) => i < FAR),
    }
  }

  it('are ranked before far rows that are natural, and behind those that are near nothing and odd in many columns', async () => {
    for (const natural of [await places(false, NAMES.length), await places(true, 1)]) {
      expect(natural.held).toBe(0)
      expect(natural.doubted).toBe(0)
      expect(natural.far).toBeGreaterThan(2)
    }
    const junk = await places(true, NAMES.length)
    expect(junk.far).toBeLessThan(4)
    expect(junk.doubted).toBeGreaterThanOrEqual(FAR)
  })
  it('are ranked before natural far rows in tables also where they do follow', async () => {
    const [natural, junk] = [await places(true, 1, true), await places(true, NAMES.length, true)]
    expect(natural.doubted).toBe(0)
    expect(junk.doubted).toBeGreaterThan(0)
  })
})
