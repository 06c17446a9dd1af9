import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { groupBy } from '../view/build-input.ts'
import { type Grouping, RARE_LEVEL, type Samples } from '../view/samples.ts'
import { tellingColumn, toldByColumn as combined } from './telling-column.ts'

const SIZES = ['large', 'small'] as const
const LEVELS = [...Array.from({ length: 20 }, (_, k) => `species ${k}`), RARE_LEVEL]
const RARE = LEVELS.length - 1
const VULTURE = 19

/** Birds of 20 species, one in ten species large; other predictors know nothing but that most are small. */
function window(n: number, speciesTell: boolean) {
  const random = seededRandom(7, 'telling column test')
  const codes = Int32Array.from({ length: n }, (_, i) => (i < 3 ? VULTURE : random.below(VULTURE)))
  const sizes = Array.from(codes, (code) =>
    (speciesTell ? code % 10 === 9 : random.next() < 0.1) ? SIZES[0] : SIZES[1],
  )
  const samples = {
    kind: 'table',
    columns: [
      { name: 'species', type: 'category', codes, levels: LEVELS },
      { name: 'speed', type: 'number', values: Float64Array.from(codes, () => random.next()) },
    ],
  } satisfies Samples
  const expected = matrix(
    n,
    2,
    Float32Array.from({ length: 2 * n }, (_, at) => (at % 2 === 0 ? 0.05 : 0.95)),
  )
  const labels = () => groupBy(sizes)!
  return { samples, expected, codes, sizes, labels }
}

function toldByColumn(expected: Matrix, samples: Samples, labels: Grouping): Matrix {
  return combined(expected, samples.kind === 'table' ? tellingColumn(samples.columns, labels) : null, labels)
}

const large = (m: { data: Float32Array }, i: number) => m.data[2 * i]!

describe('toldByColumn', () => {
  it('knows the size of a rare species by the two others of it', () => {
    const { samples, expected, labels } = window(600, true)
    const told = toldByColumn(expected, samples, labels())
    for (const vulture of [0, 1, 2]) expect(large(told, vulture)).toBeGreaterThan(0.8)
  })

  it('does not ask a record for its own label', () => {
    const { samples, expected, sizes, labels } = window(600, true)
    const small = sizes.lastIndexOf('small')
    sizes[small] = 'large'
    expect(large(toldByColumn(expected, samples, labels()), small)).toBeLessThan(0.05)
  })

  it('is no surer of a value that nobody else holds than the shares of the labels are', () => {
    const { samples, expected, codes, sizes, labels } = window(600, true)
    for (const i of [10, 20, 30]) {
      codes[i] = RARE
      sizes[i] = 'small'
    }
    codes[40] = -1
    const told = toldByColumn(expected, samples, labels())
    for (const i of [10, 20, 30, 40]) expect(large(told, i)).toBeGreaterThan(0.05)
  })

  it('knows the label of a subject who is a number by the subject’s other records, and asks no range', () => {
    const { samples, expected, codes, labels } = window(600, true)
    const asNumber = (values: Float64Array): Samples => ({
      kind: 'table',
      columns: [{ name: 'subject', type: 'number', values }, samples.columns[1]!],
    })
    const told = toldByColumn(expected, asNumber(Float64Array.from(codes, (code) => 100 + code)), labels())
    for (const vulture of [0, 1, 2]) expect(large(told, vulture)).toBeGreaterThan(0.8)
    const range = asNumber(Float64Array.from(codes, (code, i) => code + i / 1000))
    expect(toldByColumn(expected, range, labels())).toBe(expected)
  })

  it('asks nobody of a subject who is not known, as of a level that is missing', () => {
    const { samples, expected, codes, labels } = window(600, true)
    const missing = [...codes.keys()].filter((i) => i % 10 === 5)
    const numbers = Float64Array.from(codes, (code, i) => (i % 10 === 5 ? Number.NaN : 100 + code))
    const asNumber: Samples = {
      kind: 'table',
      columns: [{ name: 'subject', type: 'number', values: numbers }, samples.columns[1]!],
    }
    const known = codes.map((code, i) => (i % 10 === 5 ? -1 : code))
    const asLevel: Samples = {
      kind: 'table',
      columns: [{ name: 'species', type: 'category', codes: known, levels: LEVELS }],
    }
    const [byNumber, byLevel] = [asNumber, asLevel].map((of) => toldByColumn(expected, of, labels()))
    for (const i of missing) expect(large(byNumber!, i)).toBeCloseTo(large(byLevel!, i), 6)
    expect(byNumber!.data.every(Number.isFinite)).toBe(true)
    const nothing: Samples = {
      kind: 'table',
      columns: [{ name: 'x', type: 'number', values: numbers.fill(Number.NaN) }],
    }
    expect(toldByColumn(expected, nothing, labels())).toBe(expected)
  })

  it('leaves alone what it adds nothing to: values that do not tell, and samples without columns', () => {
    const { samples, expected, labels } = window(600, false)
    expect(toldByColumn(expected, samples, labels())).toBe(expected)
    expect(toldByColumn(expected, { kind: 'vector', vectors: expected }, labels())).toBe(expected)
  })
})
