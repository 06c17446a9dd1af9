import { createHash } from 'node:crypto'
import type { Grouping, Samples } from '../view/samples.ts'

/** Images recur by nature where at least this share of the records (outside a group) show an image again. */
const COMMON = 0.05
/** Labels of images that recur are vague where at least this share of these records have an image that bears two. */
const VAGUE = 0.05

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

/**
 * How many records show an image to the bit that another record shows under another label, where images recur by nature
 * and so many of those that do bear several: pictures that are filed under all that they may be. 0 elsewhere (ADR 222).
 */
export function filedTwice(samples: Samples, labels: Grouping): number {
  if (samples.kind !== 'image') return 0
  const { data, cols } = samples.pixels
  const bearers = new Map<string, { count: number; readonly labels: Set<number> }>()
  for (const [i, label] of labels.of.entries()) {
    if (label < 0) continue
    const key = digestOf(data.subarray(i * cols, (i + 1) * cols))
    const own = bearers.get(key)
    if (own === undefined) bearers.set(key, { count: 1, labels: new Set([label]) })
    else {
      own.count++
      own.labels.add(label)
    }
  }
  let [all, again, recurring, several] = [0, 0, 0, 0]
  for (const own of bearers.values()) {
    all += own.count
    again += own.count - 1
    if (own.count > 1) recurring += own.count
    if (own.labels.size > 1) several += own.count
  }
  return again >= COMMON * all && several >= VAGUE * recurring ? several : 0
}

function digestOf({ buffer, byteOffset, byteLength }: Float32Array): string {
  return createHash('sha256')
    .update(new Uint8Array(buffer, byteOffset, byteLength))
    .digest('base64')
}
