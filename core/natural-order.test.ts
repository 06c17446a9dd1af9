import { fc, test } from '#test/support/property.ts'
import { expect } from 'vitest'
import { compareNatural } from './natural-order.ts'

test('numbers inside texts compare by their value, at any length', () => {
  const ordered = [
    '',
    '2',
    '10',
    '010x',
    'a',
    'a2',
    'a10',
    'b',
    'shard-9',
    'shard-49590338271490256608559692538361571095',
  ]
  expect(ordered.toReversed().sort(compareNatural)).toEqual(ordered)
})

test.prop([fc.string(), fc.string(), fc.string()])('it is a total order', (a, b, c) => {
  expect(Math.sign(compareNatural(a, b))).toBe(-Math.sign(compareNatural(b, a)) + 0)
  expect(compareNatural(a, b) === 0).toBe(a === b)
  const [x, y, z] = [a, b, c].sort(compareNatural)
  expect(compareNatural(x ?? '', y ?? '')).toBeLessThanOrEqual(0)
  expect(compareNatural(y ?? '', z ?? '')).toBeLessThanOrEqual(0)
  expect(compareNatural(x ?? '', z ?? '')).toBeLessThanOrEqual(0)
})
