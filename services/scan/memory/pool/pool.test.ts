import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { PooledWindow } from '../memory.ts'
import { choosePool, drawn, firstLines, isDue, withinBounds } from './pool.ts'

const random = seededRandom(3, 'pool test')
const riskOf = (n: number) => Float64Array.from({ length: n }, () => random.next() * 0.4)
const part = (ordinal: number, members: number): PooledWindow => ({
  window: `w${ordinal}`,
  ordinal,
  records: 4000,
  sha256: '',
  members: Array.from({ length: members }, (_, i) => i),
  held: [],
})

describe('choosePool', () => {
  it('takes the riskiest and as many others, by turns', () => {
    const risk = riskOf(2000)
    const chosen = choosePool(risk, { seed: 1, window: 'a' })
    const order = [...risk.keys()].sort((a, b) => risk[b]! - risk[a]!)
    expect(chosen).toHaveLength(200)
    expect(new Set(chosen).size).toBe(200)
    expect(chosen.filter((_, at) => at % 2 === 0)).toEqual(order.slice(0, 100))
    expect(choosePool(risk, { seed: 1, window: 'a' })).toEqual(chosen)
    expect(choosePool(risk, { seed: 1, window: 'b' })).not.toEqual(chosen)
  })

  it('gives what floods a window a fifth of the riskiest, and none of the sample', () => {
    const risk = riskOf(2000).map((value, i) => (i < 700 ? 0.9 : value))
    const chosen = choosePool(risk, { seed: 1, window: 'a' })
    expect(chosen.filter((i) => i < 700)).toHaveLength(20)
    expect(chosen).toHaveLength(200)
  })

  it('gives one contributor a quarter of the riskiest, and others their part of the rest', () => {
    const risk = riskOf(2000).map((value, i) => (i < 500 ? 0.45 + value / 100 : value))
    const of = Int32Array.from({ length: 2000 }, (_, i) => (i < 500 ? 0 : 1 + (i % 9)))
    const names = Array.from({ length: 10 }, (_, c) => `c${c}`)
    const contributors = { names, of, counts: Int32Array.from(names, (_, c) => of.filter((own) => own === c).length) }
    const riskiest = (all: readonly number[]) => all.filter((_, at) => at % 2 === 0)
    const mallorys = (all: readonly number[]) => riskiest(all).filter((i) => of[i] === 0).length
    expect(mallorys(choosePool(risk, { seed: 1, window: 'a' }))).toBe(100)
    const chosen = choosePool(risk, { seed: 1, window: 'a' }, contributors)
    expect(mallorys(chosen)).toBe(25)
    expect(chosen).toHaveLength(200)
    expect(new Set(chosen).size).toBe(200)
    const two = { names: ['a', 'b'], of: of.map((own) => Math.min(1, own)), counts: Int32Array.of(500, 1500) }
    expect(mallorys(choosePool(risk, { seed: 1, window: 'a' }, two))).toBe(50)
  })

  it('takes those below suspicion in the order of the scan, and suspects before them by their risk', () => {
    const risk = riskOf(2000).map((value, i) => (i < 2 ? 0.9 + i / 100 : value))
    const order = Int32Array.from(risk.keys()).reverse()
    const chosen = choosePool(risk, { seed: 1, window: 'a', order })
    expect(chosen.filter((_, at) => at % 2 === 0)).toEqual([1, 0, ...Array.from({ length: 98 }, (_, i) => 1999 - i)])
    expect(new Set(chosen).size).toBe(200)
  })

  it('takes as many that follow leads besides, in their order, and of one contributor a quarter of them', () => {
    const risk = riskOf(2000)
    const plain = choosePool(risk, { seed: 1, window: 'a' })
    const leading = Array.from({ length: 2000 }, (_, i) => 1999 - i)
    const chosen = choosePool(risk, { seed: 1, window: 'a', leading })
    expect(chosen.filter((i) => plain.includes(i))).toEqual(plain)
    const led = chosen.filter((i) => !plain.includes(i))
    expect(led).toEqual(leading.filter((i) => !plain.includes(i)).slice(0, 100))
    expect(chosen.slice(0, 3)).toEqual([plain[0], plain[1], led[0]])
    const of = Int32Array.from({ length: 2000 }, (_, i) => (i >= 1000 ? 0 : 1 + (i % 9)))
    const names = Array.from({ length: 10 }, (_, c) => `c${c}`)
    const contributors = { names, of, counts: Int32Array.from(names, (_, c) => of.filter((own) => own === c).length) }
    const without = choosePool(risk, { seed: 1, window: 'a' }, contributors)
    const others = choosePool(risk, { seed: 1, window: 'a', leading }, contributors).filter((i) => !without.includes(i))
    expect(others.filter((i) => of[i] === 0)).toHaveLength(25)
    expect(others).toHaveLength(100)
  })

  it('takes what there is of a small window, and no more than so many of a large one', () => {
    expect(choosePool(riskOf(30), { seed: 1, window: 'a' }).sort((a, b) => a - b)).toEqual([...riskOf(30).keys()])
    expect(choosePool(riskOf(60), { seed: 1, window: 'a' })).toHaveLength(60)
    expect(choosePool(riskOf(500), { seed: 1, window: 'a' })).toHaveLength(200)
    expect(choosePool(riskOf(50_000), { seed: 1, window: 'a' })).toHaveLength(800)
  })
})

describe('withinBounds', () => {
  const fitting = (sizes: readonly number[], most: number, window = 'a') =>
    withinBounds([...sizes.keys()], { most, sizeOf: (i) => sizes[i]!, seed: 1, window })

  it('takes all where there is room, and of records of one size the first', () => {
    expect(fitting([600, 300, 100], 1000)).toEqual([0, 1, 2])
    expect(
      fitting(
        Array.from({ length: 100 }, () => 10),
        405,
      ),
    ).toEqual([...Array(40).keys()])
  })

  it('passes over what does not fit, and takes what comes behind it', () => {
    expect(fitting([2000, 600, 600, 300], 1000)).toEqual([1, 3])
  })

  it('lets no large record push out those that take no more than an even share', () => {
    const sizes = Array.from({ length: 400 }, (_, i) => (i < 24 ? 40_000 : 1500))
    const chosen = fitting(sizes, 960_000)
    expect(chosen.filter((i) => i >= 24)).toHaveLength(376)
    expect(chosen.reduce((sum, i) => sum + sizes[i]!, 0)).toBeLessThanOrEqual(960_000)
  })

  it('draws what is larger: in one window of many as often as its share of the bytes says', () => {
    const sizes = Array.from({ length: 400 }, (_, i) => (i < 20 ? 60_000 : i === 300 ? 12_000 : 3000))
    const windows = Array.from({ length: 200 }, (_, w) => new Set(fitting(sizes, 960_000, `w${w}`)))
    const times = (i: number) => windows.filter((chosen) => chosen.has(i)).length
    // room for 320 of the usual size: an even share of what these take is 3,000, a quarter of the record
    expect(times(300)).toBeGreaterThan(25)
    expect(times(300)).toBeLessThan(80)
    expect(times(319)).toBeGreaterThan(150)
    expect(times(0)).toBeLessThan(20)
    expect(fitting(sizes, 960_000)).toEqual(fitting(sizes, 960_000))
  })
})

describe('drawn', () => {
  const some = (windows: number, members: number) =>
    drawn(Array.from({ length: windows }, (_, i) => part(i + 1, members)))
  const sum = (counts: readonly number[]) => counts.reduce((a, b) => a + b)

  it('is all that windows gave as long as there is room', () => {
    expect(drawn([part(1, 400), part(2, 200), part(3, 400)])).toEqual([400, 200, 400])
    expect(some(18, 200)).toEqual(Array.from({ length: 18 }, () => 200))
    expect(some(10, 800)).toEqual(Array.from({ length: 10 }, () => 800))
  })

  it('is all of the newest window later, and less of each before', () => {
    const counts = some(48, 200)
    expect(counts.at(-1)).toBe(200)
    expect(counts.toSorted((a, b) => a - b)).toEqual(counts)
    expect(counts[0]).toBeGreaterThan(0)
    expect(sum(counts)).toBeGreaterThan(18 * 200 - 1)
    expect(sum(counts)).toBeLessThan(18 * 200 + 48)
  })

  it('is never more than it may be', () => {
    const many = some(48, 800)
    expect(many.at(-1)).toBe(800)
    expect(sum(many)).toBe(8000)
  })
})

describe('isDue', () => {
  it('is so after every fourth window, where one of them gave something', () => {
    const due = (through: number, ...pools: PooledWindow[]) => isDue({ through, pools })
    expect([1, 2, 3, 4, 5, 8].map((through) => due(through, part(through, 9)))).toEqual([
      false,
      false,
      false,
      true,
      false,
      true,
    ])
    expect(due(8, part(4, 9))).toBe(false)
    expect(due(4)).toBe(false)
  })
})

describe('firstLines', () => {
  it('is so many lines, with their ends', () => {
    const bytes = Buffer.from('ä\nb\nc\n')
    expect([0, 1, 3].map((count) => Buffer.from(firstLines(bytes, count)).toString())).toEqual(['', 'ä\n', 'ä\nb\nc\n'])
  })
})
