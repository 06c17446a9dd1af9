import { unzipSync } from 'fflate'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { describe, expect, test } from 'vitest'
import type { DataRecord } from '#core/record.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields } from '#core/value.ts'
import { exportJsonl } from './jsonl.ts'
import { exportNpz, streamNpz } from './npz.ts'
import { exportParquet, streamParquet } from './parquet.ts'

async function* recordsOf(...rows: Fields[]): AsyncGenerator<DataRecord> {
  for (const [i, fields] of rows.entries()) {
    yield { id: `r${i}`, fields, provenance: { source: 's', partition: 'p', position: String(i) } }
  }
}

const image = (value: number) => new Tensor('u8', [2, 2], Uint8Array.of(value, 0, 0, 255))

async function textOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = []
  for await (const chunk of chunks) parts.push(chunk)
  return Buffer.concat(parts).toString()
}

describe('jsonl', () => {
  test('the fields alone, or the whole record', async () => {
    expect(await textOf(exportJsonl(recordsOf({ b: 1, a: 'x' }, {})))).toBe('{"a":"x","b":1}\n{}\n')
    expect(await textOf(exportJsonl(recordsOf({ a: 1 }), { whole: true }))).toBe(
      '{"fields":{"a":1},"id":"r0","provenance":{"partition":"p","position":"0","source":"s"}}\n',
    )
  })

  test('no records, no bytes; many records, several chunks', async () => {
    expect(await textOf(exportJsonl(recordsOf()))).toBe('')
    const many = Array.from({ length: 5000 }, (_, i) => ({ text: `record ${i} ${'x'.repeat(30)}` }))
    expect((await textOf(exportJsonl(recordsOf(...many)))).split('\n')).toHaveLength(5001)
  })
})

describe('parquet', () => {
  const read = async (bytes: Uint8Array) => {
    const file = Uint8Array.from(bytes).buffer
    return { rows: await parquetReadObjects({ file, utf8: false }), metadata: parquetMetadata(file) }
  }

  test('each column has the narrowest type that holds it', async () => {
    const bytes = await exportParquet(
      recordsOf(
        { text: 'ä', flag: true, whole: 7, large: 2 ** 40, real: 0.5, image: image(1), mixed: 1 },
        { text: '', flag: false, whole: -7, large: 1, real: 2, image: image(2), mixed: 'one', extra: { a: [1] } },
      ),
    )
    const { rows, metadata } = await read(bytes)
    expect(rows[0]).toMatchObject({
      _id: 'r0',
      text: 'ä',
      flag: true,
      whole: 7,
      large: 2n ** 40n,
      real: 0.5,
      mixed: '1',
    })
    expect(rows[0]?.['extra'] ?? null).toBeNull()
    expect(rows[1]).toMatchObject({ extra: '{"a":[1]}', mixed: '"one"' })
    expect(rows[1]?.['image']).toEqual(Uint8Array.of(2, 0, 0, 255))
    expect(metadata.key_value_metadata).toEqual([
      { key: 'credence.tensor.image', value: '{"dtype":"u8","shape":[2,2]}' },
    ])
  })

  test('files are their bytes, whatever their length', async () => {
    const file = (...bytes: number[]) => new Tensor('u8', [bytes.length], Uint8Array.from(bytes))
    const { rows, metadata } = await read(await exportParquet(recordsOf({ file: file(1, 2) }, { file: file(200) })))
    expect(rows.map((row) => row['file'])).toEqual([Uint8Array.of(1, 2), Uint8Array.of(200)])
    expect(metadata.key_value_metadata).toEqual([{ key: 'credence.tensor.file', value: '{"dtype":"u8","shape":[-1]}' }])
  })

  test('the same records give the same bytes', async () => {
    const make = () => exportParquet(recordsOf({ a: 1, b: 'x' }, { a: 2.5, b: null }))
    expect(Buffer.from(await make()).equals(Buffer.from(await make()))).toBe(true)
  })

  test('rows beyond one group come in pieces, and in order', async () => {
    const many = Array.from({ length: 25_000 }, (_, i) => ({ n: i, text: i % 7 === 0 ? null : `t${i}` }))
    const pieces: Uint8Array[] = []
    for await (const piece of streamParquet(() => recordsOf(...many))) pieces.push(piece)
    expect(pieces).toHaveLength(3)
    const { rows, metadata } = await read(Buffer.concat(pieces))
    expect(metadata.row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([10_000, 10_000, 5000])
    expect(rows.map(({ n }) => n as number)).toEqual(many.map(({ n }) => n))
    expect(rows[14]).toMatchObject({ _id: 'r14', text: null })
  })

  test('records that change between the readings are noticed', async () => {
    const readings: Fields[] = [{ a: 1 }, { a: 'text' }]
    const reading = streamParquet(() => recordsOf(readings.shift() ?? {}))
    await expect(reading.next()).rejects.toMatchObject({ code: 'conflict', reason: 'changed' })
    const other: Fields[] = [{ a: 1 }, { b: 1 }]
    const second = streamParquet(() => recordsOf(other.shift() ?? {}))
    await expect(second.next()).rejects.toMatchObject({ reason: 'changed' })
  })

  test('no records make an empty table; a field called _id is refused', async () => {
    expect((await read(await exportParquet(recordsOf()))).rows).toEqual([])
    await expect(exportParquet(recordsOf({ _id: 1 }))).rejects.toMatchObject({ code: 'invalid' })
  })
})

describe('npz', () => {
  const open = (bytes: Uint8Array, name: string) => {
    const file = Buffer.from(unzipSync(bytes)[`${name}.npy`] ?? Buffer.of())
    const end = 10 + file.readUInt16LE(8)
    expect(end % 64).toBe(0)
    return { header: file.toString('latin1', 10, end).trim(), data: file.subarray(end) }
  }

  test('tensors are stacked, labels and ids stand beside them', async () => {
    const bytes = await exportNpz(recordsOf({ image: image(1), label: 3 }, { image: image(2), label: 4 }), {
      x: 'image',
      y: 'label',
    })
    const x = open(bytes, 'x')
    expect(x.header).toBe("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 2, 2), }")
    expect([...x.data]).toEqual([1, 0, 0, 255, 2, 0, 0, 255])
    expect(open(bytes, 'y')).toMatchObject({ header: "{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }" })
    expect(open(bytes, 'y').data.readBigInt64LE(8)).toBe(4n)
    expect(open(bytes, 'ids').header).toContain("'<U2'")
  })

  test('texts of any script, lists of numbers, and numbers with a fraction', async () => {
    const bytes = await exportNpz(recordsOf({ x: [1, 2.5], y: 'né😀' }, { x: [3, 4], y: '' }), { x: 'x', y: 'y' })
    expect(open(bytes, 'x').header).toContain("'<f8', 'fortran_order': False, 'shape': (2, 2)")
    expect(open(bytes, 'y').header).toContain("'<U3'")
    expect(open(bytes, 'y').data.readUInt32LE(8)).toBe(0x1f600)
    expect(open(await exportNpz(recordsOf({ x: 0.5 }), { x: 'x' }), 'x').header).toContain("'<f8'")
  })

  test('the same records give the same bytes', async () => {
    const make = () => exportNpz(recordsOf({ x: image(1) }), { x: 'x' })
    expect(Buffer.from(await make()).equals(Buffer.from(await make()))).toBe(true)
  })

  test('records that change between the readings are noticed', async () => {
    const readings: Fields[][] = [[{ x: 1 }], [{ x: 1 }, { x: 2 }]]
    const parts = async () => {
      for await (const _ of streamNpz(() => recordsOf(...(readings.shift() ?? [])), { x: 'x' })) continue
    }
    await expect(parts()).rejects.toMatchObject({ code: 'conflict', reason: 'changed' })
  })

  test('no records make empty arrays', async () => {
    expect(open(await exportNpz(recordsOf(), { x: 'x' }), 'x').header).toContain("'shape': (0,)")
  })

  test('what is not of one type and shape is refused', async () => {
    for (const rows of [
      [{ x: 1 }, { x: 'a' }],
      [{ x: [1] }, { x: [1, 2] }],
      [{ x: 1 }, {}],
      [{ x: image(1) }, { x: 1 }],
    ]) {
      await expect(exportNpz(recordsOf(...(rows as Fields[])), { x: 'x' })).rejects.toMatchObject({ code: 'invalid' })
    }
  })
})
