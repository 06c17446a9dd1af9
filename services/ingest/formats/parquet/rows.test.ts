import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { encode } from 'jpeg-js'
import { expect, test } from 'vitest'
import { Tensor } from '#core/tensor.ts'
import { createInputFolder } from '#test/support/fakes/input-folder.ts'
import { readFile } from '../../sources/files/source.ts'
import { bytesIn, pathIn } from '../image/image.ts'
import type { FormatItem, FormatLimits } from '../format.ts'
import { ownRows } from './own-rows.ts'

/** The batches that a file of one column of bytes comes in. */
async function batches(cells: readonly Uint8Array[], limits: FormatLimits): Promise<(readonly FormatItem[])[]> {
  const columnData = [{ name: 'picture', data: [...cells], type: 'BYTE_ARRAY' as const }]
  return batchesOf(new Uint8Array(parquetWriteBuffer({ columnData })), limits)
}

async function batchesOf(file: Uint8Array, limits: FormatLimits): Promise<(readonly FormatItem[])[]> {
  await using folder = await createInputFolder({ 'a.parquet': file })
  const found: (readonly FormatItem[])[] = []
  for await (const items of readFile({ path: join(folder.root, 'a.parquet') }, 0, limits)) found.push(items)
  return found
}

const MIB = 1024 * 1024

test('no more rows are held at a time than 16 MiB have', async () => {
  const cells = Array.from({ length: 24 }, (_, i) => new Uint8Array(MIB).fill(i))
  const found = await batches(cells, { itemBytes: 2 * MIB })
  expect(found.map((items) => items.length)).toEqual([15, 9])
  const firsts = found.flat().map(({ body }) => (body.kind === 'fields' ? bytesIn(body.fields['picture'])?.[0] : null))
  expect(firsts).toEqual(cells.map((_, i) => i))
  const small = Array.from({ length: 900 }, (_, i) => Uint8Array.of(i % 256, i >> 8))
  expect((await batches(small, { itemBytes: MIB })).map((items) => items.length)).toEqual([900])
})

test('nor where the same few values are many times what the file has', async () => {
  const kinds = [0, 1, 2, 3].map((kind) => new Uint8Array(MIB).fill(kind))
  const data = Array.from({ length: 40 }, (_, i) => kinds[i % 4]!)
  const column = { name: 'picture', data, type: 'BYTE_ARRAY' as const, encoding: 'RLE_DICTIONARY' as const }
  const found = await batchesOf(new Uint8Array(parquetWriteBuffer({ columnData: [column] })), { itemBytes: 2 * MIB })
  expect(found.map((items) => items.length)).toEqual([16, 16, 8])
  const firsts = found.flat().map(({ body }) => (body.kind === 'fields' ? bytesIn(body.fields['picture'])?.[0] : null))
  expect(firsts).toEqual(data.map((_, i) => i % 4))
  expect(found.flat().map(({ index }) => index)).toEqual(data.map((_, i) => i))
})

test('what is cut from one place is copied once, and a row larger than all may be comes alone', () => {
  const page = new Uint8Array(20 * MIB)
  const cell = () => page.subarray(4, 4 + MIB)
  const { columns, rows } = ownRows([{ name: 'a', values: [cell(), [cell()], { bytes: cell() }] }], 0, 3)
  const [alone, [listed], { bytes }] = columns[0]!.values as [Uint8Array, [Uint8Array], { bytes: Uint8Array }]
  expect([rows, alone.buffer.byteLength, listed === alone, bytes === alone]).toEqual([3, MIB, true, true])
  const large = Array.from({ length: 3 }, () => page.subarray(0, 17 * MIB))
  expect([0, 1, 2].map((from) => ownRows([{ name: 'a', values: large }], from, 3).rows)).toEqual([1, 1, 1])
})

/** 3 rows of pyarrow 26 with LZ4, one column without values: its page has no bytes. */
const LZ4 = [
  'UEFSMRUEFTAVJkwVBhUAEgAAIgEAAQASAgcAkAADAAAAAAAAABUAFRQVFiwVBhUQFQYVBhwAAACgAgAAAAYBAgMkABUEFQAVAkwVABUAEgAAAB',
  'UAFQ4VECwVBhUQFQYVBhwAAABwAgAAAAYAABUEGTw1ABgGc2NoZW1hFQQAFQQlAhgBbgAVAiUCGARub25lbLwAAAAWBhkcGSwmABwVBBk1AAYQ',
  'GRgBbhUOFgYWhgEWfiZKJggpLBUEFQAVAgAVABUQFQIAPCkGGSYABgAAACYAHBUCGTUABhAZGARub25lFQ4WBhZQFlQmpAEmhgEpLBUEFQAVAg',
  'AVABUQFQIAPCkGGSYGAAAAABbWARYGJggW0gEAKCBwYXJxdWV0LWNwcC1hcnJvdyB2ZXJzaW9uIDI2LjAuMRksHAAAHAAAANIAAABQQVIx',
].join('')

test('a column without values is read within LZ4', async () => {
  const found = await batchesOf(Buffer.from(LZ4, 'base64'), { itemBytes: MIB })
  expect(found.flat().map(({ body }) => (body.kind === 'fields' ? body.fields : body))).toEqual(
    [1, 2, 3].map((n) => ({ n, none: null })),
  )
})

test('a file in a column is counted once, beside what it is brought to', async () => {
  const data = new Uint8Array(40 * 30 * 4).fill(90)
  const file = new Uint8Array(encode({ width: 40, height: 30, data }).data)
  const images = { field: 'picture', shape: [8, 8, 3], delivered: 'file' }
  const [[item] = []] = await batches([file], { itemBytes: MIB, images })
  expect(item?.body).toMatchObject({ kind: 'fields', bytes: 'picture'.length + file.length + 8 * 8 * 3 })
})

test('bytes are a file where nothing but a path stands beside them', () => {
  const bytes = new Tensor('u8', [3], Uint8Array.of(1, 2, 3))
  expect([bytesIn(bytes), bytesIn({ bytes, path: 'cats/1.png' }), bytesIn({ bytes, path: null })]).toEqual(
    Array.from({ length: 3 }, () => bytes.data),
  )
  expect([bytesIn({ bytes }), bytesIn({ bytes, path: 3 }), bytesIn({ bytes, path: 'a', caption: 'b' })]).toEqual(
    Array.from({ length: 3 }, () => null),
  )
  expect([pathIn({ bytes, path: 'cats/1.png' }), pathIn(bytes), pathIn('cats/1.png')]).toEqual([
    'cats/1.png',
    null,
    null,
  ])
})
