import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { contractSchema, type Contract } from '#core/contract.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields } from '#core/value.ts'
import { contractNames } from './check-fields.ts'
import { createValidator } from './validate.ts'

const contractOf = (
  schema: Contract['schema'],
  features: Contract['features'] = { kind: 'table', columns: [{ name: 'n', type: 'number' }] },
) => contractSchema.parse({ version: 1, schema, features })
const check = (contract: Contract, fields: Fields) =>
  createValidator(contract, contractNames(contract))(fields)?.detail ?? null

const schema = {
  type: 'object',
  properties: {
    n: { type: 'number', minimum: 0 },
    s: { type: 'string', format: 'date' },
    tags: { type: 'array', items: { type: 'string' } },
  },
  required: ['n'],
  additionalProperties: false,
}

describe('validating', () => {
  test('passes fields that meet the schema', () => {
    expect(check(contractOf(schema), { n: 1, s: '2024-02-29', tags: ['a'] })).toBeNull()
  })

  test('checks thousands of properties as it does a few', () => {
    const names = Array.from({ length: 3000 }, (_, i) => `c${i}`)
    const properties = Object.fromEntries(names.map((name) => [name, { type: 'number', maximum: 9 }]))
    const wide = contractOf({ type: 'object', properties, required: names, additionalProperties: false })
    const fields: Fields = Object.fromEntries(names.map((name) => [name, 1]))
    expect(check(wide, fields)).toBeNull()
    expect(check(wide, { ...fields, c2999: 10 })).toBe('maximum at /c2999')
    expect(check(wide, { ...fields, other: 1 })).toBe('additionalProperties at / (field 3001 of 3001)')
    expect(() => check(contractOf({ properties: { ...properties, c2999: { type: 'numeral' } } }), fields)).toThrow(
      /schema/,
    )
  })

  test.each([
    [{}, 'required at /n'],
    [{ n: 'a secret' }, 'type at /n'],
    [{ n: -1 }, 'minimum at /n'],
    [{ n: 1, s: 'a secret' }, 'format at /s'],
    [{ n: 1, tags: ['a', 5] }, 'type at /tags/1'],
    [{ n: 1, 'a secret': 2 }, 'additionalProperties at / (field 2 of 2)'],
    [{ n: -1, s: 'x', b: 1, c: 2 }, 'minimum at /n; format at /s'],
  ])('names path and rule, never a value: %j', (fields, message) => {
    const told = check(contractOf(schema), fields)
    expect(told?.split('; ').sort()).toEqual(expect.arrayContaining(message.split('; ')))
    expect(told).not.toContain('secret')
  })

  test('leaves out keys that the contract does not name', () => {
    const open = contractOf({ type: 'object', additionalProperties: { type: 'number' } })
    expect(check(open, { 'a secret': 'x' })).toBe('type at /*')
  })

  test('tells the first few violations and how many more', () => {
    const many = { type: 'object', required: ['a', 'b', 'c', 'd', 'e'] }
    expect(check(contractOf(many), {})).toMatch(/^(required at \/\S+; ){3}and 2 more$/)
  })

  test('checks tensors by element type and shape', () => {
    const contract = contractOf({ type: 'object', properties: { x: { tensor: { dtype: 'u8', shape: [-1, 2] } } } })
    expect(check(contract, { x: new Tensor('u8', [1, 2], Uint8Array.of(1, 2)) })).toBeNull()
    expect(check(contract, { x: new Tensor('u8', [2], Uint8Array.of(1, 2)) })).toMatch(/^tensor at/)
    expect(check(contract, { x: new Tensor('i8', [1, 2], Int8Array.of(1, 2)) })).toMatch(/^tensor at/)
    expect(check(contract, { x: [1, 2] })).toMatch(/^tensor at/)
  })

  test('refuses what the detectors could not look at, whatever the schema says', () => {
    const vector = contractOf({}, { kind: 'vector', field: 'v', length: 3 })
    expect(check(vector, { v: [1, 2, 3] })).toBeNull()
    expect(check(vector, { v: new Tensor('f32', [3], new Float32Array(3)) })).toBeNull()
    expect(check(vector, { v: [1, 2] })).toBe('3 numbers at /v')
    expect(check(vector, { v: [1, 2, 'x'] })).toBe('3 numbers at /v')
    expect(check(vector, {})).toBe('3 numbers at /v')
    const image = contractOf({}, { kind: 'image', field: 'v', shape: [2, 2] })
    expect(
      check(image, {
        v: [
          [1, 2],
          [3, 4],
        ],
      }),
    ).toBeNull()
    expect(check(contractOf({}, { kind: 'text', field: 't' }), { t: 1 })).toBe('text at /t')
  })

  test('refuses numbers that are not finite in single precision', () => {
    const contract = contractOf({}, { kind: 'vector', field: 'v', length: 2 })
    const refused = { reason: 'not_finite', detail: 'number beyond single precision at /v' }
    const validate = createValidator(contract, contractNames(contract))
    expect(validate({ v: [1, 1e39] })).toEqual(refused)
    expect(validate({ v: new Tensor('f64', [2], Float64Array.of(-1e300, 0)) })).toEqual(refused)
    expect(validate({ v: [3.4e38, -3.4e38], other: 1e300 })).toBeNull()
  })

  test('shortens names that are too long to be shown', () => {
    const field = 'x'.repeat(5000)
    expect(check(contractOf({ type: 'object', required: [field] }), {})?.length).toBeLessThan(100)
    expect(check(contractOf({}, { kind: 'text', field }), {})?.length).toBeLessThan(100)
  })

  test('refuses a schema that is not one', () => {
    for (const wrong of [{ type: 'nothing' }, { unknownKeyword: 1 }, { properties: 1 }]) {
      expect(() => createValidator(contractOf(wrong), new Set())).toThrow(expect.objectContaining({ code: 'invalid' }))
    }
  })

  const validate = createValidator(contractOf(schema), new Set())
  property.prop([fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })])(
    'never throws on fields',
    (fields) => {
      expect(() => validate(fields as Fields)).not.toThrow()
    },
  )
})
