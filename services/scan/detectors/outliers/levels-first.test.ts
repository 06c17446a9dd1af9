import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { calibrateChannels } from '../../calibrate/channels.ts'
import { EMPTY_HISTORY } from '../../calibrate/history.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import type { TableColumn } from '../../view/samples.ts'
import { levelsFirst } from './levels-first.ts'
import { Mahalanobis } from './mahalanobis.ts'
import { OutlierFiltering } from './outlier-filtering.ts'

const engine = await createEngine()
const N = 2000
const numbers = (name: string, of: (i: number) => number): TableColumn => ({
  name,
  type: 'number',
  values: Float64Array.from({ length: N }, (_, i) => of(i)),
})

/** How many of some records lie farther out than the median of others. */
async function farther(columns: readonly TableColumn[], some: (i: number) => boolean, others: (i: number) => boolean) {
  const view = createView(
    { n: N, seed: 1, samples: { kind: 'table', columns }, labels: null, contributors: null },
    engine,
  )
  const { scores: ranking, holding: scores = ranking } = await new Mahalanobis().score(view)
  const median = scores.filter((_, i) => others(i)).sort()
  return scores.filter((score, i) => some(i) && score > median[median.length >> 1]!).length
}

describe('levelsFirst', () => {
  it('puts columns of two values first, the rarest foremost, and counts them for no more than how seldom they are', () => {
    const x = matrix(100, 3)
    for (let i = 0; i < 100; i++) x.data.set([i, i < 40 ? 1 : 0, i < 98 ? 2 : 0], i * 3)
    const { x: ordered, largest } = levelsFirst(x, 12)!
    expect([...ordered.data.subarray(99 * 3, 100 * 3)]).toEqual([0, 0, 99])
    expect(largest[0]).toBeCloseTo(-2 * Math.log(0.02))
    expect(largest[1]).toBeCloseTo(-2 * Math.log(0.4))
    expect(largest[2]).toBe(12)
  })

  it('never counts a column for more than asked', () => {
    const x = matrix(5000, 1)
    x.data[7] = 1
    expect([...levelsFirst(x, 12)!.largest]).toEqual([12])
  })
})

describe('Mahalanobis of rows', () => {
  const isOdd = (i: number) => i % 100 === 1

  it('finds a number far out odder than a level that one record in sixteen has', async () => {
    const random = seededRandom(4, 'levels first')
    const measured = ['a', 'b'].map((name) =>
      numbers(name, (i) => (isOdd(i) && name === 'a' ? 4 : 0) + random.normal()),
    )
    const flag = numbers('flag', (i) => Number(i % 16 === 0))
    expect(await farther([...measured, flag], isOdd, (i) => i % 16 === 0 && !isOdd(i))).toBeGreaterThan(15)
  })

  it('says once, by its name, what all records of a unit have in common', async () => {
    const random = seededRandom(5, 'levels first')
    const isUnit = (i: number) => i % 40 === 7
    const measured = ['a', 'b', 'c'].map((name) =>
      numbers(name, (i) => (isUnit(i) ? 5 : 0) + (isOdd(i) ? 4 : 0) + random.normal()),
    )
    const unit: TableColumn = {
      name: 'unit',
      type: 'category',
      codes: Int32Array.from({ length: N }, (_, i) => i % 40),
      levels: Array.from({ length: 40 }, (_, c) => `unit ${c}`),
    }
    expect(await farther([...measured, unit], isOdd, isUnit)).toBe(20)
  })

  it('finds noise, whatever levels its rows have', async () => {
    const random = seededRandom(6, 'levels first')
    const place: TableColumn = {
      name: 'place',
      type: 'category',
      codes: Int32Array.from({ length: N }, () => random.below(5)),
      levels: ['a', 'b', 'c', 'd', 'e'],
    }
    const isNoise = (i: number) => i < 60
    const measured = ['a', 'b', 'c', 'd'].map((name) =>
      numbers(name, (i) => (isNoise(i) ? 16 * (random.next() - 0.5) : random.normal())),
    )
    expect(await farther([place, ...measured], (i) => !isNoise(i), isNoise)).toBeLessThan(4)
  })

  it('holds nobody for having reached the final, as the four of 64 a year have', async () => {
    const random = seededRandom(7, 'levels first')
    const places = Array.from({ length: N }, (_, i) => 1 + ((i % 64) >> 2))
    const best = Array.from({ length: N }, (_, i) => places[i]! * random.next())
    const reached = best.map((b, i) => {
      const year = best.slice(i - (i % 64), i - (i % 64) + 64)
      return Number(year.filter((other) => other < b).length < 4)
    })
    const columns = [
      numbers('year', (i) => 1985 + Math.floor(i / 64)),
      numbers('seed', (i) => places[i]!),
      numbers('final', (i) => reached[i]!),
    ]
    const samples = { kind: 'table', columns } as const
    const labels = groupBy(places.map((_, i) => (i % 97 === 3 ? 'one team' : 'others')))
    const view = createView({ n: N, seed: 1, samples, labels, contributors: null }, engine)
    const [far] = await calibrateChannels(view, [new Mahalanobis(), new OutlierFiltering()], EMPTY_HISTORY, [])
    expect(far!.logOdds.filter((odds) => odds >= 0).length).toBe(0)
  })
})
