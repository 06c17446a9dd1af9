import { describe, expect, it } from 'vitest'
import { policySchema } from '#core/decision.ts'
import { type Random, seededRandom } from '#core/random.ts'
import { decide } from '../../verdict/decide.ts'
import { scanWindow } from '../../scan-window.ts'
import type { NumberColumn } from '../../view/samples.ts'
import { beyondGaps } from './beyond-gaps.ts'

const N = 1000
/** From here on a score ranks a record before all that is not held. */
const RANKED_FIRST = 5

const columnOf = (name: string, valueOf: (i: number) => number): NumberColumn => ({
  name,
  type: 'number',
  values: Float64Array.from({ length: N }, (_, i) => valueOf(i)),
})

/** Lengths in metres, ages, and amounts with a long tail. */
function parcels(seed: number): readonly [NumberColumn, NumberColumn, NumberColumn] {
  const random = seededRandom(seed, 'parcels')
  return [
    columnOf('length', () => Math.round(100 * (2 + 0.3 * random.normal())) / 100),
    columnOf('age', () => Math.round(40 + 12 * random.normal())),
    columnOf('amount', () => Math.round(100 * Math.exp(3 + random.normal())) / 100),
  ]
}

const changed = (column: NumberColumn, of: readonly number[], change: (value: number) => number): NumberColumn => ({
  ...column,
  values: column.values.map((value, i) => (of.includes(i) ? change(value) : value)),
})

const struck = (seed: number, count: number) => [...seededRandom(seed, 'struck').permutation(N).subarray(0, count)]
function rankedFirst(columns: readonly NumberColumn[]): number[] {
  const { scores } = beyondGaps(N, columns)
  return [...scores.keys()].filter((i) => scores[i]! >= RANKED_FIRST)
}
const ascending = (of: readonly number[]) => of.toSorted((a, b) => a - b)

describe('beyondGaps', () => {
  it.each([
    ['metres as millimetres', 10, (value: number) => 1000 * value],
    ['a code for missing values', 10, () => -999],
    ['a single slip of the keys', 1, (value: number) => 100 * value],
  ])('scores %s, and nothing else', (_, count, change) => {
    for (const seed of [1, 2, 3]) {
      const [length, age, amount] = parcels(seed)
      const of = struck(seed, count)
      expect(rankedFirst([changed(length, of, change), age, amount])).toEqual(ascending(of))
    }
  })

  it('scores a code the lower, the more records have it', () => {
    const [length, age, amount] = parcels(4)
    const scoreOf = (count: number) => {
      const of = struck(4, count)
      return beyondGaps(N, [changed(length, of, () => -999), age, amount]).scores[of[0]!]!
    }
    expect([10, 15, 35, 60].map(scoreOf)).toEqual([5, 5, expect.closeTo(4), expect.closeTo(2.75)])
  })

  it('scores both of two columns that changed places, where their values differ', () => {
    const [length, age, amount] = parcels(4)
    const of = struck(4, 12)
    const places = [
      { ...length, values: length.values.map((value, i) => (of.includes(i) ? age.values[i]! : value)) },
      { ...age, values: age.values.map((value, i) => (of.includes(i) ? length.values[i]! : value)) },
      amount,
    ]
    expect(rankedFirst(places)).toEqual(ascending(of))
  })

  it('asks for the wider a gap, the more lie beyond it, and for one wider than the other end reaches', () => {
    const even = columnOf('even', (i) => i / N)
    const scored = (count: number, times: number) => {
      const of = struck(10, count)
      // the others reach half as far from their median as they spread
      return rankedFirst([changed(even, of, () => 0.5 + 0.5 * times), ...parcels(10).slice(1)]).length
    }
    expect([scored(10, 1.15), scored(10, 1.6)]).toEqual([0, 10])
    expect([scored(14, 1.3), scored(14, 1.7)]).toEqual([0, 14])
    const [length, age, amount] = parcels(10)
    const of = struck(10, 10)
    // far below all amounts, and nearer to their middle than the largest are
    expect(rankedFirst([length, age, changed(amount, of, () => -100)])).toEqual([])
  })

  it('asks for a far wider gap where values recur, as the sizes of places do', () => {
    const [length, age, amount] = parcels(11)
    const of = struck(11, 10)
    const city = columnOf('inhabitants', (i) => (of.includes(i) ? 7300 : 50 * (i % 60)))
    expect(rankedFirst([length, age, amount, city])).toEqual([])
    const farther = changed(city, of, () => 9000)
    expect(rankedFirst([length, age, amount, farther])).toEqual(ascending(of))
  })

  it('scores no column that has a large part beyond a gap, counts rows, or has few values before it', () => {
    const [length, age, amount] = parcels(5)
    const code = () => -999
    const tooMany = beyondGaps(N, [changed(length, struck(5, 61), code), age, amount]).scores
    expect(tooMany.filter((score) => score > 0)).toHaveLength(0)
    expect(rankedFirst([{ ...changed(length, struck(5, 10), code), isAmount: false }, age, amount])).toEqual([])
    const of = struck(5, 10)
    const flag = columnOf('flag', (i) => (of.includes(i) ? 9 : i % 2))
    expect(rankedFirst([flag, age, amount])).toEqual([])
    const rating = columnOf('rating', (i) => (of.includes(i) ? 1 : 3 + (i % 3)))
    expect(rankedFirst([rating, age, amount])).toEqual([])
  })

  /** Of so many columns each, how many records of clean ones are scored. */
  it.each<[string, (random: Random) => number]>([
    ['normal', (random) => random.normal()],
    ['of an even spread', (random) => random.next()],
    ['log-normal', (random) => Math.exp(1.5 * random.normal())],
    ['with a tail of Pareto', (random) => (1 - random.next()) ** (-1 / 1.2)],
    ['counts', (random) => Math.floor(-3 * Math.log(1 - random.next()))],
    ['amounts of which most are nothing', (random) => (random.below(20) > 0 ? 0 : Math.exp(2 * random.normal()))],
  ])('scores next to none of numbers that are %s', (_, draw) => {
    const random = seededRandom(6, 'clean')
    const tables = Array.from({ length: 20 }, () =>
      Array.from({ length: 5 }, (_, c) => columnOf(`c${c}`, () => draw(random))),
    )
    const scored = tables.map((columns) => rankedFirst(columns).length)
    expect(scored.reduce((sum, of) => sum + of, 0)).toBeLessThanOrEqual(2)
  })

  it('says where the others end', () => {
    const [length, age, amount] = parcels(7)
    const [i = 0, j = 0] = struck(7, 2)
    const gaps = beyondGaps(N, [changed(length, [i], () => -999), changed(age, [j], () => 4000), amount])
    expect(gaps.why(i)).toMatch(/^length is -999, where nearly all other values are [01]\.\d+ or more$/)
    expect(gaps.why(j)).toMatch(/^age is 4000, where nearly all other values are \d\d or less$/)
    expect(gaps.why(0)).toBe('')
    expect(gaps.notes((at) => at === j)).toEqual([
      expect.stringMatching(
        /^beyond-column: 1 record has length of -999, where nearly all other values are .* or more: ranked, and not held for that$/,
      ),
    ])
    const of = struck(7, 9)
    const tenfold = beyondGaps(N, [changed(length, of, (value) => 10 * value), age, amount])
    expect(tenfold.notes(() => false)).toEqual([
      expect.stringMatching(/: 9 records have length of 1[\d.]+ to 2[\d.]+, /),
    ])
    expect(beyondGaps(N, [length, age, amount]).notes(() => false)).toEqual([])
  })

  it('ranks them first in a scan, which holds none: codes for missing values are natural', async () => {
    const [length, age, amount] = parcels(8)
    const of = struck(8, 10)
    const columns = [changed(length, of, () => -999), age, amount]
    const input = { n: N, seed: 1, samples: { kind: 'table' as const, columns }, labels: null, contributors: null }
    const { risk, issues } = await scanWindow(input)
    const riskiest = [...risk.keys()].sort((a, b) => risk[b]! - risk[a]!).slice(0, of.length)
    expect(ascending(riskiest)).toEqual(ascending(of))
    expect(issues[of[0]!]!.map(({ why }) => why).join()).toContain('length is -999')
    expect(decide(risk, policySchema.parse({})).every((decision) => decision === 'admit')).toBe(true)
  })
})
