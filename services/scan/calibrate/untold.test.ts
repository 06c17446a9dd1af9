import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { matrix } from '../numeric/matrix.ts'
import { untold } from './untold.ts'

const CLASSES = 10

interface Drawn {
  readonly n?: number
  readonly seed?: number
  readonly junk?: number
  /** How often predictors mistake a record, by the share of records that lie as far out. */
  readonly mistaken?: (share: number) => number
}

/** Records in falling order of their scores; the first `junk` are mistaken as often as by chance. */
function found({ n = 4000, seed = 1, junk = 0, mistaken = () => 0.1 }: Drawn) {
  const random = seededRandom(seed, 'untold test')
  const names = Array.from({ length: CLASSES }, (_, c) => `class ${c}`)
  const of = Int32Array.from({ length: n }, () => Math.floor(CLASSES * random.next()))
  const counts = Int32Array.from(names, (_, c) => of.filter((label) => label === c).length)
  const expected = matrix(n, CLASSES)
  for (let i = 0; i < n; i++) {
    const isMistaken = random.next() < (i < junk ? 1 - 1 / CLASSES : mistaken((i + 1) / n))
    const likely = isMistaken ? (of[i]! + 1 + Math.floor((CLASSES - 1) * random.next())) % CLASSES : of[i]!
    for (let c = 0; c < CLASSES; c++) expected.data[i * CLASSES + c] = c === likely ? 0.5 : 0.5 / (CLASSES - 1)
  }
  const scores = Float64Array.from({ length: n }, (_, i) => -i)
  return untold(scores, { of, names, counts }, expected)
}

describe('untold', () => {
  it.each([40, 200])('finds %i records in 4,000 that took the place of others under their labels', (junk) => {
    const group = found({ junk })!
    const right = group.members.filter((i) => i < junk).length
    expect(right).toBeGreaterThan(0.8 * junk)
    expect(group.members.length - right).toBeLessThan(0.05 * junk + 1)
    expect(group.evidence).toBeGreaterThan(20)
    expect(group.label).toBe(-1)
  })

  it.each([
    ['alike', () => 0.1],
    ['half of them', (share: number) => (share < 0.08 ? 0.5 : 0.3)],
    ['every other one of the farthest', (share: number) => (share < 0.02 ? 0.5 : 0.1)],
    ['three times as often in each half', (share: number) => Math.min(0.9, 0.06 * (0.16 / share) ** Math.log2(3))],
    ['nearly all, as where labels do not follow', () => 0.8],
  ])('finds nothing where predictors mistake odd records by nature: %s', (_, mistaken) => {
    for (let seed = 0; seed < 20; seed++) expect(found({ mistaken, seed })).toBeNull()
  })

  it('asks for more in few records', () => {
    expect(found({ n: 400, junk: 24 })).toBeNull()
  })

  it('knows nothing of records without labels', () => {
    const of = new Int32Array(4000).fill(-1)
    const labels = { of, names: ['a', 'b'], counts: Int32Array.of(0, 0) }
    expect(untold(Float64Array.from(of.keys()), labels, matrix(4000, 2))).toBeNull()
  })
})
