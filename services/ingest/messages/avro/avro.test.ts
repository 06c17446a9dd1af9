import { test as property, fc } from '#test/support/property.ts'
import avsc from 'avsc'
import { describe, expect, test } from 'vitest'
import { Tensor } from '#core/tensor.ts'
import type { Value } from '#core/value.ts'
import { AvroReader, Budget } from './reader.ts'
import { canonicalSchema, parseAvroSchema, schemaFingerprint } from './schema.ts'

/** A schema, and values of it as avsc takes them beside what they are to be read as. */
interface Case {
  readonly schema: unknown
  readonly pair: fc.Arbitrary<Pair>
}
interface Pair {
  readonly written: unknown
  readonly read: Value
}

const same = <T extends Value>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<Pair> =>
  arbitrary.map((value) => ({ written: value, read: value }))
const bytesOf = (size: { minLength?: number; maxLength: number }) =>
  fc.uint8Array(size).map((bytes) => ({ written: Buffer.from(bytes), read: new Tensor('u8', [bytes.length], bytes) }))

/** Beyond these avsc writes another number than it was given. */
const longs = fc.integer({ min: -(2 ** 52), max: 2 ** 52 })

const leaves: readonly Case[] = [
  { schema: 'null', pair: same(fc.constant(null)) },
  { schema: 'boolean', pair: same(fc.boolean()) },
  { schema: 'int', pair: same(fc.integer()) },
  { schema: 'long', pair: same(longs) },
  { schema: { type: 'long', logicalType: 'timestamp-millis' }, pair: same(longs) },
  { schema: 'float', pair: same(fc.float()) },
  { schema: 'double', pair: same(fc.double()) },
  { schema: 'string', pair: same(fc.string({ unit: 'binary' })) },
  { schema: { type: 'string', logicalType: 'uuid' }, pair: same(fc.uuid()) },
  { schema: 'bytes', pair: bytesOf({ maxLength: 20 }) },
]

let names = 0
const name = (kind: string) => `${kind}${names++}`

const caseArbitrary: fc.Arbitrary<Case> = fc.letrec<{ any: Case }>((tie) => ({
  any: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom(...leaves),
    fc.integer({ min: 0, max: 9 }).map((size): Case => ({
      schema: { type: 'fixed', name: name('Fixed'), size },
      pair: bytesOf({ minLength: size, maxLength: size }),
    })),
    fc.constant(['A', 'B', 'C']).map((symbols): Case => ({
      schema: { type: 'enum', name: name('Enum'), symbols },
      pair: same(fc.constantFrom(...symbols)),
    })),
    tie('any').map(({ schema, pair }): Case => ({
      schema: { type: 'array', items: schema },
      pair: fc.array(pair, { maxLength: 4 }).map((items) => ({
        written: items.map(({ written }) => written),
        read: items.map(({ read }) => read),
      })),
    })),
    tie('any').map(({ schema, pair }): Case => ({
      schema: { type: 'map', values: schema },
      pair: fc.dictionary(fc.string(), pair, { maxKeys: 4, noNullPrototype: true }).map((map) => ({
        written: Object.fromEntries(Object.entries(map).map(([key, { written }]) => [key, written])),
        read: Object.fromEntries(Object.entries(map).map(([key, { read }]) => [key, read])),
      })),
    })),
    fc.array(tie('any'), { maxLength: 4 }).map((fields): Case => ({
      schema: {
        type: 'record',
        name: name('Record'),
        namespace: 'org.birds',
        fields: fields.map(({ schema }, i) => ({ name: `f${i}`, type: schema })),
      },
      pair: fc.tuple(...fields.map(({ pair }) => pair)).map((values) => ({
        written: Object.fromEntries(values.map(({ written }, i) => [`f${i}`, written])),
        read: Object.fromEntries(values.map(({ read }, i) => [`f${i}`, read])),
      })),
    })),
    fc.record({ leaf: fc.constantFrom(...leaves.slice(1)), isNull: fc.boolean() }).map(({ leaf, isNull }): Case => ({
      schema: ['null', leaf.schema],
      pair: isNull
        ? same(fc.constant(null))
        : leaf.pair.map(({ written, read }) => ({ written: { [branchName(leaf.schema)]: written }, read })),
    })),
  ),
})).any

function branchName(schema: unknown): string {
  return typeof schema === 'string' ? schema : (schema as { type: string }).type
}

/** A case with a value of it; names are given anew, since a schema may hold a part of itself twice. */
const sample = caseArbitrary.chain(({ schema, pair }) => pair.map((value) => ({ schema: renamed(schema), ...value })))

function renamed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(renamed)
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    key === 'name' && 'type' in schema && ['record', 'enum', 'fixed'].includes(schema.type as string)
      ? name('Type')
      : renamed(value),
  ])
  return Object.fromEntries(entries)
}

const typeOf = (schema: unknown) =>
  avsc.Type.forSchema(structuredClone(schema) as avsc.Schema, { wrapUnions: 'always' })
const reader = (bytes: Uint8Array) => new AvroReader(bytes, new Budget())
const read = (schema: unknown, bytes: Uint8Array) => reader(bytes).read(parseAvroSchema(schema))
const long = (value: bigint) => {
  const bytes: number[] = []
  let zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n))
  for (; zigzag > 127n; zigzag >>= 7n) bytes.push(Number(zigzag & 127n) | 128)
  return Buffer.from([...bytes, Number(zigzag)])
}

describe('Avro', () => {
  property.prop([sample])('reads what avsc writes, to the last byte', ({ schema, written, read: expected }) => {
    const own = reader(typeOf(schema).toBuffer(written))
    expect(own.read(parseAvroSchema(schema))).toEqual(expected)
    expect(own.left).toBe(0)
  })

  property.prop([sample])('brings schemas into the canonical form that avsc does', ({ schema }) => {
    expect(JSON.parse(canonicalSchema(schema))).toEqual(JSON.parse(JSON.stringify(typeOf(schema).schema())))
  })

  property.prop([sample, fc.uint8Array({ maxLength: 200 })])(
    'ends on any bytes, with a value or a reason',
    ({ schema }, bytes) => {
      try {
        read(schema, bytes)
      } catch (error) {
        expect(error).toMatchObject({ name: 'FormatError' })
      }
    },
  )

  property.prop([fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })])('loses no digit of a long', (value) => {
    const got = read('long', long(value))
    expect(BigInt(got as number | string)).toBe(value)
    expect(typeof got).toBe(value >= -(2n ** 53n - 1n) && value <= 2n ** 53n - 1n ? 'number' : 'string')
  })

  property.prop([fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 12 })])(
    'reads decimals as their digits',
    (unscaled, scale) => {
      const hex = BigInt.asUintN(128, unscaled).toString(16).padStart(32, '0')
      const schema = { type: 'fixed', name: 'D', size: 16, logicalType: 'decimal', precision: 31, scale }
      const text = read(schema, Buffer.from(hex, 'hex')) as string
      expect(text).toMatch(scale === 0 ? /^-?\d+$/ : new RegExp(`^-?\\d+\\.\\d{${scale}}$`))
      expect(BigInt(text.replace('.', ''))).toBe(unscaled)
    },
  )

  test('has the fingerprints that the specification lists', () => {
    expect(schemaFingerprint('int')).toBe('7275d51a3f395c8f')
    expect(schemaFingerprint({ type: 'float' })).toBe('4d7c02cb3ea8d790')
    expect(schemaFingerprint('null')).toBe('63dd24e7cc258f8a')
  })

  test('reads a fixed uuid as its text and a duration as its parts', () => {
    const bytes = Buffer.from('00112233445566778899aabbccddeeff', 'hex')
    const uuid = { type: 'fixed', name: 'U', size: 16, logicalType: 'uuid' }
    expect(read(uuid, bytes)).toBe('00112233-4455-6677-8899-aabbccddeeff')
    const parts = Buffer.from('010000000200000003000000', 'hex')
    const duration = { type: 'fixed', name: 'S', size: 12, logicalType: 'duration' }
    expect(read(duration, parts)).toEqual({ months: 1, days: 2, millis: 3 })
  })

  test('follows a type that names itself, and its own namespace', () => {
    const schema = {
      type: 'record',
      name: 'org.birds.Nest',
      fields: [
        { name: 'eggs', type: 'int' },
        { name: 'next', type: ['null', 'Nest'] },
      ],
    }
    expect(read(schema, Buffer.from('0402060204 00'.replace(' ', ''), 'hex'))).toEqual({
      eggs: 2,
      next: { eggs: 3, next: { eggs: 2, next: null } },
    })
  })

  test.each([
    ['a billion of nothing', { type: 'array', items: 'null' }, long(1_000_000_000n), 'too_large'],
    [
      'a billion empty records',
      { type: 'array', items: { type: 'record', name: 'R', fields: [] } },
      long(1_000_000_000n),
      'too_large',
    ],
    [
      'a record inside itself',
      { type: 'record', name: 'R', fields: [{ name: 'r', type: 'R' }] },
      Buffer.alloc(9),
      'undecodable',
    ],
    ['text longer than the message', 'string', long(2n ** 40n), 'missing_part'],
    ['text that is not UTF-8', 'string', Buffer.from('02ff', 'hex'), 'invalid_utf8'],
    ['a branch that is not there', ['null', 'int'], long(2n), 'undecodable'],
    ['a number without end', 'long', Buffer.alloc(12, 0xff), 'undecodable'],
    ['an int beyond 32 bits', 'int', long(2n ** 31n), 'undecodable'],
    [
      'a key twice',
      { type: 'map', values: 'null' },
      Buffer.from('0402610261 00'.replace(' ', ''), 'hex'),
      'undecodable',
    ],
    [
      'a decimal of kilobytes',
      { type: 'bytes', logicalType: 'decimal', precision: 4 },
      Buffer.concat([long(1000n), Buffer.alloc(1000, 1)]),
      'undecodable',
    ],
  ])('refuses %s', (_, schema, bytes, reason) => {
    expect(() => read(schema, bytes)).toThrow(expect.objectContaining({ reason }))
  })

  test.each([
    ['unknown types', { type: 'record', name: 'R', fields: [{ name: 'x', type: 'Y' }] }],
    ['a type twice', ['null', { type: 'fixed', name: 'F', size: 1 }, { type: 'fixed', name: 'F', size: 1 }]],
    ['a union in a union', ['null', ['int']]],
    [
      'a field twice',
      {
        type: 'record',
        name: 'R',
        fields: [
          { name: 'x', type: 'int' },
          { name: 'x', type: 'int' },
        ],
      },
    ],
    ['nothing', null],
    ['endless nesting', JSON.parse('{"type":"array","items":'.repeat(5000) + '"int"' + '}'.repeat(5000))],
    ['endless branches', Array.from({ length: 100_000 }, () => 'int')],
  ])('refuses a schema with %s', (_, schema) => {
    expect(() => parseAvroSchema(schema)).toThrow(expect.objectContaining({ name: 'FormatError' }))
  })
})
