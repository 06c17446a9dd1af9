import { describe, expect, it } from 'vitest'
import { type Random, seededRandom } from '#core/random.ts'
import { createEngine } from '../../numeric/create-engine.ts'
import { matrix } from '../../numeric/matrix.ts'
import { createView } from '../../view/create-view.ts'
import { OffManifold } from './off-manifold.ts'

const N = 800
/** More than the covariance is estimated by. */
const MANY = 10_000
const D = 96
const AXES = 20
const STRUCK = 16

type Strike = (vector: Float32Array, random: Random) => void

/** What a model makes: few directions, of falling strength, and a little of all others. */
function model(name: string) {
  const axes = seededRandom(2, name)
  const loadings = Array.from({ length: AXES }, () => Float32Array.from({ length: D }, () => axes.normal()))
  const middle = Float32Array.from({ length: D }, () => 2 * axes.normal())
  return (vector: Float32Array, random: Random, kind = 0) => {
    vector.set(middle)
    loadings.forEach((axis, at) => {
      const weight = (random.normal() + (at === kind ? 3 : 0)) / (1 + at / 4)
      for (let j = 0; j < D; j++) vector[j]! += weight * axis[j]!
    })
    for (let j = 0; j < D; j++) vector[j]! += 0.2 * random.normal()
  }
}

const usual = model('the model')
const other = model('another model')

const reversed: Strike = (vector) => vector.reverse()
const noise: Strike = (vector, random) => {
  const size = Math.hypot(...vector) / Math.sqrt(D)
  for (let j = 0; j < D; j++) vector[j] = size * random.normal()
}
const longer: Strike = (vector) => vector.forEach((value, j) => (vector[j] = 1.02 * value))
const cut: Strike = (vector) => vector.fill(0, D / 2)
const ofAnother: Strike = (vector, random) => other(vector, random)
/** A kind of its own that the model makes: far along an axis that is weak in all others. */
const ofAKind: Strike = (vector, random) => usual(vector, random, AXES - 1)

function unit(vector: Float32Array): void {
  const length = Math.hypot(...vector)
  for (let j = 0; j < D; j++) vector[j]! /= length
}

/** Whether windows have labels, and whether the first records share one or are most of one. */
type Labelled = 'not' | 'alike' | 'shared' | 'most of one'

interface Made {
  readonly struck?: number
  readonly normalised?: boolean
  /** Whether vectors are normalised after they were struck. */
  readonly after?: boolean
  readonly labelled?: Labelled
  /** Deviation of the vectors' lengths, as a share. */
  readonly varying?: number
  readonly n?: number
  /** From this record on vectors are of another model. */
  readonly otherFrom?: number
  /** The factor from one unit of the coordinates to the next of three. */
  readonly units?: number
}

async function detected(
  strike: Strike,
  {
    struck = STRUCK,
    normalised = true,
    after = true,
    labelled = 'not',
    varying = 0,
    units = 1,
    n = N,
    otherFrom = n,
  }: Made = {},
) {
  const random = seededRandom(3, 'off-manifold test')
  const vectors = matrix(n, D)
  for (let i = 0; i < n; i++) {
    const vector = vectors.data.subarray(i * D, (i + 1) * D)
    const make = i < otherFrom ? usual : other
    make(vector, random)
    if (i < struck && after) strike(vector, random)
    if (normalised) unit(vector)
    if (i < struck && !after) strike(vector, random)
    const length = 1 + varying * random.normal()
    for (let j = 0; j < D; j++) vector[j]! *= length * units ** (j % 3)
  }
  const usualLabel = (i: number) => (labelled === 'most of one' ? 1 : i % 2)
  const of = Int32Array.from({ length: n }, (_, i) => (i < struck && labelled !== 'alike' ? 0 : usualLabel(i)))
  const counts = Int32Array.of(of.filter((label) => label === 0).length, of.filter((label) => label === 1).length)
  const labels = labelled !== 'not' ? { of, names: ['cats', 'dogs'], counts } : null
  const input = { n, seed: 1, samples: { kind: 'vector' as const, vectors }, labels, contributors: null }
  const detection = await new OffManifold().score(createView(input, await createEngine()))
  return { ...detection, why: (i: number) => detection.why(i) }
}

const first = (count: number) => Array.from({ length: count }, (_, i) => i)

describe('vectors that the model of the others does not make', () => {
  it.each([
    ['reversed', reversed],
    ['noise', noise],
    ['of another model', ofAnother],
  ])('are held and no others: %s', async (_, strike) => {
    const { groups, why } = await detected(strike)
    expect(groups.map(({ members }) => Array.from(members))).toEqual([first(STRUCK)])
    expect(groups[0]!.evidence).toBeGreaterThan(20)
    expect(groups[0]!.summary).toBe(
      `${STRUCK} vectors stray from the directions that the others keep to, as noise does`,
    )
    expect(why(0)).toMatch(
      /^It strays from the directions that the other vectors keep to \d\.\d\d times as far as noise does/,
    )
    expect(why(STRUCK)).toBe('')
  })

  it('are told by their directions where lengths differ anyway', async () => {
    const { groups } = await detected(ofAnother, { normalised: false })
    expect(groups.map(({ members }) => Array.from(members))).toEqual([first(STRUCK)])
  })

  it('say which label they share', async () => {
    const labelled = await detected(noise, { labelled: 'shared' })
    expect(labelled.groups[0]!.label).toBe(0)
    expect((await detected(noise)).groups[0]!.label).toBe(-1)
  })

  it('rank, and are not held, where they are fewer than five', async () => {
    const { groups, scores } = await detected(noise, { struck: 4 })
    expect(groups).toEqual([])
    expect(Array.from(scores.slice(0, 5))).toEqual([5, 5, 5, 5, 0])
  })

  it('are a part of the set where they are more than a twelfth of it', async () => {
    expect((await detected(ofAnother, { struck: 80 })).groups).toEqual([])
  })
})

it('leaves alone a kind that the model makes, and what nothing was done to', async () => {
  for (const strike of [ofAKind, () => {}]) {
    const { groups, scores } = await detected(strike)
    expect(groups).toEqual([])
    expect(scores.some((score) => score > 0)).toBe(false)
  }
})

it('learns from all parts of a large window what the others keep to', async () => {
  const { groups } = await detected(noise, { n: MANY, otherFrom: 0.85 * MANY })
  expect(groups.map(({ members }) => Array.from(members))).toEqual([first(STRUCK)])
})

describe('among vectors of one length', () => {
  it('holds those of another that share a label', async () => {
    const { groups, why, notes } = await detected(longer, { after: false, labelled: 'shared' })
    expect(groups.map(({ members }) => Array.from(members))).toEqual([first(STRUCK)])
    expect(why(0)).toBe('Its length is 1.02, where nearly all vectors have 1.')
    expect(notes).toEqual([])
  })

  it.each(['not', 'alike', 'most of one'] as const)('ranks them and says so where labels are %s', async (labelled) => {
    const { groups, scores, notes } = await detected(longer, { after: false, labelled })
    expect(groups).toEqual([])
    expect(Array.from(scores.keys()).filter((i) => scores[i]! > 0)).toEqual(first(STRUCK))
    expect(notes).toEqual([
      `${STRUCK} vectors have another length than the others, which have 1: they rank, and are not held for that, for a part that some records lack leaves the same.`,
    ])
  })

  it('ranks many lower than few', async () => {
    const few = await detected(longer, { after: false, struck: 12 })
    const many = await detected(longer, { after: false, struck: 40 })
    expect([few.scores[0], many.scores[0]]).toEqual([5, 3.25])
  })

  it('takes zeros for what is missing', async () => {
    const { groups, scores } = await detected((vector) => vector.fill(0), { after: false, labelled: 'shared' })
    expect(groups).toEqual([])
    expect(scores.some((score) => score > 0)).toBe(false)
  })

  it('says nothing where lengths differ anyway', async () => {
    expect((await detected(longer, { normalised: false })).notes).toEqual([])
    const twice: Strike = (vector) => vector.forEach((value, j) => (vector[j] = 2 * value))
    expect((await detected(twice, { after: false, varying: 0.03 })).notes).toEqual([])
  })
})

it('knows which vectors stray, where the others keep to few directions', async () => {
  const { astray } = await detected(noise, { struck: 3 })
  expect(Array.from(astray!.keys()).filter((i) => astray![i] === 1)).toEqual([0, 1, 2])
  expect((await detected(noise, { struck: N })).astray).toBeUndefined()
})

it('is not asked of coordinates that do not share a unit, as the columns of a table do not', async () => {
  expect((await detected(noise, { units: 100, normalised: false })).scores.some((score) => score > 0)).toBe(false)
})

it('does not rank what is no group where as many are nearly as strange', async () => {
  const more: Strike = (vector, random) => {
    const size = random.next() ** 2
    for (let j = 0; j < D; j++) vector[j]! += size * random.normal()
  }
  const { groups, scores } = await detected(more, { struck: 300, normalised: false })
  expect(groups).toEqual([])
  expect(scores.some((score) => score > 0)).toBe(false)
})

it('holds vectors that are padded with zeros and share a label, and ranks others', async () => {
  const { groups, why } = await detected(cut, { labelled: 'shared' })
  const padded = groups.find(({ summary }) => summary.includes('padded'))
  expect(Array.from(padded!.members)).toEqual(first(STRUCK))
  expect(why(0)).toMatch(/zero|directions/)
  const { scores, notes } = await detected(cut, { labelled: 'alike' })
  expect(first(STRUCK).every((i) => scores[i]! > 0)).toBe(true)
  expect(notes![0]).toMatch(/^16 vectors are padded with zeros, which the others do not have: they rank/)
})
