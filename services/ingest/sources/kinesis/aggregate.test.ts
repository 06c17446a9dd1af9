import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { aggregate, sealed } from '#test/support/fakes/kpl-aggregate.ts'
import { belongsTo, disaggregate, hashKeyOf } from './aggregate.ts'

const userRecord = fc.record(
  {
    partitionKey: fc.string({ unit: 'grapheme' }),
    explicitHashKey: fc.bigInt({ min: 0n, max: (1n << 128n) - 1n }).map(String),
    data: fc.uint8Array({ maxLength: 300 }),
  },
  { requiredKeys: ['partitionKey', 'data'] },
)

describe('aggregated records', () => {
  property.prop([fc.array(userRecord)])('give back the user records that were packed', (records) => {
    const found = disaggregate(aggregate(records))
    expect(found).toEqual(records.map((record, index) => ({ ...record, index, data: Buffer.from(record.data) })))
  })

  property.prop([fc.uint8Array({ maxLength: 200 })])('are not whatever lies under the right digest', (message) => {
    const found = disaggregate(sealed(message))
    expect(found === null || Array.isArray(found)).toBe(true)
  })

  property.prop([fc.array(userRecord, { minLength: 1 }), fc.nat()])(
    'are none when a bit is wrong',
    (records, place) => {
      const bytes = Buffer.from(aggregate(records))
      const at = place % bytes.length
      bytes[at] = bytes[at]! ^ 1
      expect(disaggregate(bytes)).toBeNull()
    },
  )

  test('are none when a key is missing from its table, or a field is cut', () => {
    const record = (...fields: number[]) => Buffer.from([0x1a, fields.length, ...fields])
    const key = Buffer.from([0x0a, 1, 0x6b])
    expect(disaggregate(sealed(Buffer.concat([key, record(0x08, 0, 0x1a, 1, 0x78)])))).toMatchObject([
      { partitionKey: 'k', data: Buffer.from('x') },
    ])
    for (const broken of [
      record(0x08, 0, 0x1a, 1, 0x78), // no table
      Buffer.concat([key, record(0x08, 1, 0x1a, 1, 0x78)]), // beyond the table
      Buffer.concat([key, record(0x08, 0)]), // no data
      Buffer.concat([key, record(0x1a, 1, 0x78)]), // no key
      Buffer.concat([key, record(0x08, 0, 0x18, 7)]), // a number for data
      Buffer.from([0x1a, 9, 0x08]), // cut
      Buffer.from([0x08, ...Array<number>(11).fill(0xff)]), // a number without an end
      Buffer.from([0x0b]), // a group
    ]) {
      expect(disaggregate(sealed(broken))).toBeNull()
    }
    expect(disaggregate(new Uint8Array(0))).toBeNull()
    expect(disaggregate(Buffer.from('f3899ac2', 'hex'))).toBeNull()
  })

  test('belong to the shard that their explicit hash key, or the MD5 of their partition key, lies in', () => {
    const [data, index] = [new Uint8Array(0), 0]
    const half = 1n << 127n
    const [lower, upper] = [
      { from: 0n, to: half - 1n },
      { from: half, to: 2n * half - 1n },
    ]
    // MD5('a') = 0cc1…, MD5('b') = 92eb…
    expect(hashKeyOf('a')).toBe(0x0cc175b9c0f1b6a831c399e269772661n)
    expect(belongsTo({ index, data, partitionKey: 'a' }, lower)).toBe(true)
    expect(belongsTo({ index, data, partitionKey: 'b' }, lower)).toBe(false)
    expect(belongsTo({ index, data, partitionKey: 'b' }, upper)).toBe(true)
    expect(belongsTo({ index, data, partitionKey: 'b', explicitHashKey: '7' }, lower)).toBe(true)
    expect(belongsTo({ index, data, partitionKey: 'a', explicitHashKey: String(half) }, upper)).toBe(true)
  })
})
