import { fc, test } from '#test/support/property.ts'
import { expect } from 'vitest'
import { byPlace } from './ranks.ts'

const score = fc.oneof(fc.integer({ min: -3, max: 3 }), fc.double({ noNaN: true }), fc.constant(-Infinity))

test.prop([fc.array(score)])('says how many score higher, and how many at least as high', (scores) => {
  const of = Float64Array.from(scores)
  const higher = scores.map((own) => scores.filter((other) => other > own).length)
  const atLeast = scores.map((own) => scores.filter((other) => other >= own).length)
  expect([...byPlace(of, (from) => from)]).toEqual(higher)
  expect([...byPlace(of, (_, to) => to)]).toEqual(atLeast)
})
