import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { varyingWithinClasses } from '../detectors/clusters/spectrum/whitened.ts'
import { createEngine } from './create-engine.ts'
import { type Matrix, matrix } from './matrix.ts'
import { columnMeans, principalComponents, subtractRow } from './pca.ts'
import { centredByLower, gatherCentred, scatterOf, standingOut } from './standing-out.ts'

const [N, COLS] = [300, 260]
const engine = await createEngine()

/** Rows of which so large a share is not the ground; the last ten columns are ground alone. */
function drawn(share: number, ground: number): Matrix {
  const random = seededRandom(5)
  const data = Float32Array.from({ length: N * COLS }, (_, at) =>
    at % COLS < COLS - 10 && random.next() < share ? random.next() : ground,
  )
  return matrix(N, COLS, data)
}

/** centredᵀ · centred in double precision. */
function scatterBy({ rows, cols, data }: Matrix, meanOf: (i: number, j: number) => number): Float64Array {
  const out = new Float64Array(cols * cols)
  for (let i = 0; i < rows; i++) {
    const row = Float64Array.from({ length: cols }, (_, j) => data[i * cols + j]! - meanOf(i, j))
    for (let a = 0; a < cols; a++) for (let b = 0; b < cols; b++) out[a * cols + b]! += row[a]! * row[b]!
  }
  return out
}

function furthestApart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0)
}

describe('what stands out of a background', () => {
  it.each([0, 0.8])(
    'has the scatter of centred rows on a ground of %d, zeros for columns that do not vary',
    async (ground) => {
      const rows = drawn(0.2, ground)
      const mean = columnMeans(rows)
      const scatter = await scatterOf(engine, rows)
      expect(
        furthestApart(
          scatter!.data,
          scatterBy(rows, (_, j) => mean[j]!),
        ),
      ).toBeLessThan(1e-4)
      expect(scatter!.data.at(-1)).toBe(0)
      const inputs = subtractRow(rows, mean)
      const [known, asked] = [
        await principalComponents(engine, inputs, 5, 1, scatter),
        await principalComponents(engine, inputs, 5, 1),
      ]
      expect(furthestApart(known.variances, asked.variances)).toBeLessThan(1e-5)
    },
  )

  it('has the class means taken from its products, and nothing of records without a label', async () => {
    const rows = drawn(0.2, 0.8)
    const of = Int32Array.from({ length: N }, (_, i) => (i % 10 === 9 ? -1 : i % 2))
    const counts = Int32Array.from([0, 1], (c) => of.filter((label) => label === c).length)
    const { x, within } = await varyingWithinClasses(engine, rows, { of, names: ['a', 'b'], counts })
    const d = COLS - 10
    expect([x.cols, within.centred.less === null]).toEqual([d, false])
    const labelled = Array.from(of.keys()).filter((i) => of[i]! >= 0)
    const meanOf = (c: number, j: number) =>
      labelled.filter((i) => of[i] === c).reduce((sum, i) => sum + rows.data[i * COLS + j]!, 0) / counts[c]!
    const means = [0, 1].map((c) => Float64Array.from({ length: d }, (_, j) => meanOf(c, j)))
    const centred = matrix(N, d)
    for (const i of labelled)
      for (let j = 0; j < d; j++) centred.data[i * d + j] = rows.data[i * COLS + j]! - means[of[i]!]![j]!
    expect(
      furthestApart(
        within.scatter.data,
        scatterBy(centred, () => 0),
      ),
    ).toBeLessThan(1e-4)
    expect(furthestApart(gatherCentred(within.centred, Int32Array.from(of.keys())).data, centred.data)).toBeLessThan(
      1e-6,
    )
    const random = seededRandom(6)
    const lower = matrix(d, d)
    for (let a = 0; a < d; a++) for (let b = 0; b <= a; b++) lower.data[a * d + b] = random.normal()
    const [later, before] = [
      await centredByLower(engine, within.centred, lower),
      await centredByLower(engine, { x: centred, less: null }, lower),
    ]
    expect(furthestApart(later.data, before.data)).toBeLessThan(1e-4)
  })

  it('lies near the means of columns of which no value is that of most rows', async () => {
    const rows = drawn(0.05, 0)
    const random = seededRandom(7)
    for (let j = 0; j < 100; j++) {
      for (let i = 0; i < N; i++) rows.data[i * COLS + j] = 0.8 + 0.001 * random.normal()
      rows.data[(N - 2) * COLS + j] = 0
    }
    const { x } = (await standingOut(engine, rows))!
    const means = columnMeans(x)
    for (let j = 0; j < x.cols; j++) {
      let variance = 0
      for (let i = 0; i < N; i++) variance += (x.data[i * x.cols + j]! - means[j]!) ** 2 / N
      expect(means[j]! ** 2).toBeLessThan(4.01 * variance)
    }
  })

  it('is nothing of narrow rows, or of rows that are not mostly background', async () => {
    const narrow = matrix(4, 3, Float32Array.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]))
    expect(await standingOut(engine, narrow)).toBeNull()
    expect(await scatterOf(engine, drawn(0.9, 0))).toBeNull()
  })

  it('is nothing of rows that are all the same', async () => {
    expect(await standingOut(engine, drawn(0, 0.5))).toBeNull()
    expect(await scatterOf(engine, drawn(0, 0.5))).toBeNull()
  })
})
