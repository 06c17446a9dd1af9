import { fc, test } from '#test/support/property.ts'
import { expect } from 'vitest'
import { isAppError } from './errors.ts'
import { decodeHeld, decodeRecords, encodeHeld, encodeRecords } from './record-codec.ts'
import type { DataRecord } from './record.ts'
import { Tensor } from './tensor.ts'
import type { Fields } from './value.ts'

const fields = fc
  .dictionary(fc.stringMatching(/^[a-z\n"]{1,6}$/), fc.jsonValue({ maxDepth: 2 }))
  .map((value) => JSON.parse(JSON.stringify(value)) as Fields)
const record = fc.record({
  id: fc.string({ unit: 'grapheme' }),
  fields,
  provenance: fc.record(
    { source: fc.string(), partition: fc.string(), position: fc.string(), contributor: fc.string() },
    { requiredKeys: ['source', 'partition', 'position'] },
  ),
}) as fc.Arbitrary<DataRecord>

test.prop([fc.array(record, { maxLength: 8 })])('what is encoded decodes to the same records', (records) => {
  const decoded = decodeRecords(encodeRecords(records))
  expect(JSON.parse(JSON.stringify(decoded))).toEqual(JSON.parse(JSON.stringify(records)))
  expect(encodeRecords(decoded)).toEqual(encodeRecords(records))
})

test('tensors come back as tensors', () => {
  const image = new Tensor('f32', [2, 2], Float32Array.of(0, 0.5, 1, -2))
  const provenance = { source: 's', partition: 'p', position: '7' }
  expect(decodeRecords(encodeRecords([{ id: 'a', fields: { image }, provenance }]))).toEqual([
    { id: 'a', fields: { image }, provenance },
  ])
})

test('held records keep their decision, and read as plain records too', () => {
  const provenance = { source: 's', partition: 'p', position: '7' }
  const record = { id: 'a', fields: { x: 1 }, provenance }
  const held = [
    { decision: 'reject' as const, record },
    { decision: 'quarantine' as const, record: { ...record, id: 'b' } },
  ]
  expect(decodeHeld(encodeHeld(held))).toEqual(held)
  expect(decodeRecords(encodeHeld(held))).toEqual(held.map(({ record }) => record))
  expect(() => decodeHeld(encodeRecords([record]))).toThrow('not a record')
})

test.each(['{"id":"a"}\n', '[]\n', 'null\n', '{"id":"a","fields":{},"provenance":{}}\n', '{"id":"a"'])(
  'refuses what is not a record, without quoting it: %j',
  (text) => {
    let error: unknown
    try {
      decodeRecords(Buffer.from(text))
    } catch (thrown) {
      error = thrown
    }
    expect(isAppError(error, 'corrupt')).toBe(true)
  },
)
