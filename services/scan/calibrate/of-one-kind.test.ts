import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { scanWindow } from '../scan-window.ts'
import { areNaturalKind, areOfOneKind, comeAgain, ofSeveralKinds, rowsComeAgain } from './of-one-kind.ts'

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

describe('a level of many', () => {
  it('shows a kind sooner than one of two, which random rows share', () => {
    const zone = (levels: number) => ({
      name: 'zone',
      type: 'category' as const,
      codes: Int32Array.from({ length: N }, (_, i) => (i < 16 ? 0 : 1 + (i % (levels - 1)))),
      levels: Array.from({ length: levels }, (_, code) => `z${code}`),
    })
    const others = Array.from({ length: 6 }, (_, k) => number((i) => i * (k + 1)))
    expect(areNaturalKind(suspected(19), [zone(8), ...others])).toBe(true)
    expect(areNaturalKind(suspected(19), [zone(2), ...others])).toBe(false)
  })

  it('is no kind of a few rows, to which somebody may have given it', () => {
    const codes = Int32Array.from({ length: N }, (_, i) => (i < 6 ? 0 : 1 + (i % 99)))
    const levels = Array.from({ length: 100 }, (_, code) => `airport ${code}`)
    const airport = { name: 'airport', type: 'category' as const, codes, levels }
    expect(areNaturalKind(suspected(6), [airport, number((i) => i)])).toBe(false)
  })
})

describe('ofSeveralKinds', () => {
  const [spores, cups] = [number((i) => (i < 20 ? -3 : i)), number((i) => (i >= 20 && i < 40 ? -4 : i))]

  it('is the suspects that share one of several values which few others hold', () => {
    expect(ofSeveralKinds(suspected(40), [spores, cups]).size).toBe(40)
    expect(areNaturalKind(suspected(40), [spores, cups])).toBe(false)
    const some = ofSeveralKinds(suspected(60), [spores, cups])
    expect([some.size, some.has(45)]).toEqual([40, false])
  })

  it('is nobody where most suspects are of none, where they are few, or where others hold the value too', () => {
    expect(ofSeveralKinds(suspected(90), [spores, cups]).size).toBe(0)
    const few = [number((i) => (i < 8 ? -3 : i)), number((i) => (i >= 8 && i < 16 ? -4 : i))]
    expect(ofSeveralKinds(suspected(16), few).size).toBe(0)
    expect(ofSeveralKinds(suspected(40), [number((i) => i % 5)]).size).toBe(0)
  })

  it('is nobody by a number beyond all others, which somebody may have put there', () => {
    const beyond = [number((i) => (i < 20 ? 9000 : i)), number((i) => (i >= 20 && i < 40 ? -9000 : i))]
    expect(ofSeveralKinds(suspected(40), beyond).size).toBe(0)
  })
})

describe('rowsComeAgain', () => {
  it('is so of a table most of whose rows are three times there and more', () => {
    expect(rowsComeAgain([number((i) => i % 300), number((i) => i % 10)], N)).toBe(true)
    expect(rowsComeAgain([number((i) => i % 300), number((i) => i)], N)).toBe(false)
  })
})

describe('a rare label', () => {
  /** The first rows lie farthest out. */
  const byOrder = Float64Array.from({ length: N }, (_, i) => -i)
  const labelled = (
    isRare: (i: number) => boolean,
    { isNone = () => false }: { isNone?: (i: number) => boolean } = {},
  ) => {
    const of = Int32Array.from({ length: N }, (_, i) => (isNone(i) ? -1 : Number(isRare(i))))
    const counts = Int32Array.from([0, 1], (label) => of.filter((l) => l === label).length)
    return { labels: { of, counts, names: ['ok', 'fraud'] }, scores: byOrder }
  }
  const spread = [number((i) => i)]

  it('is a kind where most suspects bear it, which are a third of it and more', () => {
    for (const are of [areOfOneKind, areNaturalKind]) {
      expect(
        are(
          suspected(9),
          spread,
          labelled((i) => i < 20),
        ),
      ).toBe(true)
      expect(
        are(
          suspected(9),
          spread,
          labelled((i) => i < 30),
        ),
      ).toBe(false)
      expect(
        are(
          suspected(9),
          spread,
          labelled((i) => i > 2 && i < 20),
        ),
      ).toBe(true)
      expect(
        are(
          suspected(9),
          spread,
          labelled((i) => i > 3 && i < 20),
        ),
      ).toBe(false)
      expect(
        are(
          suspected(0),
          spread,
          labelled((i) => i < 20),
        ),
      ).toBe(false)
    }
  })

  it('is none where many rows bear it, or nobody knows it', () => {
    expect(
      areNaturalKind(
        suspected(499),
        spread,
        labelled((i) => i < 499),
      ),
    ).toBe(true)
    expect(
      areNaturalKind(
        suspected(501),
        spread,
        labelled((i) => i < 501),
      ),
    ).toBe(false)
    expect(
      areNaturalKind(
        suspected(9),
        spread,
        labelled(() => false, { isNone: (i) => i < 20 }),
      ),
    ).toBe(false)
  })

  it('is none whose other rows lie no farther out than most: somebody may have put the suspects under it', () => {
    const among = (from: number) => labelled((i) => i < 9 || (i >= from && i < from + 11))
    for (const are of [areOfOneKind, areNaturalKind]) {
      expect(are(suspected(9), spread, among(90))).toBe(true)
      expect(are(suspected(9), spread, among(110))).toBe(false)
      expect(
        are(
          suspected(9),
          spread,
          labelled((i) => i < 9),
        ),
      ).toBe(true)
    }
  })

  it('is none where its rows share a number beyond all others, which somebody may have put there', () => {
    expect(
      areNaturalKind(
        suspected(9),
        [number((i) => (i < 9 ? 4000 : i))],
        labelled((i) => i < 20),
      ),
    ).toBe(false)
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

it('nobody is held for a fraud, of which there are few and most lie far out', async () => {
  const random = seededRandom(1, 'rare label test')
  const n = 4000
  const of = Int32Array.from({ length: n }, (_, i) => Number(i % 100 === 0))
  const columns = Array.from({ length: 15 }, (_, j) => ({
    name: `v${j}`,
    type: 'number' as const,
    values: Float64Array.from(of, (fraud) => (fraud === 1 ? 5 * (j % 2) + 5 * random.normal() : random.normal())),
  }))
  const heldUnder = async (labels: Int32Array) => {
    const ones = labels.reduce((sum, label) => sum + label, 0)
    const { risk } = await scanWindow(
      {
        n,
        seed: 0,
        samples: { kind: 'table', columns },
        labels: { of: labels, counts: Int32Array.of(n - ones, ones), names: ['ok', 'fraud'] },
        contributors: null,
      },
      { engine: await createEngine() },
    )
    return risk.filter((r) => r >= 0.5).length
  }
  expect(await heldUnder(of)).toBe(0)
  expect(await heldUnder(of.map((_, i) => i % 2))).toBeGreaterThan(10)
  // of others, half are like rows that are no frauds
  expect(await heldUnder(of.map((fraud, i) => fraud | Number(i % 100 === 50)))).toBeGreaterThan(10)
})
