import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Channel } from '../../calibrate/channel.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { nearestNeighbours } from '../../numeric/neighbours.ts'
import { byFamily } from '../../verdict/fuse.ts'
import { createView } from '../../view/create-view.ts'
import { farIsland } from './far-islands.ts'
import { Mahalanobis } from './mahalanobis.ts'

const engine = await createEngine()
const N = 2600
const ODD = 130
const KINDS = 4

interface Drawn {
  /** Where the odd ones are: each kind is at a corner of a square of eight. */
  readonly at: readonly [x: number, y: number]
  readonly labelOf?: (i: number) => number
  /** How far the odd ones lie out by their scores; others as |normal|. */
  readonly out?: () => number
  /** How much more principal axes leave of the odd ones. */
  readonly left?: number
  /** Whether they are asked by forms, whose discriminant must contradict their label. */
  readonly isAsked?: boolean
  /** Whether the window's principal axes tell kinds apart. */
  readonly isTold?: boolean
}

/** The islands of a window in which the first records, a twentieth, are elsewhere than the four kinds. */
async function islands({ at, labelOf = () => 2, out = () => 14, left = 5, isAsked = true, isTold = false }: Drawn) {
  const random = seededRandom(21, 'far islands test')
  const axes = matrix(N, 2)
  const inputs = matrix(N, 1)
  const of = Int32Array.from({ length: N }, (_, i) => (i < ODD ? labelOf(i) : i % KINDS))
  const scores = Float64Array.from(of, (_, i) => {
    const kind = i % KINDS
    axes.data[2 * i] = (i < ODD ? at[0] : 8 * (kind & 1)) + random.normal()
    axes.data[2 * i + 1] = (i < ODD ? at[1] : 4 * (kind & 2)) + random.normal()
    inputs.data[i] = Math.exp(0.2 * random.normal()) * (i < ODD ? left : 1)
    return i < ODD ? out() + random.next() : Math.abs(random.normal())
  })
  const names = Array.from({ length: KINDS }, (_, c) => `kind ${c}`)
  const counts = Int32Array.from(names, (_, c) => of.filter((label) => label === c).length)
  const samples = { kind: 'image', height: 1, width: 2, channels: 1, pixels: axes } as const
  const window = createView({ n: N, seed: 3, samples, labels: { of, names, counts }, contributors: null }, engine)
  const near = nearestNeighbours(axes, 11, axes)
  const k = near.k - 1
  const index = Int32Array.from({ length: N * k }, (_, to) => near.index[Math.floor(to / k) * near.k + 1 + (to % k)]!)
  const distance = new Float32Array(N * k)
  const told = { neighbours: async () => ({ k, index, distance }), inputs: async () => inputs }
  const view = { ...window, ...told, reduced: async () => (isTold ? axes : matrix(N, 1)) }
  return farIsland(view, scores, isAsked ? axes : null)
}

describe('far islands', () => {
  it('are a group where images of another kind are many, bear one label and do not look like it', async () => {
    const [group, ...others] = await islands({ at: [14, 0] })
    expect(others).toEqual([])
    expect(group?.label).toBe(2)
    expect(group!.evidence).toBeGreaterThan(30)
    const held = group!.members.filter((_, at) => group!.posterior[at]! >= 0.5)
    expect(held.filter((i) => i < ODD).length).toBeGreaterThan(0.95 * ODD)
    expect(held.filter((i) => i >= ODD).length).toBeLessThan(3)
  })

  it('rank and hold no record where nothing may contradict their label', async () => {
    const [group, ...others] = await islands({ at: [14, 0], isAsked: false })
    expect(others).toEqual([])
    expect(group!.members.filter((i) => i < ODD).length).toBe(ODD)
    const { info, tags } = new Mahalanobis()
    const logOdds = new Float64Array(N).fill(-9)
    const detection = { scores: logOdds, scale: 'relative', groups: [], why: () => '' } as const
    const channel: Channel = { info, tags, detection, logOdds, extremes: [group!] }
    const [verdict] = byFamily([channel], N)
    const ranked = verdict!.logOdds.slice(0, ODD)
    expect(Math.max(...ranked)).toBeLessThan(-1)
    expect(ranked.toSorted()[ODD >> 1]).toBeGreaterThan(-2.5)
  })

  it('hold by pixels alone where the axes of the window contradict their label, and rank where these do not', async () => {
    const [group] = await islands({ at: [14, 0], isAsked: false, isTold: true, left: 1 })
    expect(group!.evidence).toBeGreaterThan(30)
    expect(group!.members.filter((i) => i < ODD).length).toBe(ODD)
    const [alike] = await islands({ at: [0, 16], isAsked: false, isTold: true, left: 1 })
    expect(alike!.evidence).toBeLessThan(3)
  })

  it('are none where they look like their label, or axes leave no more of them than of others', async () => {
    expect(await islands({ at: [0, 16] })).toEqual([])
    expect(await islands({ at: [14, 0], left: 1 })).toEqual([])
  })

  it('are none where their labels are those of all kinds', async () => {
    expect(await islands({ at: [14, 0], labelOf: (i) => i % KINDS })).toEqual([])
  })

  it('are none where the other records of their label are near them, or they are near other labels alone', async () => {
    expect(await islands({ at: [0, 8] })).toEqual([])
    expect(await islands({ at: [8, 0] })).toEqual([])
  })

  it('are none where the scores of their label have no gap', async () => {
    const random = seededRandom(22, 'far islands thin out')
    expect(await islands({ at: [14, 0], out: () => -3 * Math.log(1 - random.next()) })).toEqual([])
  })

  it('are none where they lie no farther out than others', async () => {
    expect(await islands({ at: [14, 0], out: () => 0 })).toEqual([])
  })
})
