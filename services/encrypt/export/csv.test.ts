import { fc, test as property } from '#test/support/property.ts'
import { parse } from 'csv-parse/sync'
import { describe, expect, test } from 'vitest'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields } from '#core/value.ts'
import { exportCsv } from './csv.ts'

const recordOf = (fields: Fields, i: number): DataRecord => ({
  id: String(i),
  fields,
  provenance: { source: 's', partition: 'p', position: String(i) },
})

async function csvOf(rows: readonly Fields[], onGuarded?: () => void): Promise<string> {
  const open = async function* () {
    yield* rows.map(recordOf)
  }
  const parts: Uint8Array[] = []
  for await (const part of exportCsv(open, onGuarded && { onGuarded })) parts.push(part)
  return Buffer.concat(parts).toString('utf8')
}

describe('a CSV', () => {
  test('has a header of all fields, and tells nothing from an empty text', async () => {
    const rows = [
      { b: 1.5, a: 'x, "y"\nz' },
      { a: '', c: true },
      { b: null, c: { d: [1, 'é'] } },
    ]
    expect(await csvOf(rows)).toBe('a,b,c\r\n"x, ""y""\nz",1.5,\r\n"",,true\r\n,,"{""d"":[1,""é""]}"\r\n')
  })

  test.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '＝1'])('holds no formula: %j', async (text) => {
    let guarded = 0
    const csv = await csvOf([{ [text]: text, n: -1 }], () => guarded++)
    const [row] = parse(csv, { columns: true })
    expect(row).toEqual({ [`'${text}`]: `'${text}`, n: '-1' })
    expect(guarded).toBe(2)
  })

  test('has no room for arrays', async () => {
    const image = new Tensor('u8', [2], Uint8Array.of(1, 2))
    await expect(csvOf([{ image }])).rejects.toMatchObject({ code: 'invalid', reason: 'csv_of_arrays' })
  })

  const text = fc.string({ unit: 'grapheme', maxLength: 20 }).filter((value) => !/^[=+\-@\t\r＝＋－＠]/.test(value))
  property.prop([fc.array(fc.record({ a: text, b: text }), { minLength: 1, maxLength: 20 })])(
    'is read back as it was',
    async (rows) => {
      expect(parse(await csvOf(rows), { columns: true })).toEqual(rows)
    },
  )
})
