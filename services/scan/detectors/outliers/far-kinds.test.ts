import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { nearestNeighbours } from '../../numeric/neighbours.ts'
import { createView } from '../../view/create-view.ts'
import { farKind } from './far-kinds.ts'

const engine = await createEngine()
const N = 2600
const ODD = 130
const KINDS = 5
const FAR = 2

interface Drawn {
  /** Where the odd ones are; the records of the far label are about (0, 20). */
  readonly at?: readonly [x: number, y: number]
  readonly labelOf?: (i: number) => number
  /** How far the odd ones lie out by their scores; the far label's own records as 10 to 11, all others as |normal|. */
  readonly out?: number
  /** How much more principal axes leave of the odd ones than of others. */
  readonly left?: number
}

/** The kinds of a window one label of which lies far out by nature; the first records, a twentieth, are odd. */
async function kinds({ at = [20, 20], labelOf = () => FAR, out = 14, left = 5 }: Drawn = {}) {
  const random = seededRandom(23, 'far kinds test')
  const forms = matrix(N, 2)
  const inputs = matrix(N, 1)
  const of = Int32Array.from({ length: N }, (_, i) => (i < ODD ? labelOf(i) : i % KINDS))
  const scores = Float64Array.from(of, (_, i) => {
    const kind = i % KINDS
    const centre = i < ODD ? at : kind === FAR ? [0, 20] : [6 * (kind & 1), 3 * (kind & 2)]
    forms.data[2 * i] = centre[0] + random.normal()
    forms.data[2 * i + 1] = centre[1] + random.normal()
    inputs.data[i] = Math.exp(0.2 * random.normal()) * (i < ODD ? left : 1)
    if (i < ODD) return out + random.next()
    return kind === FAR ? 10 + random.next() : Math.abs(random.normal())
  })
  const names = Array.from({ length: KINDS }, (_, c) => `kind ${c}`)
  const counts = Int32Array.from(names, (_, c) => of.filter((label) => label === c).length)
  const samples = { kind: 'image', height: 1, width: 2, channels: 1, pixels: forms } as const
  const window = createView({ n: N, seed: 3, samples, labels: { of, names, counts }, contributors: null }, engine)
  const near = nearestNeighbours(forms, 11, forms)
  const k = near.k - 1
  const index = Int32Array.from({ length: N * k }, (_, to) => near.index[Math.floor(to / k) * near.k + 1 + (to % k)]!)
  const told = {
    neighbours: async () => ({ k, index, distance: new Float32Array(N * k) }),
    inputs: async () => inputs,
    reduced: async () => matrix(N, 1),
  }
  return farKind({ ...window, ...told }, scores, forms)
}

it('finds images of another kind under a label whose own records are far as well', async () => {
  const [group, ...others] = await kinds()
  expect(others).toEqual([])
  expect(group?.label).toBe(FAR)
  expect(group!.evidence).toBeGreaterThan(30)
  expect([...group!.members]).toEqual(Array.from({ length: ODD }, (_, i) => i))
  expect(group!.posterior.every((p) => p > 0.5)).toBe(true)
})

it('finds nothing where axes leave no more of a far part than of others', async () => {
  expect(await kinds({ left: 1 })).toEqual([])
})

it('finds nothing where a part is no farther out than the rest of its label', async () => {
  expect(await kinds({ out: 10 })).toEqual([])
})

it('finds nothing where the label’s other records are near the part', async () => {
  expect(await kinds({ at: [2.5, 20] })).toEqual([])
})

it('tells none where several labels have such a part', async () => {
  expect(await kinds({ labelOf: (i) => (i % 2 === 0 ? FAR : 3) })).toEqual([])
})
