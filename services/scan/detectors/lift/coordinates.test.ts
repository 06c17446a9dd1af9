import { describe, expect, it } from 'vitest'
import { seededRandom, type Random } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { createView } from '../../view/create-view.ts'
import { groupBy } from '../../view/build-input.ts'
import { type LiftOptions, ResidualisedLift } from './residualised-lift.ts'

const engine = await createEngine()
const N = 2000

interface Row {
  readonly x: number[]
  label: string
}

/** Which vectors are held by their coordinates. */
async function heldOf(seed: number, rows: readonly Row[], options: Partial<LiftOptions> = {}): Promise<Set<number>> {
  const vectors = matrix(N, rows[0]!.x.length)
  vectors.data.set(rows.flatMap(({ x }) => x))
  const labels = groupBy(rows.map(({ label }) => label))
  const input = { n: N, seed, samples: { kind: 'vector' as const, vectors }, labels, contributors: null }
  const { groups } = await new ResidualisedLift(options).score(createView(input, engine))
  return new Set(groups.flatMap(({ members, posterior }) => [...members].filter((_, at) => posterior[at]! > 0.5)))
}

/** Vectors of six speakers, whose voices differ in every coordinate, the first of which reaches far. */
function voices(random: Random): Row[] {
  const centres = Array.from({ length: 6 }, () => Array.from({ length: 8 }, () => 1.5 * random.normal()))
  return Array.from({ length: N }, () => {
    const of = random.below(centres.length)
    const x = centres[of]!.map((at, j) => (j === 0 ? 3 : 1) * (at + random.normal()))
    return { x, label: `speaker ${of}` }
  })
}

describe('a value beyond all others of a coordinate, with one label', () => {
  it.each([
    [10, 1],
    [20, 1],
    [20, 2],
    [100, 1],
    [100, 2],
  ])('is found in %i of 2,000 vectors, which it brings near one another, draw %i', async (count, seed) => {
    const random = seededRandom(seed, 'coordinates')
    const rows = voices(random)
    const struck = [...rows.keys()].filter((i) => rows[i]!.label !== 'speaker 2').slice(0, count)
    const beyond = 1.2 * Math.max(...rows.map(({ x }) => x[0]!))
    for (const i of struck) {
      rows[i]!.x[0] = beyond
      rows[i]!.label = 'speaker 2'
    }
    expect(await heldOf(seed, rows)).toEqual(new Set(struck))
  })
})

it.each([
  [3, 12],
  [100, 0],
])('asks %i nats of a value of a measured coordinate where the caller does', async (leastEvidence, held) => {
  const random = seededRandom(1, 'coordinates')
  const rows = voices(random)
  const struck = [...rows.keys()].filter((i) => rows[i]!.label !== 'speaker 2').slice(0, 12)
  for (const i of struck) {
    rows[i]!.x[1] = 0.25
    rows[i]!.label = 'speaker 2'
  }
  expect((await heldOf(1, rows, { leastEvidence })).size).toBe(held)
})

it.each([1, 2])('takes what two coordinates decide together for their law, draw %i', async (seed) => {
  const random = seededRandom(seed, 'coordinates')
  const rows = Array.from({ length: N }, () => {
    const [offer, answer] = [random.below(6), random.below(2)]
    const others = Array.from({ length: 8 }, () => 3 * random.normal())
    return { x: [offer, answer, ...others], label: `next offer ${offer + 2 * answer - 1}` }
  })
  expect(await heldOf(seed, rows)).toEqual(new Set())
})
