import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { TableColumn } from '../view/samples.ts'
import { tableInputs, tableRanks } from './tables.ts'
import { timesInOrder } from './times-of-day.ts'

const N = 400
const written = (minutes: number) => 100 * Math.floor(minutes / 60) + (minutes % 60)

/** Minutes from five in the morning to one at night, as times on a clock. */
function evenings(first = 300, last = 1500) {
  const random = seededRandom(1, 'times of day')
  const minutes = Array.from({ length: N }, () => first + random.below(last - first))
  return { minutes, values: Float64Array.from(minutes, (at) => written(at % 1440)) }
}

describe('timesInOrder', () => {
  it('puts what happens after midnight behind the day before, in minutes', () => {
    const { minutes, values } = evenings()
    expect([...timesInOrder(values)]).toEqual(minutes)
  })

  it('begins the day where least happens, also in the afternoon', () => {
    // nights alone, from six in the evening to eight in the morning
    const { minutes, values } = evenings(1080, 1920)
    expect([...timesInOrder(values)]).toEqual(minutes)
    expect([...timesInOrder(evenings(480, 1200).values)]).toEqual(evenings(480, 1200).minutes)
  })

  it('takes no hour of rest for the night', () => {
    const { minutes } = evenings()
    // nobody at one, and somebody in each hour of the night
    const all = [90, 150, 210, 270, ...minutes.filter((at) => at < 780 || at >= 840)]
    const found = timesInOrder(Float64Array.from(all, (at) => written(at % 1440)))
    expect([...found.subarray(4)]).toEqual(all.slice(4))
  })

  it('leaves a code beyond all, and missing times missing', () => {
    const values = evenings().values.map((value, i) => (i < 8 ? 9999 : i < 100 ? Number.NaN : value))
    const found = timesInOrder(values)
    expect([...found.subarray(0, 8)]).toEqual(Array.from({ length: 8 }, () => 60 * 99 + 99))
    expect(found.subarray(8, 100).every(Number.isNaN)).toBe(true)
    expect(found.subarray(100).every((at) => at >= 300 && at < 1500)).toBe(true)
    expect([...timesInOrder(Float64Array.from([-999, ...evenings().values]))][0]).toBeLessThan(0)
  })

  it.each([
    ['amounts', (i: number) => 3 * i],
    ['amounts of whole hundreds', (i: number) => 100 * (i % 25)],
    ['ages', (i: number) => i % 60],
    ['numbers with digits behind the point', (i: number) => written(3 * i) + 0.5],
    ['times with codes in one of ten', (i: number) => (i % 10 === 0 ? 9999 : written(3 * i))],
    ['times around the clock', (i: number) => written((37 * i) % 1440)],
    ['times of a morning', (i: number) => written(i)],
    ['nothing', () => Number.NaN],
  ])('leaves %s as they are', (_, of) => {
    const values = Float64Array.from({ length: N }, (_value, i) => of(i))
    expect(timesInOrder(values)).toBe(values)
  })

  it('is how tables see times: ten to midnight and ten past are neighbours', () => {
    const values = Float64Array.from([2350, 10, 500, ...evenings().values])
    const column: TableColumn = { name: 'arrival', type: 'number', values }
    for (const { data, cols } of [tableInputs([column], N + 3), tableRanks([column], N + 3)]) {
      const [late, early, first] = [0, 1, 2].map((i) => data[i * cols]!)
      expect(Math.abs(early! - late!)).toBeLessThan(0.2)
      expect(late! - first!).toBeGreaterThan(2)
    }
  })
})
