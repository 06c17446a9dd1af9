import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contractSchema, type FeatureSpec } from '#core/contract.ts'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields } from '#core/value.ts'
import { buildInput } from './build-input.ts'

const records = (rows: readonly Fields[], contributor?: string): DataRecord[] =>
  rows.map((fields, i) => ({
    id: `r${i}`,
    fields,
    provenance: {
      source: 's',
      partition: 'p',
      position: `${i}`,
      ...(contributor === undefined ? {} : { contributor }),
    },
  }))
const contract = (features: FeatureSpec, more: object = {}) =>
  contractSchema.parse({ version: 1, schema: {}, features, ...more })

describe('buildInput', () => {
  it('scales byte images by 255 and nested arrays by what the window holds', () => {
    const image = contract({ kind: 'image', field: 'image', shape: [1, 2] })
    const bytes = buildInput(records([{ image: new Tensor('u8', [1, 2], Uint8Array.of(0, 51)) }]), image, 1)
    expect(bytes.samples).toMatchObject({ kind: 'image', height: 1, width: 2, channels: 1 })
    expect(bytes.samples.kind === 'image' && [...bytes.samples.pixels.data]).toEqual([0, Math.fround(0.2)])
    const nested = buildInput(records([{ image: [[0, 128]] }, { image: [[255, 0.5]] }]), image, 1)
    const unit = buildInput(records([{ image: [[0, 1]] }, { image: [[0.5, 0.25]] }]), image, 1)
    expect(nested.samples.kind === 'image' && nested.samples.pixels.data[2]).toBe(1)
    expect(unit.samples.kind === 'image' && [...unit.samples.pixels.data]).toEqual([0, 1, 0.5, 0.25])
  })

  const pixels = (rows: readonly number[][]) => {
    const image = contract({ kind: 'image', field: 'image', shape: [1, 2] })
    const { samples } = buildInput(records(rows.map((row) => ({ image: [row] }))), image, 1)
    return samples.kind === 'image' ? [...samples.pixels.data] : []
  }

  it.each([1e30, -1e30, 1.5, -0.5])('keeps the contrast of a window that holds a pixel of %s', (odd) => {
    const clipped = odd > 0 ? 1 : 0
    expect(
      pixels([
        [0, 1],
        [0.25, 0.5],
        [0, odd],
        [0, 0.75],
      ]),
    ).toEqual([0, 1, 0.25, 0.5, 0, clipped, 0, 0.75])
    const bytes = pixels([
      [0, 255],
      [51, 102],
      [0, odd * 1000],
      [0, 153],
    ])
    expect(bytes[2]).toBeCloseTo(0.2)
    expect(bytes[5]).toBe(clipped)
    const centred = pixels([
      [-2, 2],
      [-1, 1],
      [0, odd * 1e6],
      [-2, 2],
    ])
    expect(centred.slice(0, 4)).toEqual([0, 1, 0.25, 0.75])
  })

  it('maps blank images like the others', () => {
    expect(
      pixels([
        [0, 0],
        [7, 7],
        [0, 255],
      ]),
    ).toEqual([0, 0, Math.fround(7 / 255), Math.fround(7 / 255), 0, 1])
    expect(pixels([[1, 1]])).toEqual([1, 1])
  })

  it('refuses an image of another size, naming the record but not its content', () => {
    const image = contract({ kind: 'image', field: 'image', shape: [1, 2] })
    expect(() => buildInput(records([{ image: [[7]] }]), image, 1)).toThrow(/^record r0: field image is not 2 numbers$/)
  })

  it('groups labels and contributors by sorted name, -1 where there is none', () => {
    const text = contract({ kind: 'text', field: 'body' }, { label: 'y', contributor: 'by' })
    const input = buildInput(
      records([{ body: 'a', y: 1, by: 'zoe' }, { body: 'b', by: 'al' }, { y: '0' }], 'up'),
      text,
      1,
    )
    expect(input.labels).toEqual({ of: Int32Array.of(1, -1, 0), names: ['0', '1'], counts: Int32Array.of(1, 1) })
    expect(input.contributors?.names).toEqual(['al', 'up', 'zoe'])
    expect(input.samples).toEqual({ kind: 'text', texts: ['a', 'b', ''] })
  })

  it('has no labels and no contributors where there are none', () => {
    const input = buildInput(records([{ v: [1, 2] }]), contract({ kind: 'vector', field: 'v', length: 2 }), 1)
    expect([input.labels, input.contributors]).toEqual([null, null])
  })

  it('turns times into days, text into a category and a length, and pools values seen once', () => {
    const table = contract({
      kind: 'table',
      columns: [
        { name: 'n', type: 'number' },
        { name: 't', type: 'time' },
        { name: 'c', type: 'category' },
        { name: 'x', type: 'text' },
      ],
    })
    const rows = [
      { n: 1, t: '1970-01-02', c: 'red', x: 'aa' },
      { n: '2.5', t: '1970-01-03T00:00:00Z', c: 'red', x: 'aa' },
      { n: '', t: null, c: 'blue', x: '' },
    ]
    const { samples } = buildInput(records(rows), table, 1)
    expect(samples.kind === 'table' && samples.columns).toEqual([
      { name: 'n', type: 'number', values: Float64Array.of(1, 2.5, Number.NaN) },
      { name: 't', type: 'number', values: Float64Array.of(1, 2, Number.NaN), isAmount: false },
      {
        name: 'c',
        type: 'category',
        codes: Int32Array.of(0, 0, 1),
        levels: ['red', '(rare)'],
        values: Int32Array.of(0, 0, 1),
        texts: ['red', 'blue'],
      },
      { name: 'x', type: 'category', codes: Int32Array.of(0, 0, -1), levels: ['aa'] },
      { name: 'x (length)', type: 'number', values: Float64Array.of(2, 2, Number.NaN), isAmount: false },
    ])
  })

  it('takes a code among numbers for a missing number', () => {
    const table = contract({ kind: 'table', columns: [{ name: 'n', type: 'number' }] })
    const { samples } = buildInput(records([{ n: 1 }, { n: 'T' }, { n: '<0.1' }]), table, 1)
    expect(samples.kind === 'table' && samples.columns).toEqual([
      { name: 'n', type: 'number', values: Float64Array.of(1, Number.NaN, Number.NaN) },
    ])
  })

  const times = [
    ['1990-01-08 00:00:00', 7312],
    ['1990-01-08T12:00', 7312.5],
    ['1990-01-08T06:00:00.000', 7312.25],
    ['1990-01-08', 7312],
    ['1990-01-08 02:00:00+0200', 7312],
    ['1990-01-08T00:00:00Z', 7312],
    ['1990-01-07T22:00-02:00', 7312],
    ['1/8/90 0:00', 7312],
    ['01-08-1990', 7312],
    ['Mon, 8 Jan 1990 01:00:00 +0100', 7312],
    ['Mon, 8 Jan 1990 00:00:00 GMT', 7312],
    ['Mon Jan 08 1990 02:00:00 GMT+0200 (Eastern European Standard Time)', 7312],
    ['Sun, 7 Jan 1990 19:00 EST', 7312],
    ['not a time', Number.NaN],
  ] as const

  describe.each(['UTC', 'America/Los_Angeles', 'Asia/Kolkata'])('in the zone %s', (zone) => {
    const before = process.env['TZ']
    beforeEach(() => void (process.env['TZ'] = zone))
    afterEach(() => {
      if (before === undefined) delete process.env['TZ']
      else process.env['TZ'] = before
    })

    it.each(times)('reads %s the same way as everywhere', (t, days) => {
      expect(new Date(2020, 0, 1).getTimezoneOffset()).toBe({ UTC: 0, 'America/Los_Angeles': 480 }[zone] ?? -330)
      const table = contract({ kind: 'table', columns: [{ name: 't', type: 'time' }] })
      const { samples } = buildInput(records([{ t }]), table, 1)
      expect(samples.kind === 'table' && samples.columns[0]).toMatchObject({ values: Float64Array.of(days) })
    })
  })
})
