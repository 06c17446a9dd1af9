import { describe, expect, it } from 'vitest'
import { createEngine } from '../numeric/create-engine.ts'
import { scanWindow } from '../scan-window.ts'
import { areNaturalKind, areOfOneKind, comeAgain } from './of-one-kind.ts'

const N = 1000
const suspected = (count: number) => Float64Array.from({ length: N }, (_, i) => (i < count ? 1 : -5))
const number = (of: (i: number) => number) => ({
  name: 'x',
  type: 'number' as const,
  values: Float64Array.from({ length: N }, (_, i) => of(i)),
})

describe('areOfOneKind', () => {
  it('is so of rows that hold one value which few others hold', () => {
    expect(areOfOneKind(suspected(20), [number((i) => (i < 20 ? 7 : i))])).toBe(true)
    expect(areOfOneKind(suspected(20), [number(() => 7)])).toBe(false)
  })

  it('takes a value that is missing for a value', () => {
    expect(areOfOneKind(suspected(20), [number((i) => (i < 20 ? Number.NaN : i))])).toBe(true)
    expect(areOfOneKind(suspected(20), [number(() => Number.NaN)])).toBe(false)
  })
})

describe('areNaturalKind', () => {
  const flags = Array.from({ length: 40 }, (_, k) => number((i) => (i * (k + 3)) % 2))

  it('is so of rows that share one value which few others hold', () => {
    expect(areNaturalKind(suspected(20), [number((i) => (i < 20 ? 300 : i))])).toBe(true)
    expect(areNaturalKind(suspected(20), [number((i) => i)])).toBe(false)
  })

  it('is not so of a few rows that share a level as random ones do', () => {
    const level = number((i) => (i < 20 ? Number(i < 14) : Number(i > 990)))
    expect(areOfOneKind(suspected(20), [level])).toBe(true)
    expect(areNaturalKind(suspected(20), [level, ...flags])).toBe(false)
  })

  it('is not so of a number beyond all others, which somebody may have put there', () => {
    expect(areNaturalKind(suspected(40), [number((i) => (i < 40 ? 2 : i % 2))])).toBe(false)
    expect(areNaturalKind(suspected(40), [number((i) => (i < 40 ? 4000 : i))])).toBe(false)
    expect(areNaturalKind(suspected(40), [number((i) => (i < 40 ? 1100 : i))])).toBe(true)
  })
})

describe('comeAgain', () => {
  it('is of suspects of which there are three and more, missing values or not', () => {
    const answers = number((i) => (i < 3 ? 7 : i < 5 ? 8 : i < 8 ? Number.NaN : i % 7))
    expect(comeAgain(suspected(8), [answers])).toEqual([0, 1, 2, 5, 6, 7])
    expect(comeAgain(suspected(0), [answers])).toEqual([])
  })

  it('is of none in a table whose rows are mostly unlike one another: somebody may have brought them thrice', () => {
    expect(comeAgain(suspected(3), [number((i) => (i < 3 ? 300 : i))])).toEqual([])
  })

  it('is of no rows with a number beyond all others', () => {
    const flags = number((i) => (i < 6 ? 2 : i % 2))
    expect(comeAgain(suspected(6), [flags])).toEqual([])
  })
})

it('nobody is held who reached a final, among teams of which each year has the same', async () => {
  const years = Array.from({ length: 1664 }, (_, i) => Math.floor(i / 64))
  const column = (name: string, of: (i: number) => number) => {
    return { name, type: 'number' as const, values: Float64Array.from(years, (_, i) => of(i)) }
  }
  const isFinal = (i: number) => Number((i * 7) % 64 < 4)
  const columns = [
    column('year', (i) => 1985 + years[i]!),
    column('final', isFinal),
    column('host', (i) => Number(i % 64 === 8)),
  ]
  const seeds = Int32Array.from(years, (_, i) => ((i * 29) % 64) >> 2)
  const names = Array.from({ length: 16 }, (_, seed) => String(seed + 1))
  const labels = {
    of: seeds,
    names,
    counts: Int32Array.from(names, (_, seed) => seeds.filter((of) => of === seed).length),
  }
  const input = { n: years.length, seed: 0, samples: { kind: 'table' as const, columns }, labels, contributors: null }
  const { risk } = await scanWindow(input, { engine: await createEngine() })
  expect(risk.filter((r) => r >= 0.5)).toHaveLength(0)
})
