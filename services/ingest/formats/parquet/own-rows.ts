import type { DecodedArray } from 'hyparquet'

/**
 * Some of a column's values, each with bytes of its own: those that were cut from a page would take the whole page with them
 * to another thread, for every few rows anew.
 */
export function ownValues(values: DecodedArray, from: number, to: number): DecodedArray {
  const some = values.slice(from, to)
  return Array.isArray(some) ? some.map(own) : some
}

function own(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  if (value instanceof Uint8Array) return value.byteLength < value.buffer.byteLength ? value.slice() : value
  if (ArrayBuffer.isView(value)) return value
  if (Array.isArray(value)) return value.map(own)
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, own(item)]))
}
