import { createHash } from 'node:crypto'
import type { Samples } from '../view/samples.ts'

/** Images recur by nature where at least this share of the records outside a group show an image again. */
const COMMON = 0.05

/**
 * Returns for how much of a record each of a group's members counts, on average: 1, or in images that recur by nature the
 * share of different images among them, for copies of one image are one record that comes again (ADR 207). Copies where
 * hardly any other image recurs were made, and each counts. 1 in all other samples.
 */
export function countedOf(samples: Samples): (members: Int32Array) => number {
  if (samples.kind !== 'image') return () => 1
  const { data, rows, cols } = samples.pixels
  const keys = new Map<number, string>()
  const keyOf = (i: number): string => {
    const key = keys.get(i) ?? digestOf(data.subarray(i * cols, (i + 1) * cols))
    keys.set(i, key)
    return key
  }
  const again = (records: Iterable<number>, count: number) => count - new Set(Array.from(records, keyOf)).size
  let ofAll: number | undefined
  return (members) => {
    const { length } = members
    const own = again(members, length)
    if (own === 0 || rows === length) return 1
    ofAll ??= again(Array(rows).keys(), rows)
    return ofAll - own >= COMMON * (rows - length) ? 1 - own / length : 1
  }
}

function digestOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('base64')
}
