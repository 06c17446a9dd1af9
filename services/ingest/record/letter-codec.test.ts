import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { Tensor } from '#core/tensor.ts'
import type { Fields } from '#core/value.ts'
import { decodeLetters, encodeLetters } from './letter-codec.ts'
import type { HeldLetter } from './prepare.ts'
import type { Body } from '../source.ts'

const letter = (body: Body): HeldLetter => ({
  id: 'l1',
  reason: 'undecodable',
  detail: 'not JSON',
  provenance: { source: 's', partition: 'p', position: '3', contributor: 'c' },
  body,
})
const roundTrip = (body: Body) => decodeLetters(encodeLetters([letter(body)]))[0]?.body

describe('writing dead letters down', () => {
  test('gives back bytes, broken items and fields', () => {
    const bodies: Body[] = [
      { kind: 'bytes', bytes: Uint8Array.of(0, 255, 10), contentType: 'application/json' },
      { kind: 'broken', raw: Uint8Array.of(1), reason: 'missing_part', detail: 'no label' },
      { kind: 'fields', fields: { a: '1' }, bytes: 9, untyped: true },
      { kind: 'fields', fields: { a: '1,5' }, bytes: 9, untyped: 'decimal_comma' },
    ]
    expect(decodeLetters(encodeLetters(bodies.map(letter)))).toEqual(bodies.map(letter))
    const extra = { ...letter(bodies[0]!), extra: { label: 'spam' } }
    expect(decodeLetters(encodeLetters([extra]))).toEqual([extra])
  })

  test('gives back what JSON cannot hold', () => {
    const fields = {
      nan: Number.NaN,
      low: -Infinity,
      zero: -0,
      tensor: new Tensor('f32', [2], Float32Array.of(Number.NaN, 1)),
      like: { $tensor: 'u8', shape: [1], data: 'AA==' },
      list: ['n', 'NaN'],
      text: '\ud800',
    }
    expect(roundTrip({ kind: 'fields', fields, bytes: 1 })).toEqual({ kind: 'fields', fields, bytes: 1 })
    const proto = Object.fromEntries([['__proto__', 'x']]) as Fields
    const back = roundTrip({ kind: 'fields', fields: proto, bytes: 1 })
    expect(back?.kind === 'fields' && Object.keys(back.fields)).toEqual(['__proto__'])
  })

  test('gives nothing for nothing', () => {
    expect(encodeLetters([])).toHaveLength(0)
    expect(decodeLetters(new Uint8Array())).toEqual([])
  })

  test('refuses what it did not write', () => {
    for (const text of ['x', 'x\n', '{}\n', '{"id":"a"}\n', 'null\n']) {
      expect(() => decodeLetters(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'corrupt' }))
    }
  })

  property.prop([fc.dictionary(fc.string(), fc.jsonValue(), { noNullPrototype: true })])(
    'gives back any fields',
    (fields) => {
      const body = { kind: 'fields' as const, fields: fields as Fields, bytes: 1 }
      expect(roundTrip(body)).toEqual(body)
    },
  )
})
