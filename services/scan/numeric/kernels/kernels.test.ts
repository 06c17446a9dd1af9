import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { type Matrix, matrix } from '../matrix.ts'
import { cosines } from '../sweeps.ts'
import { KERNELS } from './binary.ts'
import { type Kernels, loadKernels } from './kernels.ts'

interface Builder {
  readonly buildKernels: () => Promise<Uint8Array>
}

it('are what their source builds', async () => {
  const builder: string = new URL('../../../../tools/kernels.mjs', import.meta.url).href
  const { buildKernels } = (await import(builder)) as Builder
  expect(Buffer.from(await buildKernels()).toString('base64')).toBe(KERNELS)
}, 120_000)

/** The largest difference from what an element should be. */
function farthest({ data }: Matrix, expected: (at: number) => number): number {
  return data.reduce((most, value, at) => Math.max(most, Math.abs(value - expected(at))), 0)
}

/** Sweeps over m in the kernels' memory, with a float for each row beside it; returns those. */
function swept(m: Matrix, sweep: (kernels: Kernels, x: number, beside: number) => void): Float32Array {
  const kernels = loadKernels()
  const [x = 0, beside = 0] = kernels.reserve(4 * m.data.length, 4 * m.rows)
  kernels.floats(x, m.data.length).set(m.data)
  sweep(kernels, x, beside)
  m.data.set(kernels.floats(x, m.data.length))
  return kernels.floats(beside, m.rows)
}

const tanhs = (m: Matrix) => swept(m, (kernels, x, slopes) => kernels.tanhs(x, m.rows, m.cols, slopes))
const ramp = (m: Matrix, knee: number, height: number) =>
  swept(m, (kernels, x) => kernels.ramp(x, m.data.length, knee, height))

describe('elementary functions', () => {
  // Every remainder of four, and enough rows for several sweeps.
  const shapes = [1, 2, 3, 4, 5, 7, 1024].map((cols) => [cols] as const)
  const random = seededRandom(4)
  const spread = (rows: number, cols: number, width: number) =>
    matrix(
      rows,
      cols,
      Float32Array.from({ length: rows * cols }, () => (2 * random.next() - 1) * width),
    )

  it.each(shapes)('are those of Math on rows of %i', (cols) => {
    const rows = cols === 1024 ? 600 : 9
    const x = spread(rows, cols, 12)
    const t = matrix(rows, cols, x.data.slice())
    const slopes = tanhs(t)
    expect(farthest(t, (at) => Math.tanh(x.data[at]!))).toBeLessThan(3e-7)
    const last = t.data.subarray((rows - 1) * cols)
    expect(slopes[rows - 1]! / cols).toBeCloseTo(last.reduce((sum, v) => sum + 1 - v * v, 0) / cols, 5)

    const phases = Float32Array.from({ length: cols }, () => random.next() * 2 * Math.PI)
    const c = matrix(rows, cols, x.data.slice())
    cosines(c, phases)
    expect(farthest(c, (at) => Math.cos(Math.fround(x.data[at]! + phases[at % cols]!)))).toBeLessThan(1e-6)

    const r = matrix(rows, cols, x.data.slice())
    ramp(r, 1.5, 3.5)
    expect(farthest(r, (at) => Math.min(Math.max(x.data[at]! - 1.5, 0), 3.5))).toBeLessThan(1e-6)
  })

  it('saturate at the ends', () => {
    const x = matrix(1, 4, Float32Array.of(Infinity, -Infinity, 40, -40))
    tanhs(x)
    expect([...x.data]).toEqual([1, -1, 1, -1])
  })
})

describe('memory', () => {
  it('grows to what is reserved, in blocks that do not touch', () => {
    const kernels = loadKernels()
    const [first = 0, second = 0] = kernels.reserve(5_000_003, 64)
    kernels.floats(first, 1_250_000).fill(1)
    kernels.floats(second, 16).fill(2)
    expect(kernels.floats(first, 1_250_000).every((value) => value === 1)).toBe(true)
    expect([first % 16, second % 16, second >= first + 5_000_003]).toEqual([0, 0, true])
  })
})
