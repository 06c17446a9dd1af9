import type { Column } from './decoder.ts'

/** The most bytes of rows that are passed on at a time, whatever size the file states; a single row may have more. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Copies rows from `from` to at most `to`, so that each value has its own bytes: values cut from a page would carry the whole
 * page to another thread, again for every few rows. A value that stands in many cells is copied once.
 */
export function ownRows(columns: readonly Column[], from: number, to: number): { columns: Column[]; rows: number } {
  const stop = stopOf(columns, from, to)
  const copies: Copies = new Map()
  const own = columns.map(({ name, values }) => {
    const some = values.slice(from, stop)
    return { name, values: Array.isArray(some) ? some.map((value) => ownValue(value, copies)) : some }
  })
  return { columns: own, rows: stop - from }
}

/** The row at which to stop. Each cell counts, even if many share their bytes: the receiver holds the rows one by one. */
function stopOf(columns: readonly Column[], from: number, to: number): number {
  const lists = columns.flatMap(({ values }) => (Array.isArray(values) ? [values] : []))
  let bytes = 0
  for (let row = from; row < to; row++) {
    for (const values of lists) bytes += sizeOf(values[row])
    if (bytes > MAX_BYTES) return Math.max(row, from + 1)
  }
  return to
}

/** Copies by the buffer and place that they were cut from. */
type Copies = Map<ArrayBufferLike, Map<string, Uint8Array>>

function ownValue(value: unknown, copies: Copies): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (value instanceof Uint8Array) return value.byteLength < value.buffer.byteLength ? copyOf(value, copies) : value
  if (ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map((item) => ownValue(item, copies))
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, ownValue(item, copies)]))
}

function copyOf(view: Uint8Array, copies: Copies): Uint8Array {
  let within = copies.get(view.buffer)
  if (!within) copies.set(view.buffer, (within = new Map()))
  const place = `${view.byteOffset}:${view.byteLength}`
  let copy = within.get(place)
  if (!copy) within.set(place, (copy = view.slice()))
  return copy
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return value.length
  if (typeof value !== 'object' || value === null) return 0
  if (ArrayBuffer.isView(value)) return value.byteLength
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item), 0)
  return Object.values(value).reduce<number>((sum, item) => sum + sizeOf(item), 0)
}
