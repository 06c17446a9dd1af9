import { expect, test } from 'vitest'
import { contractSchema, type Contract } from '#core/contract.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields } from '#core/value.ts'
import { rowOf, schemaOf } from './sink-rows.ts'

const text = { type: 'string' }
const ORIGIN = { dataset: 'mail', window: 'w1', ordinal: 1, ingested: new Date('2026-03-01T12:00:00Z') }

function contractOf(properties: Record<string, unknown>): Contract {
  return contractSchema.parse({
    version: 1,
    schema: { type: 'object', properties },
    features: { kind: 'text', field: 'text' },
  })
}

function recordOf(fields: Fields) {
  return { id: 'r0', fields, provenance: { source: 'mail', partition: '0', position: '1' } }
}

test('a column has the type that the schema names, and is JSON where it names several', () => {
  const { columns } = schemaOf(
    contractOf({
      text,
      kind: { enum: ['a', 'b', null] },
      level: { enum: [1, 2.5] },
      maybe: { type: ['integer', 'null'] },
      either: { type: ['string', 'number'] },
      anything: true,
      image: { tensor: { dtype: 'u8' } },
      '1st': { type: 'boolean' },
    }),
  )
  expect(columns.map(({ name, type }) => `${name} ${type}`)).toEqual([
    '_1st boolean',
    'anything json',
    'either json',
    'image tensor',
    'kind string',
    'level number',
    'maybe integer',
    'text string',
  ])
})

test('a field that the detectors look at as an image or a vector is a tensor without being named so', () => {
  const features = { kind: 'vector', field: 'embedding', length: 3 }
  const contract = contractSchema.parse({ version: 1, schema: { type: 'object' }, features })
  expect(schemaOf(contract).columns).toEqual([{ name: 'embedding', field: 'embedding', type: 'tensor' }])
})

test.each([
  [{ 'a b': text, 'a-b': text }, /would share the column a_b/],
  [{ text, Text: text }, /would share/],
  [{ _credence_record: text }, /rename/],
  [{ _PARTITIONTIME: text }, /rename/],
])('fields that cannot be columns are refused: %j', (properties, message) => {
  expect(() => schemaOf(contractOf(properties))).toThrow(message)
})

test('a sensitive name that is no field is a mistake', () => {
  expect(() => schemaOf(contractOf({ text }), ['textt'])).toThrow(/no property "textt"/)
})

test('what fits no column stands beside the columns, and what is null is left out', () => {
  const schema = schemaOf(contractOf({ text, label: { type: 'integer' }, weight: { type: 'number' } }))
  const row = rowOf(recordOf({ label: 2 ** 60, weight: null, text: 'x', note: [1] }), schema, ORIGIN)
  expect(row).toEqual({
    _credence_record: 'r0',
    _credence_window: 'w1',
    _credence_manifest: 1,
    _credence_ingested: ORIGIN.ingested.getTime() * 1000,
    _credence_extra: '{"label":1152921504606847000,"note":[1]}',
    text: 'x',
  })
})

test('a sensitive field never becomes a row without a seal, whatever its type', () => {
  const schema = schemaOf(contractOf({ text }), ['text'])
  for (const value of ['secret', 7, [1], new Tensor('u8', [1], Uint8Array.of(1))]) {
    expect(() => rowOf(recordOf({ text: value }), schema, ORIGIN)).toThrow(/no key for it/)
  }
})
