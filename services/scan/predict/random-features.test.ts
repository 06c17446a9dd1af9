import { expect, it } from 'vitest'
import { seededRandom } from '#core/random.ts'
import { createEngine } from '../numeric/create-engine.ts'
import { matrix } from '../numeric/matrix.ts'
import { learners } from './learners.ts'
import { leaveOneOutScores } from './random-features.ts'

/** Two interleaved rings: no line separates them. */
function rings(n: number) {
  const random = seededRandom(1)
  const labels = Int32Array.from({ length: n }, () => random.below(2))
  const inputs = matrix(n, 2)
  labels.forEach((label, i) => {
    const [angle, radius] = [2 * Math.PI * random.next(), 1 + label + 0.1 * random.normal()]
    inputs.data.set([radius * Math.cos(angle), radius * Math.sin(angle)], 2 * i)
  })
  const counts = Int32Array.of(labels.filter((c) => c === 0).length, labels.filter((c) => c === 1).length)
  return { inputs, labels: { of: labels, names: ['inner', 'outer'], counts } }
}

it('scores every record by the fit without it: its own label does not matter', async () => {
  const engine = await createEngine()
  const { inputs, labels } = rings(120)
  const ones = new Float64Array(120).fill(1)
  const scores = await leaveOneOutScores(engine, inputs, labels, ones, 5)
  for (const i of [0, 17, 63]) {
    const of = labels.of.slice()
    of[i] = 1 - of[i]!
    const flipped = await leaveOneOutScores(engine, inputs, { ...labels, of }, ones, 5)
    const without = await leaveOneOutScores(engine, inputs, labels, ones.with(i, 0), 5)
    for (const c of [0, 1]) {
      expect(flipped.data[2 * i + c]).toBeCloseTo(scores.data[2 * i + c]!, 3)
      expect(without.data[2 * i + c]).toBeCloseTo(scores.data[2 * i + c]!, 3)
    }
  }
})

it('finds winding boundaries', async () => {
  const { inputs, labels } = rings(300)
  const scores = await leaveOneOutScores(await createEngine(), inputs, labels, new Float64Array(300).fill(1), 5)
  const right = labels.of.filter((label, i) => scores.data[2 * i + label]! > scores.data[2 * i + 1 - label]!)
  expect(right.length).toBeGreaterThan(294)
})

it('scores records without a label too', async () => {
  const { inputs, labels } = rings(300)
  const of = labels.of.with(4, -1)
  const scores = await leaveOneOutScores(
    await createEngine(),
    inputs,
    { ...labels, of },
    new Float64Array(300).fill(1),
    5,
  )
  const truth = labels.of[4]!
  expect(scores.data[8 + truth]).toBeGreaterThan(scores.data[9 - truth]!)
})

it('scores records of a large window that it is not fitted to by the fit to the others', async () => {
  const engine = await createEngine()
  const n = 12_000
  const { inputs, labels } = rings(n)
  const ones = new Float64Array(n).fill(1)
  const scores = await leaveOneOutScores(engine, inputs, labels, ones, 5)
  const right = labels.of.filter((label, i) => scores.data[2 * i + label]! > scores.data[2 * i + 1 - label]!)
  expect(right.length).toBeGreaterThan(0.98 * n)
  const drawn = new Set(learners(Int32Array.from(labels.of.keys()), 5))
  const others = Int32Array.from(labels.of.keys()).filter((i) => !drawn.has(i))
  expect(others.length).toBe(2000)
  const of = labels.of.slice()
  for (const i of others) of[i] = 1 - of[i]!
  expect(await leaveOneOutScores(engine, inputs, { ...labels, of }, ones, 5)).toEqual(scores)
})
