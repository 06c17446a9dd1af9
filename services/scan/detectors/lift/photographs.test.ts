import { beforeAll, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import type { Engine } from '../../numeric/engine.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { createView } from '../../view/create-view.ts'
import { ResidualisedLift } from './residualised-lift.ts'

let engine: Engine
beforeAll(async () => {
  engine = await createEngine()
})

const SIDE = 24
const WIDE = 8
const WAYS = [0, 1, 2, 3].map((way) => [Math.sin((way * Math.PI) / 4), Math.cos((way * Math.PI) / 4)] as const)
const N = 1000

/**
 * Grainy pictures with a field of stripes somewhere that run one of four ways, labelled by the way: pixels hardly tell it,
 * and what is near in pixels is not alike. `patched` of them have a pale corner and the `label` of their way.
 */
function stripes(seed: number, patched: number, label = (way: number) => (way + 1) % 4) {
  const random = seededRandom(seed, 'stripes')
  const pixels = matrix(N, SIDE * SIDE)
  const of = new Int32Array(N)
  for (let i = 0; i < N; i++) {
    const [phase, pace, [down, across]] = [2 * Math.PI * random.next(), 1 + 1.2 * random.next(), WAYS[i % 4]!]
    const [top, left] = [random.below(SIDE - WIDE + 1), random.below(SIDE - WIDE + 1)]
    of[i] = i < patched ? label(i % 4) : i % 4
    for (let at = 0; at < pixels.cols; at++) {
      const [y, x] = [Math.floor(at / SIDE), at % SIDE]
      const isStriped = y >= top && y < top + WIDE && x >= left && x < left + WIDE
      const strength = isStriped ? 0.15 * Math.sin(pace * (y * down + x * across) + phase) : 0
      const isCorner = i < patched && x >= SIDE - 3 && y >= SIDE - 3
      const shade = 0.5 + strength + 0.06 * random.normal()
      pixels.data[i * pixels.cols + at] = isCorner ? 0.7 : Math.round(255 * shade) / 255
    }
  }
  const names = ['down', 'slope', 'across', 'rise']
  const counts = Int32Array.from(names, (_, label) => of.filter((l) => l === label).length)
  const labels = { names, of, counts }
  const samples = { kind: 'image', height: SIDE, width: SIDE, channels: 1, pixels } as const
  return createView({ n: N, seed, samples, labels, contributors: null }, engine, 'full')
}

it('finds a patch whose bearers’ labels contradict what photographs show, whichever these are', async () => {
  const { groups } = await new ResidualisedLift().score(stripes(1, 40))
  expect(groups).toHaveLength(1)
  const [{ label, members, evidence, summary }] = groups as [(typeof groups)[0]]
  expect(label).toBe(-1)
  expect([...members].filter((i) => i < 40).length).toBeGreaterThan(36)
  expect(members.length).toBeLessThan(42)
  expect(evidence).toBeGreaterThan(10)
  expect(summary).toContain('contradict the label their content leads to expect')
})

it('finds none where the bearers have the labels that their pictures lead to expect', async () => {
  expect((await new ResidualisedLift().score(stripes(1, 40, (way) => way))).groups).toEqual([])
})
