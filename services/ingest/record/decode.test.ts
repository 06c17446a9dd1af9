import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { Tensor } from '#core/tensor.ts'
import { canonicalJson, type Value } from '#core/value.ts'
import { decode } from './decode.ts'
import type { ContentType } from '../source.ts'

const limits = { recordBytes: 10_000, depth: 4 }
const names = new Set(['a', 'x'])
const decodeText = (text: string | Uint8Array, contentType: ContentType = 'application/json') =>
  decode({ kind: 'bytes', bytes: Buffer.from(text), contentType }, limits, names)
const MEND = 'write null, as to_json of pandas does; json.dumps with allow_nan=False refuses them'
const faultOf = (text: string | Uint8Array) => decodeText(text).fault

describe('decoding JSON', () => {
  test('yields the fields of an object', () => {
    expect(decodeText('{"a": [1, "b", null], "c": {"d": true}}').fields).toEqual({ a: [1, 'b', null], c: { d: true } })
  })

  test('passes over a byte order mark and white space', () => {
    expect(decodeText('\ufeff {"a":1}\r').fields).toEqual({ a: 1 })
  })

  test.each([
    ['{"a":', 'undecodable', 'not JSON'],
    ['[1]', 'undecodable', 'not a JSON object'],
    ['"a"', 'undecodable', 'not a JSON object'],
    ['{"a":1,"a":2}', 'undecodable', 'a key that is there twice'],
    ['{"a":{"b":1,"b":1}}', 'undecodable', 'a key that is there twice'],
    ['{"a":NaN}', 'not_finite', `NaN is no JSON (number not finite at /a): ${MEND}`],
    ['{"a":[-Infinity, "NaN"]}', 'not_finite', `Infinity is no JSON (number not finite at /a/0): ${MEND}`],
    [
      '{"x":"NaN","a":{"b":[0,{"secret":NaN}]}}',
      'not_finite',
      `NaN is no JSON (number not finite at /a/*/1/*): ${MEND}`,
    ],
    ['{"__proto__":NaN}', 'not_finite', `NaN is no JSON: ${MEND}`],
    ['NaN', 'not_finite', `NaN is no JSON: ${MEND}`],
    ['{"a":1e999}', 'not_finite', 'number not finite at /a'],
    ['{"a":"\\ud800"}', 'invalid_utf8', 'unpaired surrogate at /a'],
    ['{"__proto__":{"isAdmin":true}}', 'forbidden_key', 'forbidden key at /*'],
    ['{"a":{"constructor":1}}', 'forbidden_key', 'forbidden key at /a/*'],
    ['{"a":{"prototype":1}}', 'forbidden_key', 'forbidden key at /a/*'],
    ['{"a":[[[[1]]]]}', 'too_deep', 'more than 4 levels'],
    ['{"secret":{"x":[1e999]}}', 'not_finite', 'number not finite at /*/x/0'],
    ['{"a":{"$tensor":"u8","shape":[3],"data":"AAA="}}', 'undecodable', 'malformed tensor at /a'],
    ['{"$tensor":"u8","shape":[1],"data":"AA=="}', 'undecodable', 'a tensor in place of fields at /'],
    ['{"$tensor":"u8","label":"a"}', 'undecodable', 'a tensor in place of fields at /'],
    ['{"a":{"$tensor":"i32","shape":[1],"data":"AAA="}}', 'undecodable', 'malformed tensor at /a'],
    ['{"a":{"$tensor":"f32","shape":[1],"data":"AADAfw=="}}', 'not_finite', 'tensor not finite at /a'],
  ])('refuses %s as %s', (text, reason, detail) => {
    expect(faultOf(text)).toEqual({ reason, detail })
  })

  test('is not misled by quotes, colons and brackets within text', () => {
    expect(decodeText(String.raw`{"a":"\":{[[[[[[","x":"\\"}`).fields).toEqual({ a: '":{[[[[[[', x: '\\' })
  })

  test('refuses what is not UTF-8, and what is too large', () => {
    expect(faultOf(Buffer.from([0x7b, 0xff, 0x7d]))?.reason).toBe('invalid_utf8')
    expect(faultOf(`{"a":"${'x'.repeat(10_000)}"}`)?.reason).toBe('too_large')
  })

  test('refuses a hundred thousand brackets without parsing them', () => {
    const bytes = Buffer.from('['.repeat(100_000))
    const body = { kind: 'bytes' as const, bytes, contentType: 'application/json' as const }
    expect(decode(body, { recordBytes: 1e6, depth: 16 }, names).fault?.reason).toBe('too_deep')
  })

  test('takes up a tensor that it wrote', () => {
    const tensor = new Tensor('f32', [2], Float32Array.of(0.5, -1))
    expect(decodeText(canonicalJson({ a: tensor })).fields).toEqual({ a: tensor })
  })

  property.prop([fc.uint8Array({ maxLength: 300 })])('turns any bytes into fields or a fault', (bytes) => {
    for (const type of ['application/json', 'message/rfc822', 'text/plain'] as const) {
      const { fields, fault } = decodeText(bytes, type)
      expect((fields === null) === (fault !== null)).toBe(true)
    }
  })

  const hostile = fc.stringMatching(/^[{}[\]",:\\aNI0e9.$_\-\s]{0,60}$/)
  property.prop([hostile])('turns anything like JSON into fields or a fault', (text) => {
    const { fields, fault } = decodeText(text)
    if (fields) expect(JSON.parse(text)).toEqual(fields)
    else expect(fault).not.toBeNull()
  })

  const key = fc
    .string({ unit: 'grapheme', maxLength: 8 })
    .filter((key) => !/^(__proto__|constructor|prototype|\$tensor)$/.test(key))
  const flat = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
  )
  const object = fc.dictionary(
    key,
    fc.oneof(flat, fc.array(flat, { maxLength: 4 }), fc.dictionary(key, flat, { maxKeys: 4 })),
    { noNullPrototype: true },
  )
  property.prop([object])('gives back every object within the limits', (value) => {
    const text = JSON.stringify(value)
    fc.pre(Buffer.byteLength(text) <= limits.recordBytes)
    expect(canonicalJson(decodeText(text).fields)).toBe(canonicalJson(JSON.parse(text) as Value))
  })
})

describe('decoding fields', () => {
  test('finds what no record may hold', () => {
    const bad = (fields: Record<string, Value>) =>
      decode({ kind: 'fields', fields, bytes: 1 }, limits, names).fault?.reason
    expect(bad({ a: Number.NaN })).toBe('not_finite')
    expect(bad({ a: new Tensor('f64', [1], Float64Array.of(Infinity)) })).toBe('not_finite')
    expect(bad({ a: new Tensor('u8', [2], Uint8Array.of(1)) })).toBe('undecodable')
    expect(bad(Object.fromEntries([['__proto__', 'x']]))).toBe('forbidden_key')
    expect(bad({ a: new Tensor('u8', [1], Uint8Array.of(1)), b: 'x', c: 1 })).toBeUndefined()
  })

  test('passes on why a format was broken', () => {
    const body = { kind: 'broken' as const, raw: new Uint8Array(), reason: 'missing_part' as const, detail: 'no label' }
    expect(decode(body, limits, names).fault).toEqual({ reason: 'missing_part', detail: 'no label' })
  })
})
