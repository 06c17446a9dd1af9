import { fc, test as property } from '#test/support/property.ts'
import { describe, expect, test } from 'vitest'
import { contractSchema } from '#core/contract.ts'
import { createCoercer, numberOf } from './coerce.ts'

const coerce = createCoercer(
  contractSchema.parse({
    version: 1,
    schema: {
      properties: {
        n: { type: 'number' },
        i: { type: ['integer', 'null'] },
        b: { type: ['boolean', 'null'] },
        s: { type: 'string' },
        o: { type: ['string', 'null'] },
        any: {},
      },
    },
    features: { kind: 'table', columns: [{ name: 'n', type: 'number' }] },
  }),
)

describe('typing the cells of a text format', () => {
  test.each(['NA', '<NA>', '#N/A', 'nil', '?'])('takes %s for nothing where there may be nothing', (cell) => {
    expect(coerce({ n: cell, i: cell, s: cell, o: cell })).toEqual({ n: cell, i: null, s: cell, o: null })
  })

  test('goes by what the schema says of the column', () => {
    expect(coerce({ n: ' 1.5e3 ', i: '7', b: 'True', s: '7', o: 'x', any: '7' })).toEqual({
      n: 1500,
      i: 7,
      b: true,
      s: '7',
      o: 'x',
      any: '7',
    })
  })

  test('takes a missing cell for null where null is allowed', () => {
    expect(coerce({ n: '', i: 'NA', b: '', s: '', o: '' })).toEqual({ n: '', i: null, b: null, s: '', o: null })
  })

  test('leaves what does not fit for validation to refuse', () => {
    expect(coerce({ n: 'abc', i: '0x10', b: 'yes' })).toEqual({ n: 'abc', i: '0x10', b: 'yes' })
  })

  test('takes NaN and infinities for numbers, for the check of numbers to refuse', () => {
    expect(coerce({ n: 'NaN' })).toEqual({ n: Number.NaN })
    expect(coerce({ n: '-inf' })).toEqual({ n: -Infinity })
    expect(coerce({ n: '1e999' })).toEqual({ n: Infinity })
  })

  property.prop([fc.double({ noNaN: true, noDefaultInfinity: true })])(
    'reads every number as it was written',
    (number) => {
      expect(numberOf(String(number))).toBe(Object.is(number, -0) ? 0 : number)
    },
  )
})
