import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import { cholesky, invertLower } from '../../numeric/cholesky.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import type { Samples } from '../../view/samples.ts'
import { ClassCores } from './class-cores.ts'
import { Gibberish } from './gibberish.ts'
import { Mahalanobis } from './mahalanobis.ts'
import { Reconstruction } from './reconstruction.ts'

const engine = await createEngine()
const view = (samples: Samples, n: number, labels: readonly string[] | null = null) =>
  createView({ n, seed: 1, samples, labels: labels === null ? null : groupBy(labels), contributors: null }, engine)
const ranked = (scores: Float64Array) => [...scores.keys()].sort((a, b) => scores[b]! - scores[a]!)
const random = seededRandom(9, 'outliers test')

/** Two elongated classes; record 0 lies where their long axes point, record 1 nearer to both, but off the axes. */
function elongated() {
  const n = 400
  const vectors = matrix(n, 4)
  const labels = Array.from({ length: n }, (_, i) => (i % 2 === 0 ? 'even' : 'odd'))
  for (let i = 0; i < n; i++) {
    vectors.data[i * 4] = 8 * random.normal()
    vectors.data[i * 4 + 1] = (i % 2 === 0 ? 3 : -3) + 0.3 * random.normal()
    vectors.data[i * 4 + 2] = random.normal()
    vectors.data[i * 4 + 3] = random.normal()
  }
  vectors.data.set([16, 3, 0, 0], 0)
  vectors.data.set([0, 0, 5, 5], 4)
  return { samples: { kind: 'vector', vectors } as const, n, labels }
}

/** Squared distances as they are written down, in three dimensions, each coordinate's square held at 12. */
function plainly(rows: readonly number[][], labels: readonly string[], from: readonly number[]): number[] {
  const means = new Map(
    [...new Set(labels)].map((label) => {
      const own = from.filter((i) => labels[i] === label)
      const of = own.length >= 5 ? own : from
      return [label, [0, 1, 2].map((j) => of.reduce((sum, i) => sum + rows[i]![j]!, 0) / of.length)]
    }),
  )
  const off = rows.map((row, i) => row.map((value, j) => value - means.get(labels[i]!)![j]!))
  const cov = [0, 1, 2].map((a) =>
    [0, 1, 2].map((b) => from.reduce((sum, i) => sum + off[i]![a]! * off[i]![b]!, 0) / from.length),
  )
  const ridge = (1e-2 * (cov[0]![0]! + cov[1]![1]! + cov[2]![2]!)) / 3 + 1e-9
  for (const j of [0, 1, 2]) cov[j]![j]! += ridge
  const whitener = invertLower(cholesky(Float64Array.from(cov.flat()), 3), 3)
  return off.map((o) =>
    [0, 1, 2].reduce((sum, a) => {
      const z = [0, 1, 2].reduce((dot, b) => dot + whitener[a * 3 + b]! * o[b]!, 0)
      return sum + Math.min(12, z * z)
    }, 0),
  )
}

describe('Mahalanobis', () => {
  it('ranks the few records that are not the same as all others of their class', async () => {
    const [n, cols] = [300, 40]
    const own = seededRandom(4, 'all but few alike')
    const kinds = Array.from({ length: 3 * cols }, () => 1000 * own.next())
    const vectors = matrix(n, cols)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < cols; j++)
        vectors.data[i * cols + j] = kinds[(i % 3) * cols + j]! * (i < 6 ? 1 + own.normal() : 1)
    const labels = Array.from({ length: n }, (_, i) => 'abc'[i % 3]!)
    const { scores } = await new Mahalanobis().score(view({ kind: 'vector', vectors }, n, labels))
    expect(
      ranked(scores)
        .slice(0, 6)
        .sort((a, b) => a - b),
    ).toEqual([0, 1, 2, 3, 4, 5])
  })

  it.each([
    [2000, 700],
    [3000, 512],
    [2000, 200],
  ])('puts no gap between the farthest tenth and the others where %i records have %i columns', async (n, d) => {
    const vectors = matrix(n, d)
    const own = seededRandom(4, 'few for their columns')
    for (let at = 0; at < vectors.data.length; at++) vectors.data[at] = own.normal()
    const { scores } = await new Mahalanobis().score(view({ kind: 'vector', vectors }, n))
    const sorted = scores.toSorted()
    const at = (share: number) => sorted[Math.floor(share * n)]!
    expect(at(0.91) - at(0.89)).toBeLessThan(0.2 * (at(0.89) - at(0.5)))
  })

  it('measures distance in the units of the class, direction by direction', async () => {
    const { samples, n, labels } = elongated()
    const { scores } = await new Mahalanobis().score(view(samples, n, labels))
    expect(ranked(scores)[0]).toBe(1)
    expect(ranked(scores).indexOf(0)).toBeGreaterThan(3)
  })

  it.each([0, 3])(
    'leaves the far tenth out of the second covariance, with %i records of a class too small for a mean',
    async (few) => {
      const [n, d] = [2400, 3]
      const vectors = matrix(n, d)
      for (let at = 0; at < n * d; at++) vectors.data[at] = random.normal() * (1 + (at % d))
      for (let i = 0; i < 100; i++) vectors.data[i * d] = 9
      const labels = Array.from({ length: n }, (_, i) => (i >= n - few ? 'few' : i % 2 === 0 ? 'even' : 'odd'))
      const { scores } = await new Mahalanobis().score(view({ kind: 'vector', vectors }, n, labels))
      const inputs = await view({ kind: 'vector', vectors }, n, labels).inputs()
      const rows = Array.from({ length: n }, (_, i) => Array.from(inputs.data.subarray(i * d, (i + 1) * d)))
      const all = [...rows.keys()]
      const first = plainly(rows, labels, all)
      const bound = first.toSorted((a, b) => a - b)[Math.floor(0.9 * n)]!
      const second = plainly(
        rows,
        labels,
        all.filter((i) => first[i]! <= bound),
      )
      for (const i of [0, 7, 101, 1200, n - 1]) expect(scores[i]).toBeCloseTo(Math.log(second[i]!), 2)
    },
  )

  it('takes a rare level of one column for nothing strange', async () => {
    const n = 500
    const codes = Int32Array.from({ length: n }, (_, i) => (i < 4 ? 1 : 0))
    const columns = Array.from({ length: 6 }, (_, j) => ({
      name: `x${j}`,
      type: 'number' as const,
      values: Float64Array.from({ length: n }, (_, i) => (i === 9 ? 5 : 0) + random.normal()),
    }))
    const flag = { name: 'flag', type: 'category' as const, codes, levels: ['no', 'yes'] }
    const { scores } = await new Mahalanobis().score(view({ kind: 'table', columns: [...columns, flag] }, n))
    expect(ranked(scores)[0]).toBe(9)
  })

  it('does without labels', async () => {
    const { samples, n } = elongated()
    const { scores } = await new Mahalanobis().score(view(samples, n))
    expect(scores.every(Number.isFinite)).toBe(true)
  })
})

describe('ClassCores', () => {
  it('finds what is far from the core of every class, though many such records pull on them', async () => {
    const { samples, n, labels } = elongated()
    for (let i = 10; i < 30; i++) samples.vectors.data.set([0, 12 + random.normal(), 6, 6], i * 4)
    const { scores } = await new ClassCores().score(view(samples, n, labels))
    const far = ranked(scores).slice(0, 20)
    expect(far.every((i) => i >= 10 && i < 30)).toBe(true)
  })
})

describe('Gibberish', () => {
  const words = ['the', 'meeting', 'starts', 'later', 'please', 'bring', 'coffee', 'and', 'papers', 'tomorrow']
  const sentence = () => Array.from({ length: 30 }, () => words[random.below(words.length)]).join(' ')
  const letters = () =>
    Array.from({ length: 30 }, () =>
      Array.from({ length: 3 + random.below(6) }, () => String.fromCodePoint(97 + random.below(26))).join(''),
    ).join(' ')

  it('finds random letters among words', async () => {
    const texts = Array.from({ length: 200 }, (_, i) => (i < 3 ? letters() : sentence()))
    const detection = await new Gibberish().score(view({ kind: 'text', texts }, 200))
    expect(
      ranked(detection.scores)
        .slice(0, 3)
        .every((i) => i < 3),
    ).toBe(true)
    expect(detection.why(0)).toMatch(/nats/)
  })

  it('takes encoded attachments and addresses for what they are', async () => {
    const encoded = 'aGVsbG8gd29ybGQh/x9Kd+Zz0QwErTyUiOp== mailto:q7x9z@example.org 0x9f8a7b http://t.co/xQzWv'
    const texts = Array.from({ length: 200 }, (_, i) => (i < 3 ? `${sentence()} ${encoded}` : sentence()))
    const { scores } = await new Gibberish().score(view({ kind: 'text', texts }, 200))
    expect(Math.max(...scores.subarray(0, 3))).toBeLessThan(2 * Math.max(...scores.subarray(3)))
  })

  it('knows nothing of an empty text', async () => {
    const texts = Array.from({ length: 60 }, (_, i) => (i === 0 ? '' : sentence()))
    const { scores } = await new Gibberish().score(view({ kind: 'text', texts }, 60))
    expect(ranked(scores).indexOf(0)).toBeGreaterThan(0)
  })
})

describe('Reconstruction', () => {
  it('finds images that the others have nothing in common with, though there are many', async () => {
    const [n, side, odd] = [400, 12, 60]
    const pixels = matrix(n, side * side)
    for (let i = 0; i < n; i++) {
      const level = random.next()
      for (let j = 0; j < side * side; j++) {
        const ramp = (j % side) / side
        pixels.data[i * side * side + j] = i < odd ? random.next() : level * ramp + 0.02 * random.next()
      }
    }
    const samples = { kind: 'image', height: side, width: side, channels: 1, pixels } as const
    const { scores } = await new Reconstruction().score(view(samples, n))
    expect(Math.min(...scores.subarray(0, odd))).toBeGreaterThan(Math.max(...scores.subarray(odd)))
  })
})
