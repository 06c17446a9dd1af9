import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { createView } from '../../view/create-view.ts'
import { DetachedValues } from './detached-values.ts'

const engine = await createEngine()
const N = 1200
const names = ['low', 'middle', 'high'] as const

/** Rows of three labels by turns; the height goes with the label, and the load with the height. */
function rows() {
  const random = seededRandom(5, 'detached values test')
  const height = new Float64Array(N)
  const load = new Float64Array(N)
  const rise = new Float64Array(N)
  const crew = new Int32Array(N)
  for (let i = 0; i < N; i++) {
    height[i] = Math.round(100 * (40 + 10 * (i % 3) + 8 * random.normal())) / 100
    load[i] = Math.round(10 * (height[i]! + 20 * random.normal())) / 10
    crew[i] = random.below(4)
  }
  for (let i = 0; i < N; i++) rise[i] = Math.round(100 * (50 + 9 * random.normal())) / 100
  return { height, load, rise, crew }
}

type Rows = ReturnType<typeof rows>

/** Rows of the label in the middle. */
const planted = Array.from({ length: 24 }, (_, k) => 48 * k + 1)

const put = ({ height }: Rows, value: number, records: readonly number[] = planted) =>
  records.forEach((i) => (height[i] = value))

async function groupsOf(change: (of: Rows) => void) {
  const changed = rows()
  change(changed)
  const { height, load, rise, crew } = changed
  const of = Int32Array.from({ length: N }, (_, i) => i % 3)
  const samples = {
    kind: 'table',
    columns: [
      { name: 'height', type: 'number', values: height },
      { name: 'load', type: 'number', values: load },
      { name: 'rise', type: 'number', values: rise },
      { name: 'crew', type: 'category', codes: crew, levels: ['a', 'b', 'c', 'd'] },
    ],
  } as const
  const labels = { of, names, counts: Int32Array.of(N / 3, N / 3, N / 3) }
  return (await new DetachedValues().score(createView({ n: N, seed: 3, samples, labels, contributors: null }, engine)))
    .groups
}

describe('detached values', () => {
  it('are found where a value was put into rows of one label', async () => {
    const groups = await groupsOf((of) => put(of, 54.321))
    expect(groups.map(({ label, members, trigger }) => ({ label, members: [...members], trigger }))).toEqual([
      { label: 1, members: planted, trigger: { kind: 'values', values: [{ column: 'height', value: '54.321' }] } },
    ])
    expect(groups[0]!.evidence).toBeGreaterThan(10)
    expect(groups[0]!.summary).toMatch(/^24 records labelled middle have height 54\.321/)
  })

  it('are ranked and not held where fewer than twenty rows have one', async () => {
    const [group] = await groupsOf((of) => put(of, 54.321, planted.slice(0, 15)))
    expect(group!.evidence).toBe(3)
  })

  it.each([
    ['nothing was', () => undefined],
    [
      'the column has another such value',
      (of: Rows) => (
        put(of, 54.321),
        put(
          of,
          41.234,
          planted.map((i) => i + 1),
        )
      ),
    ],
    ['the value is an end of the column', (of: Rows) => put(of, 200)],
    ['the value is zero', (of: Rows) => (of.height.forEach((v, i) => (of.height[i] = v - 50)), put(of, 0))],
    [
      'other labels have it as well',
      (of: Rows) => put(of, 54.321, [...planted, ...planted.slice(0, 14).map((i) => i + 1)]),
    ],
    [
      'others have it a third as often, in a column of round numbers',
      (of: Rows) => (
        put(of, 54.5, [...planted, ...planted.slice(0, 8).map((i) => i + 1)]),
        put(
          of,
          41.5,
          planted.slice(0, 10).map((i, k) => i + 3 + k),
        )
      ),
    ],
    [
      'its rows are alike',
      (of: Rows) => (put(of, 54.321), planted.forEach((i) => ((of.load[i] = 60 + (i % 5)), (of.crew[i] = 2)))),
    ],
    [
      'the value leads two other columns as well',
      (of: Rows) => {
        put(of, 54.321)
        for (const column of [of.load, of.rise]) planted.forEach((i, k) => (column[i + (k % 2)] = 54.321))
      },
    ],
    [
      'the rest of its rows leads to expect it',
      (of: Rows) => {
        put(of, 50.321)
        of.height.forEach((v, i) => (of.load[i] = v + (i % 9) / 4))
      },
    ],
    ['fewer than ten rows have it', (of: Rows) => put(of, 54.321, planted.slice(0, 9))],
    [
      'the column has few values',
      (of: Rows) => {
        of.height.forEach((v, i) => (of.height[i] = i % 46 === 0 ? v : 0))
        put(of, 54.321)
      },
    ],
    [
      'the label has few of its values',
      (of: Rows) => {
        of.height.forEach((v, i) => (of.height[i] = i % 3 === 1 ? Number.NaN : v))
        put(of, 54.321)
      },
    ],
  ])('are none where %s', async (_, change) => {
    expect(await groupsOf(change)).toEqual([])
  })
})
