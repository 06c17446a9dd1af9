import { ascendingPlaces } from '../../numeric/sorted.ts'
import type { WindowColumns } from './columns.ts'

/** The fewest records of a value and label that are judged. */
export const FEWEST = 6
/**
 * The most records of one value and label that one contributor has counted in a window: it cannot make a spike in a few
 * windows alone.
 */
const MOST_EACH = 4

/** How many records of each label have each value of a column, over all windows. */
export interface ColumnCounts {
  readonly column: string
  /** The distinct values, ascending. */
  readonly values: Float64Array
  /** By value and label: the count of label l at value v is at v · labels + l. */
  readonly counts: Uint32Array
  readonly records: number
  /** The share of each label among all records with a value. */
  readonly shares: Float64Array
  /** How many pairs of a value and a label have FEWEST records. */
  readonly tried: number
}

/** `labels` names the labels of all windows. A record that stands in the windows again counts once. */
export function countColumn(
  windows: readonly (WindowColumns | null)[],
  column: string,
  labels: readonly string[],
): ColumnCounts {
  const cells = cellsOf(windows, column, labels)
  const { sorted, places } = ascendingPlaces(cells.values)
  const starts = startsOf(sorted)
  const counts = new Uint32Array((starts.length - 1) * labels.length)
  for (let v = 0; v + 1 < starts.length; v++) {
    const alike = places.subarray(starts[v], starts[v + 1])
    const heard = alike.length === 1 ? alike : heardOf(cells, alike, labels.length)
    for (const cell of heard) counts[v * labels.length + cells.labels[cell]!]!++
  }
  const totals = new Float64Array(labels.length)
  let [records, tried] = [0, 0]
  counts.forEach((count, at) => {
    totals[at % labels.length]! += count
    records += count
    if (count >= FEWEST) tried++
  })
  const values = Float64Array.from(starts.subarray(0, -1), (start) => sorted[start]!)
  return { column, values, counts, records, shares: totals.map((total) => total / records), tried }
}

/** How many records of each label have the value at this place. */
export function countsAt({ counts, shares }: ColumnCounts, at: number): Uint32Array {
  return counts.subarray(at * shares.length, (at + 1) * shares.length)
}

/** What the labelled records of all windows have in a column, in the windows' order. */
interface Cells {
  readonly values: Float64Array
  readonly labels: Int32Array
  /** The window's place in the list. */
  readonly parts: Int32Array
  /** The record's number; negative where records are not told apart by it. */
  readonly numbers: Int32Array
  /** Negative where none is named. */
  readonly contributors: Int32Array
}

function cellsOf(windows: readonly (WindowColumns | null)[], column: string, labels: readonly string[]): Cells {
  const given = windows.map((window) => window?.columns.find(({ name }) => name === column)?.values)
  const room = given.reduce((sum, values) => sum + (values?.length ?? 0), 0)
  const values = new Float64Array(room)
  const cellLabels = new Int32Array(room)
  const parts = new Int32Array(room)
  const numbers = new Int32Array(room)
  const contributors = new Int32Array(room)
  let cells = 0
  for (const [part, window] of windows.entries()) {
    const own = given[part]
    if (window === null || own === undefined) continue
    const told = window.rows?.beside.includes(column) === true ? window.rows.numbers : undefined
    const codes = window.labels.names.map((name) => labels.indexOf(name))
    for (let i = 0; i < own.length; i++) {
      const [value, label] = [own[i], window.labels.of[i]!]
      if (value === null || value === undefined || label < 0) continue
      values[cells] = value + 0 // zero has one sign
      cellLabels[cells] = codes[label]!
      parts[cells] = part
      numbers[cells] = told?.[i] ?? -1
      contributors[cells] = window.contributors?.[i] ?? -1
      cells++
    }
  }
  return { values: values.subarray(0, cells), labels: cellLabels, parts, numbers, contributors }
}

/** Where each distinct value begins among ascending ones, and their length at the end. */
function startsOf(sorted: Float64Array): Int32Array {
  const starts = new Int32Array(sorted.length + 1)
  let distinct = 0
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) starts[distinct++] = i
  }
  starts[distinct] = sorted.length
  return starts.slice(0, distinct + 1)
}

/**
 * Of cells with one value, in the windows' order: those that count. Of a record that stands there again it is the
 * first, and of one contributor and label the first MOST_EACH in a window.
 */
function heardOf({ labels, parts, numbers, contributors }: Cells, alike: Int32Array, width: number): number[] {
  const counted = new Set<number>()
  const brought = new Map<number, number>()
  const heard: number[] = []
  let part = -1
  for (const cell of alike) {
    if (parts[cell] !== part) brought.clear()
    part = parts[cell]!
    const [label, number, by] = [labels[cell]!, numbers[cell]!, contributors[cell]!]
    const record = number * width + label
    if (number >= 0 && counted.has(record)) continue
    if (by >= 0) {
      const before = brought.get(by * width + label) ?? 0
      brought.set(by * width + label, before + 1)
      if (before >= MOST_EACH) continue
    }
    if (number >= 0) counted.add(record)
    heard.push(cell)
  }
  return heard
}
