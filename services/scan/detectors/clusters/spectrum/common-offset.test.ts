import { describe, expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../../../numeric/create-engine.ts'
import { matrix } from '../../../numeric/matrix.ts'
import {
  type OffsetsOfClass,
  asOneKind,
  commonOffsets,
  offsetSurprise,
  separationByHalves,
  shortened,
} from './common-offset.ts'

const engine = await createEngine()
const [OWN, OTHERS, D] = [300, 600, 200]
const natural = { classes: 10, location: 3.6, scale: 0.2 }
const records = Int32Array.from({ length: OWN }, (_, i) => i)

/** Whitened noise, of which the first records of label 0 have one constant of so many deviations; the labels' means are given. */
function whitenedOf(planted: number, constant: number, [own, other] = [0, 0]) {
  const random = seededRandom(planted, 'common offset test')
  const rows = matrix(OWN + OTHERS, D, random.normals((OWN + OTHERS) * D))
  for (let i = 0; i < OWN; i++) rows.data[i * D] = rows.data[i * D]! + (i < planted ? constant : 0)
  const means = matrix(2, D)
  means.data[0] = own!
  means.data[D] = other!
  return { rows, means }
}
const offsetsOf = (...window: Parameters<typeof whitenedOf>) =>
  commonOffsets(engine, shortened(whitenedOf(...window)), records, 0, { seed: 1, known: [], least: 3.8 })
const membersOf = ({ offsets }: OffsetsOfClass) => {
  const { posterior } = offsets.toSorted((a, b) => b.apart - a.apart)[0]!.split
  return [...posterior.keys()].filter((at) => posterior[at]! > 0.5)
}

/** How many records are members that should not be, or none that should. */
function wrongAmong(found: OffsetsOfClass, isMeant: (i: number) => boolean): number {
  const members = new Set(membersOf(found))
  return [...records].filter((i) => members.has(i) !== isMeant(i)).length
}

describe('records that share an offset', () => {
  it('are found, with how far they are apart and how they vary', async () => {
    const found = await offsetsOf(20, 7)
    expect(found.top).toBeGreaterThan(5)
    expect(wrongAmong(found, (i) => i < 20)).toBeLessThan(2)
    const { split } = found.offsets[0]!
    expect(Math.abs(split.size - 20)).toBeLessThan(2)
    for (const deviation of split.spread) expect(deviation).toBeCloseTo(1, 0)
  })
  it('are none where there is nothing but noise', async () => {
    const found = await offsetsOf(0, 0)
    expect(found.offsets).toEqual([])
    expect(found.top).toBeGreaterThan(1)
    expect(found.top).toBeLessThan(3.8)
  })
  it('are, of a half, the one that lies farther from the other labels', async () => {
    // The other labels lie where those are that were left as they were, or where the first ones are.
    expect(wrongAmong(await offsetsOf(140, 6, [3, 0]), (i) => i < 140)).toBeLessThan(4)
    expect(wrongAmong(await offsetsOf(140, 6, [3, 6]), (i) => i >= 140)).toBeLessThan(4)
  })
  it('are found among the records that are asked, and placed among all', async () => {
    const n = 2500
    const random = seededRandom(3, 'common offset test')
    const rows = matrix(n, D, random.normals(n * D))
    for (let i = 0; i < 250; i++) rows.data[i * D] = rows.data[i * D]! + 7
    const all = Int32Array.from({ length: n }, (_, i) => i)
    const options = { seed: 1, known: [], least: 3.8 }
    const members = membersOf(await commonOffsets(engine, { rows, means: matrix(1, D) }, all, 0, options))
    expect(members.filter((i) => i < 250).length).toBeGreaterThan(245)
    expect(members.filter((i) => i >= 250).length).toBeLessThan(5)
  })
  it('are measured by halves elsewhere, too', async () => {
    const { split } = (await offsetsOf(20, 7)).offsets[0]!
    expect(await separationByHalves(engine, whitenedOf(20, 7), split, 1)).toBeGreaterThan(4)
    expect(await separationByHalves(engine, whitenedOf(0, 0), split, 1)).toBeLessThan(1)
  })
})

describe('surprise', () => {
  const clean = (top: number): OffsetsOfClass => ({ label: 1, top, offsets: [] })
  const split = {
    label: 0,
    records,
    posterior: new Float32Array(OWN),
    size: 40,
    separation: 6,
    spread: [1, 1] as const,
  }
  const surprise = (apart: number, others: readonly number[], size = 40) =>
    offsetSurprise(
      [{ label: 0, top: apart, offsets: [] }, ...others.map(clean)],
      { apart, split: { ...split, size } },
      natural,
    )

  it('grows with how far a group is apart, beyond clean classes', () => {
    expect(surprise(3.6, [3, 3, 3.1])).toBeCloseTo(0)
    expect(surprise(4.6, [3, 3, 3.1])).toBeCloseTo(5)
  })
  it('is less where most of the other classes have such groups', () => {
    expect(surprise(4.6, [3, 3, 4.6])).toBeCloseTo(5)
    expect(surprise(4.6, [4.5, 4.6, 4.7])).toBeCloseTo(0)
  })
  it('is less for few records, and for many classes', () => {
    expect(surprise(4.6, [3, 3], 10)).toBeCloseTo(5 - 4 * Math.log(2.5))
    expect(surprise(4.6, Array<number>(99).fill(3))).toBeCloseTo(5 - Math.log(10))
  })
  it('is lowered for records of one kind', () => {
    const weighed = { split, separation: 0, disagreement: 0, wide: 0, cohesion: 0.5 }
    expect(asOneKind(weighed)).toBe(0)
    expect(asOneKind({ ...weighed, wide: 1, cohesion: 0.75 })).toBeCloseTo(9)
  })
})

it('takes copies for no group, exact ones and near ones', async () => {
  for (const apart of [0, 0.05]) {
    const { rows, means } = whitenedOf(0, 0)
    const random = seededRandom(9, 'copies')
    for (let i = 0; i < OWN; i++) {
      rows.data.copyWithin(i * D, (i % 75) * D, ((i % 75) + 1) * D)
      for (let j = 0; j < D; j++) rows.data[i * D + j] = rows.data[i * D + j]! + apart * random.normal()
    }
    const { offsets } = await commonOffsets(engine, { rows, means }, records, 0, { seed: 1, known: [], least: 3.8 })
    expect(offsets).toEqual([])
  }
})

it('shortens rows that are longer than the median by far, and no other; rows without a label are zeros', () => {
  const rows = matrix(7, 2, Float32Array.of(3, 4, 0, 5, 30, 40, 0, 0, 0, 0, 0, 0, 0, 0))
  const found = [...shortened({ rows, means: matrix(1, 2) }).rows.data].map((v) => Math.round(10 * v) / 10)
  expect(found).toEqual([3, 4, 0, 5, 4.2, 5.6, 0, 0, 0, 0, 0, 0, 0, 0])
})
