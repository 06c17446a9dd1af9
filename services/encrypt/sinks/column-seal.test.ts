import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { kidOf } from '../keys/record.ts'
import type { EpochKey } from '../keys/records.ts'
import { createColumnSeal, kidOfSealed, openColumn } from './column-seal.ts'

const CONTEXT = { dataset: 'mail', column: 'text', record: 'r0' }
const PLAIN = Buffer.from('"secret words"')

function epochKey(): EpochKey {
  const key = randomBytes(32)
  return { dataset: 'mail', kid: kidOf(key), epoch: 1, key }
}

test('a sealed value opens with its key, which it names', () => {
  const key = epochKey()
  const sealed = createColumnSeal(key)(PLAIN, CONTEXT)
  expect(kidOfSealed(sealed)).toBe(key.kid)
  expect(Buffer.from(openColumn(key, sealed, CONTEXT))).toEqual(PLAIN)
})

test.each([{ record: 'r1' }, { column: 'image' }, { dataset: 'other' }])(
  'it does not open elsewhere: %j',
  (elsewhere) => {
    const key = epochKey()
    const sealed = createColumnSeal(key)(PLAIN, CONTEXT)
    expect(() => openColumn(key, sealed, { ...CONTEXT, ...elsewhere })).toThrow(/does not open/)
  },
)

test('it opens neither under another key nor with a bit flipped, and says which key it is under', () => {
  const key = epochKey()
  const sealed = createColumnSeal(key)(PLAIN, CONTEXT)
  expect(() => openColumn(epochKey(), sealed, CONTEXT)).toThrow(/another key/)
  for (const at of [17, 30, sealed.length - 1]) {
    const altered = Buffer.from(sealed)
    altered[at] = (altered[at] ?? 0) ^ 1
    expect(() => openColumn(key, altered, CONTEXT)).toThrow(/does not open/)
  }
  expect(() => kidOfSealed(Buffer.from('plain'))).toThrow(/not a sealed/)
})

test('the same value is never sealed to the same bytes, but to the same length', () => {
  const seal = createColumnSeal(epochKey())
  const [a, b] = [seal(PLAIN, CONTEXT), seal(PLAIN, CONTEXT)]
  expect(Buffer.compare(a, b)).not.toBe(0)
  expect(a).toHaveLength(b.length)
})
