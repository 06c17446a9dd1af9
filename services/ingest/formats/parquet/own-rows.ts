import type { Column } from './decoder.ts'

/** Of so many bytes are the rows that are handed over at a time, whatever the file says of their size; of one row if it has more. */
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Rows of columns from row `from` on, to `to` at most, each value with bytes of its own: those that were cut from a page would
 * take the whole page with them to another thread, for every few rows anew. What stands in many cells is copied once.
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

/** Each cell counts, though many have the same bytes: whoever takes the rows holds them one by one. */
function stopOf(columns: readonly Column[], from: number, to: number): number {
  const lists = columns.flatMap(({ values }) => (Array.isArray(values) ? [values] : []))
  let bytes = 0
  for (let row = from; row < to; row++) {
    for (const values of lists) bytes += sizeOf(values[row])
    if (bytes > MAX_BYTES) return Math.max(row, from + 1)
  }
  return to
}

/** Copies by where they were cut from. */
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
