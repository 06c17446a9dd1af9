import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { createView } from '../../view/create-view.ts'
import { NearestForms } from './nearest-forms.ts'
import { oddForms } from './odd-forms.ts'

const engine = await createEngine()
const SIDE = 14
const N = 2600
const ODD = 40
const KINDS = 4
const NEAR = 20

/** Boxes, wide or tall in the left or the right half, by label; the first forty records are lines, each in a direction of its own. */
function drawings(labelOf: (i: number, kind: number) => number) {
  const random = seededRandom(11, 'odd forms test')
  const pixels = matrix(N, SIDE * SIDE)
  const of = new Int32Array(N)
  for (let i = 0; i < N; i++) {
    const kind = i % KINDS
    of[i] = labelOf(i, kind)
    const ink = 0.4 + 0.6 * random.next()
    const [left, top] = [(kind & 1) * 6 + 2 * random.next(), 1 + 2 * random.next()]
    const [right, bottom] = [left + 5 + random.next(), kind & 2 ? 11 + random.next() : 5 + random.next()]
    const angle = Math.PI * random.next()
    const shift = 8 * random.next() - 4
    for (let y = 0; y < SIDE; y++)
      for (let x = 0; x < SIDE; x++) {
        const off = Math.abs(Math.cos(angle) * (x - 6.5) + Math.sin(angle) * (y - 6.5) - shift)
        const isDrawn = i < ODD ? off < 1 : x >= left && x <= right && y >= top && y <= bottom
        pixels.data[i * pixels.cols + y * SIDE + x] = isDrawn ? ink : 0
      }
  }
  const names = Array.from({ length: Math.max(...of) + 1 }, (_, c) => `kind ${c}`)
  const counts = Int32Array.from(names, (_, c) => of.reduce((sum, label) => sum + Number(label === c), 0))
  const samples = { kind: 'image', height: SIDE, width: SIDE, channels: 1, pixels } as const
  return createView({ n: N, seed: 3, samples, labels: { of, names, counts }, contributors: null }, engine)
}

const groupsOf = async (labelOf: (i: number, kind: number) => number) =>
  (await new NearestForms().score(drawings(labelOf))).extremes ?? []

describe('odd forms', () => {
  it('are a group where images of another kind bear one label', async () => {
    const [group, ...others] = await groupsOf((i, kind) => (i < ODD ? 2 : kind))
    expect(others).toEqual([])
    expect(group?.label).toBe(2)
    expect(group!.members.filter((i) => i < ODD).length).toBeGreaterThan(0.8 * ODD)
    expect(group!.members.filter((i) => i >= ODD).length).toBeLessThan(3)
    expect(group!.summary).toMatch(/images labelled kind 2 are near no others by what they show/)
  })

  it('are none where they have a label of their own', async () => {
    expect(await groupsOf((i, kind) => (i < ODD ? KINDS : kind))).toEqual([])
  })

  it('are none where most of the records with their label are far from all others, too', async () => {
    expect(await groupsOf((i, kind) => (i < ODD ? KINDS : kind === 0 && i % 40 === 0 ? KINDS : kind))).toEqual([])
  })
})

/** How far out images lie, and what the principal axes leave of them, by chance or where they are odd. */
interface Told {
  /** How much farther out all images of the odd ones' label lie. */
  readonly farther?: number
  /** How much more the axes leave of the odd ones. */
  readonly left?: number
  /** Whether those nearest to the odd ones are others of their label. */
  readonly atHome?: boolean
  /** How likely all predictors, which have not seen them, find the odd ones' label: of all, or of the first twenty and the others. */
  readonly likely?: readonly [number, number]
}

/** The labels of groups, and how many of the first forty are in each: these look like any label and bear one. */
async function told({ farther = 0, left = 1, atHome = false, likely = [0.45, 0.45] }: Told) {
  const random = seededRandom(12, 'odd forms told')
  const axes = matrix(N, 2)
  const inputs = matrix(N, 1)
  const of = Int32Array.from({ length: N }, (_, i) => (i < ODD ? 2 : i % KINDS))
  const scores = Float64Array.from(of, (label, i) => {
    const kind = i % KINDS
    axes.data[2 * i] = 4 * (kind & 1) + random.normal()
    axes.data[2 * i + 1] = 2 * (kind & 2) + random.normal()
    inputs.data[i] = Math.exp(0.2 * random.normal()) * (i < ODD ? left : 1)
    return i < ODD ? 14 + random.next() : Math.abs(random.normal()) + (label === 2 ? farther : 0)
  })
  const names = Array.from({ length: KINDS }, (_, c) => `kind ${c}`)
  const counts = Int32Array.from(names, (_, c) => of.filter((label) => label === c).length)
  const samples = { kind: 'image', height: 1, width: 1, channels: 1, pixels: inputs } as const
  const window = createView({ n: N, seed: 3, samples, labels: { of, names, counts }, contributors: null }, engine)
  // every odd record is near its next fellows and others, of its label or of all
  const index = Int32Array.from({ length: N * NEAR }, (_, at) => {
    const [i, place] = [Math.floor(at / NEAR), at % NEAR]
    if (place < 5) return (i + place + 1) % ODD
    return ODD + (atHome ? KINDS : 1) * ((i + place) % 200) + 2
  })
  const nearest = { k: NEAR, index, distance: new Float32Array(N * NEAR) }
  const consensus = matrix(N, KINDS)
  for (const [i, label] of of.entries()) {
    const own = i < ODD ? likely[Math.floor((2 * i) / ODD)]! : 0.97
    consensus.data.fill((1 - own) / (KINDS - 1), i * KINDS, (i + 1) * KINDS)
    consensus.data[i * KINDS + label] = own
  }
  const view = {
    ...window,
    expectedBy: async () => ({ outOfFold: consensus, consensus }),
    inputs: async () => inputs,
    reduced: async () => matrix(N, 1),
    neighbours: async () => nearest,
  }
  return (await oddForms(view, scores, axes)).map(({ label, members }) => [
    label,
    members.filter((i) => i < ODD).length,
  ])
}

describe('odd forms of one label', () => {
  it('are a group where the axes leave more of them than of others, too', async () => {
    expect(await told({ left: 5 })).toEqual([[2, ODD]])
    expect(await told({ left: 1 })).toEqual([])
  })

  it('are none where those nearest to them bear their label', async () => {
    expect(await told({ left: 5, atHome: true })).toEqual([])
  })

  it('are none where predictors that have not seen them expect their label', async () => {
    expect(await told({ left: 5, likely: [0.8, 0.8] })).toEqual([])
    expect(await told({ left: 5, likely: [0.01, 0.8] })).toEqual([[2, ODD]])
  })

  it('are those that no predictor expects where images of their label lie far out by nature', async () => {
    expect(await told({ left: 5, farther: 1, likely: [0.01, 0.01] })).toEqual([[2, ODD]])
    expect(await told({ left: 5, farther: 1, likely: [0.01, 0.8] })).toEqual([[2, ODD / 2]])
  })

  it('are none where most images of that label lie farther out than three quarters of all', async () => {
    expect(await told({ left: 5, farther: 0.3 })).toEqual([[2, ODD]])
    expect(await told({ left: 5, farther: 1 })).toEqual([])
  })
})
