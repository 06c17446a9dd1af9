import { parquetMetadataAsync, parquetScan, type FileMetaData } from 'hyparquet'
import { compressors } from 'hyparquet-compressors'
import { AppError } from '#core/errors.ts'
import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import { broken, FormatError, type FormatItem, type FormatReader, type RandomAccess } from './format.ts'

const BATCH = 1024
/** Rows are held a row group at a time: one above this is refused, whatever its header promises. */
const MAX_GROUP_BYTES = 1024 * 1024 * 1024
const MAX_GROUP_ROWS = 20_000_000

/** Apache Parquet, a row group at a time. Timestamps become ISO 8601 text, bytes become tensors, longs numbers while exact. */
export const parquetReader: FormatReader = {
  name: 'parquet',
  recognises: (name, head) =>
    /\.(parquet|pq)$/i.test(name) || Buffer.from(head.subarray(0, 4)).equals(Buffer.from('PAR1')),
  async *read(file, from, limits) {
    const access = await file.random()
    try {
      const buffer = asyncBuffer(access)
      const metadata = await guarded(() => parquetMetadataAsync(buffer))
      let start = 0
      for (const group of metadata.row_groups) {
        const end = start + Number(group.num_rows)
        if (from < end) {
          checkGroup(group)
          const columns = await guarded(() => readGroup(buffer, metadata, start, end))
          for (let row = Math.max(start, from); row < end; row += BATCH) {
            const stop = Math.min(end, row + BATCH)
            yield rowItems(columns, row, stop, start, limits.itemBytes)
          }
        }
        start = end
      }
    } finally {
      await access.close()
    }
  },
}

interface ReadColumn {
  readonly name: string
  readonly values: ArrayLike<unknown>
}

type Buffered = Parameters<typeof parquetMetadataAsync>[0]

function asyncBuffer(access: RandomAccess): Buffered {
  return {
    byteLength: access.size,
    async slice(start, end) {
      const bytes = await access.read(start, end ?? access.size)
      return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer
    },
  }
}

async function readGroup(
  file: Buffered,
  metadata: FileMetaData,
  rowStart: number,
  rowEnd: number,
): Promise<ReadColumn[]> {
  const scan = await parquetScan({ file, metadata, compressors: bounded, geoparquet: false, utf8: false, parsers })
  const columns: ReadColumn[] = []
  for (const name of columnNames(metadata)) {
    const values = await scan.readColumn({ column: name, rowStart, rowEnd })
    if (values.length < rowEnd - rowStart)
      throw new FormatError('missing_part', 'a column that is shorter than its row group')
    columns.push({ name, values })
  }
  return columns
}

/** The schema is a tree in prefix order: the children of its root are the columns. */
function columnNames({ schema }: FileMetaData): string[] {
  const names: string[] = []
  const skip = (at: number): number => {
    let next = at + 1
    for (let child = 0; child < (schema[at]?.num_children ?? 0); child++) next = skip(next)
    return next
  }
  for (let at = 1; at < schema.length; at = skip(at)) names.push(schema[at]!.name)
  return names
}

/** A page may announce any size for its contents: it is believed up to a row group's. */
const bounded = Object.fromEntries(
  Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, outputLength: number) => {
      if (outputLength > MAX_GROUP_BYTES) throw new FormatError('too_large', 'a page of more than 1 GiB')
      return decompress(input, outputLength)
    },
  ]),
) as typeof compressors

function checkGroup(group: FileMetaData['row_groups'][number]): void {
  const bytes = group.columns.reduce((sum, column) => sum + Number(column.meta_data?.total_uncompressed_size ?? 0), 0)
  if (bytes > MAX_GROUP_BYTES || group.num_rows > MAX_GROUP_ROWS) {
    throw new FormatError('too_large', 'a row group of more than 1 GiB or 20 million rows: write smaller ones')
  }
}

function rowItems(
  columns: readonly ReadColumn[],
  row: number,
  stop: number,
  base: number,
  limit: number,
): FormatItem[] {
  const items: FormatItem[] = []
  for (let index = row; index < stop; index++) {
    const entries: [string, Value][] = []
    let bytes = 0
    for (const { name, values } of columns) {
      const value = toValue(values[index - base])
      bytes += sizeOf(value)
      entries.push([name, value])
    }
    const fields: Fields = Object.fromEntries(entries)
    const body =
      bytes > limit ? broken('too_large', `a row of ${bytes} bytes`) : { kind: 'fields' as const, fields, bytes }
    items.push({ index, body })
  }
  return items
}

function toValue(value: unknown): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value.toString() // text keeps what a number would lose
  }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  if (value instanceof Uint8Array) return new Tensor('u8', [value.length], new Uint8Array(value))
  if (Array.isArray(value)) return value.map(toValue)
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<unknown>, toValue)
  if (typeof value !== 'object') return null
  return Object.fromEntries<Value>(Object.entries(value).map(([key, item]) => [key, toValue(item)]))
}

function sizeOf(value: Value): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 8
  if (value instanceof Tensor) return value.data.byteLength
  return (Array.isArray(value) ? value : Object.values(value)).reduce<number>(
    (sum, item: Value) => sum + sizeOf(item),
    0,
  )
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })

const parsers = {
  /** Text that is not UTF-8 is marked as ill-formed, which decoding refuses, with its bytes kept behind the mark. */
  stringFromBytes(bytes: Uint8Array | undefined): string | undefined {
    if (!bytes) return undefined
    try {
      return UTF8.decode(bytes)
    } catch {
      return `\ud800${Buffer.from(bytes).toString('latin1')}`
    }
  },
}

/** What the reader of the format throws on a broken file may quote it, and is replaced. */
async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof AppError || error instanceof FormatError) throw error
    throw new FormatError('undecodable', 'a Parquet file that is broken or cut short')
  }
}
