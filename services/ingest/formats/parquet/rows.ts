import { Tensor } from '#core/tensor.ts'
import type { Fields, Value } from '#core/value.ts'
import {
  broken,
  brokenBy,
  FormatError,
  placeOf,
  type FormatItem,
  type FormatLimits,
  type InputFile,
} from '../format.ts'
import { bytesIn, imageFields, imageFileIn, pathIn } from '../image/image.ts'
import { createColumnDecoder, damaged, type Column, type ColumnFormat } from './decoder.ts'

/** The most rows that are passed on at a time; fewer if they have many bytes. */
const BATCH = 4096
const BATCH_BYTES = 16 * 1024 * 1024
/** The largest row group in bytes: it is held as a whole, so a larger one is refused, whatever its header states. */
const MAX_GROUP_BYTES = 512 * 1024 * 1024
const MAX_GROUP_VALUES = 100_000_000

/**
 * Yields the rows of a columnar file from row `from` on, one group of rows at a time. Throws `unavailable` if the machine is too
 * busy to decide whether the file is broken.
 */
export async function* readRows(
  file: InputFile,
  from: number,
  limits: FormatLimits,
  format: ColumnFormat,
): AsyncGenerator<readonly FormatItem[]> {
  await using decoder = await createColumnDecoder(file, limits, format)
  const { groups } = await decoder.ask({ kind: 'groups' }, 'groups')
  let start = 0
  for (const { rows, bytes, values } of groups) {
    if (!(rows >= 0 && bytes >= 0 && values >= 0)) throw damaged(format)
    const end = start + rows
    if (from < end) {
      if (bytes > MAX_GROUP_BYTES || Math.max(rows, values) > MAX_GROUP_VALUES)
        throw new FormatError(
          'too_large',
          `${format.group} of more than 512 MiB or 100 million values: write smaller ones`,
        )
      const batch = Math.max(1, Math.min(BATCH, Math.floor((BATCH_BYTES * rows) / Math.max(1, bytes))))
      for (let row = Math.max(start, from), stop = row; row < end; row = stop) {
        const most = Math.min(end, row + batch)
        const { columns, rows: read } = await decoder.ask({ kind: 'read', start, end, row, stop: most }, 'columns')
        stop = row + read
        const items = rowItems(columns, row, stop, limits.itemBytes)
        if (limits.images === undefined || limits.images === 'files') yield items
        // one by one, so that only as many images are held as the consumer keeps
        else for (const item of items) yield [await withImage(item, limits.images.field, limits)]
      }
    }
    start = end
  }
}

function rowItems(columns: readonly Column[], row: number, stop: number, limit: number): FormatItem[] {
  const items: FormatItem[] = []
  for (let index = row; index < stop; index++) {
    const entries: [string, Value][] = []
    let bytes = 0
    for (const { name, values } of columns) {
      const value = toValue(values[index - row])
      bytes += name.length + sizeOf(value)
      entries.push([name, value])
    }
    const fields: Fields = Object.fromEntries(entries)
    const body =
      bytes > limit ? broken('too_large', `a row of ${bytes} bytes`) : { kind: 'fields' as const, fields, bytes }
    items.push({ index, body })
  }
  return items
}

/** Brings a row's image to the contract's size. A row without an image is left for the contract to judge. */
async function withImage(item: FormatItem, field: string, limits: FormatLimits): Promise<FormatItem> {
  if (item.body.kind !== 'fields') return item
  const { [field]: cell, ...others } = item.body.fields
  const file = bytesIn(cell)
  if (file === null) return item
  const path = pathIn(cell)
  const place = { index: item.index, ...(path !== null && { path: placeOf(path) }) }
  if (imageFileIn(cell) === null)
    return { ...place, body: broken('undecodable', 'an image that is neither PNG nor JPEG', file) }
  try {
    const { fields, bytes } = await imageFields(file, limits)
    const all = item.body.bytes - file.length + bytes // both counts include the file
    return { ...place, body: { ...item.body, fields: { ...fields, ...others }, bytes: all } }
  } catch (error) {
    return { ...place, body: brokenBy(error) }
  }
}

function toValue(value: unknown): Value {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') {
    const number = Number(value)
    return Number.isSafeInteger(number) ? number : value.toString() // text keeps digits that a number would lose
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
  if (Array.isArray(value)) return value.reduce<number>((sum, item: Value) => sum + sizeOf(item), 0)
  return Object.entries(value).reduce((sum, [key, item]) => sum + key.length + sizeOf(item), 0)
}
