import { describe, expect, it } from 'vitest'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { groupBy } from '../../view/build-input.ts'
import { createView } from '../../view/create-view.ts'
import { PairAsymmetry } from './pair-asymmetry.ts'

const engine = await createEngine()
/** How many labels there are, and how many times as many images look like label 2 as like any other. */
interface Labels {
  readonly classes?: number
  readonly larger?: number
}

interface Mistaken {
  readonly from: number
  readonly to: number
  readonly count: number
}

/** Images of labels, six where nothing else is said, of which some look like one and are labelled another; predictors are sure of what an image looks like. */
async function said(
  mistaken: readonly Mistaken[],
  kind: 'image' | 'vector' = 'image',
  each = 200,
  { classes = 6, larger = 1 }: Labels = {},
) {
  const looks = [
    ...Array.from({ length: classes * each }, (_, i) => i % classes),
    ...Array<number>((larger - 1) * each).fill(2),
  ]
  const given = looks.slice()
  for (const { from, to, count } of mistaken) {
    let left = count
    looks.forEach((look, i) => {
      if (look === from && given[i] === from && left-- > 0) given[i] = to
    })
  }
  const n = looks.length
  const probabilities = matrix(n, classes)
  looks.forEach((look, i) => {
    for (let c = 0; c < classes; c++) probabilities.data[i * classes + c] = c === look ? 0.9995 : 0.0001
  })
  const pixels = matrix(n, 1)
  const image = { kind: 'image' as const, height: 1, width: 1, channels: 1, pixels }
  const samples = kind === 'image' ? image : { kind: 'vector' as const, vectors: pixels }
  const names = Array.from({ length: classes }, (_, c) => String(c))
  const grouped = groupBy([...names, ...given.map(String)])
  const labels = { ...grouped!, of: grouped!.of.subarray(classes) }
  const input = { n, seed: 1, samples, labels, contributors: null }
  const expected = { probabilities, predictor: 'blend' as const, bulkLoss: 0.05, priorLoss: 1.8 }
  const bare = createView(input, engine)
  const probe = async () => ({ ...(await bare.probe()), outOfFold: probabilities })
  const view = { ...bare, consensus: async () => expected, probe }
  return new PairAsymmetry().score(view)
}

describe('pairs of labels that go one way', () => {
  it('are held for the pair that leads all others by far', async () => {
    const { groups, extremes } = await said([{ from: 2, to: 4, count: 30 }])
    expect(groups.map(({ label, members }) => [label, members.length])).toEqual([[4, 30]])
    expect(extremes).toEqual(groups)
  })

  it('are only ranked where the runner-up is as one-sided, as look-alike classes are', async () => {
    const { groups, extremes } = await said([
      { from: 2, to: 4, count: 30 },
      { from: 1, to: 3, count: 20 },
    ])
    expect(groups).toHaveLength(2)
    expect(extremes).toEqual([])
  })

  it('are only ranked where few of a class go that way, as real labels do', async () => {
    const { groups, extremes } = await said([{ from: 2, to: 4, count: 26 }], 'image', 800)
    expect(groups.map(({ evidence }) => evidence > 12)).toEqual([true])
    expect(extremes).toEqual([])
  })

  it('are held in vectors where their records lead all others by count as well', async () => {
    const led = await said([{ from: 2, to: 4, count: 30 }], 'vector')
    expect(led.extremes).toEqual(led.groups)
    const natural = [
      { from: 2, to: 4, count: 40 },
      { from: 1, to: 3, count: 13 },
    ]
    expect((await said(natural, 'image')).extremes).toHaveLength(1)
    expect((await said(natural, 'vector')).extremes).toEqual([])
  })

  it('are only ranked in images of few labels, of which each has one that it is mistaken for', async () => {
    const mistaken = [{ from: 2, to: 3, count: 30 }]
    const few = await said(mistaken, 'image', 200, { classes: 4 })
    expect([few.groups.length, few.extremes]).toEqual([1, []])
    const enough = await said(mistaken, 'image', 200, { classes: 5 })
    expect(enough.extremes).toEqual(enough.groups)
  })

  it('are held where they lead beyond what a label with more records takes from one like it', async () => {
    const natural = await said([{ from: 2, to: 4, count: 30 }], 'image', 200, { larger: 3 })
    expect(natural.groups.map(({ evidence }) => evidence > 20)).toEqual([true])
    expect(natural.extremes).toEqual([])
    const pushed = await said([{ from: 2, to: 4, count: 60 }], 'image', 200, { larger: 3 })
    expect(pushed.extremes).toEqual(pushed.groups)
  })
})
