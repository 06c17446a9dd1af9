import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { valueText } from '../../features/column-codes.ts'
import { fitsTheRest, toldApart } from '../../features/fitting-values.ts'
import { tableRanks } from '../../features/tables.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import { medianOf } from '../../numeric/select.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { Grouping, NumberColumn, TableColumn } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { bearersOf } from './detached/bearers.ts'
import { beyondRandom } from './detached/random-sets.ts'

/** Different values of a column at least: in fewer, many rows share one by nature. */
const LEAST_VALUES = 30
/** Different values of the label's rows at least: what has fewer is not measured there, but a code. */
const LEAST_OF_LABEL = 10
/** Values on either side that tell how many rows have one by nature. */
const NEARBY = 10
/** Rows that have the value at least, and how many times as many as have one next to it. */
const LEAST_ROWS = 10
const LEAST_RATIO = 5
/** A value that leads so many columns is one that the data has by nature, such as a level of grey. */
const SEVERAL = 3
/** Its surprise, as a multiple of that of any other value of the column. */
const ABOVE_OTHERS = 3
/** The share of its rows that bear its label, at least, and its rows' share of that label at most. */
const LEAST_PURE = 0.7
const MOST_OF_LABEL = 0.4
/** How much more alike its rows may be in the other columns than random rows of the label, in deviations. */
const MOST_ALIKE = 2.5
/** Nats of evidence at most, and of so few rows, as one value in a few hundred tables has by nature: they are ranked. */
const CEILING = 30
const FEW_ROWS = 20
const CEILING_OF_FEW = 3

/**
 * A value of a measured column that many rows of one label have, and else hardly any: a value within range that was put
 * into rows of the label, which was kept (Pleiter et al. 2023, Tabdoor, clean-label). A value that recurs by nature is one
 * of several that do, an end of the range, or zero; or it leads several columns; or its rows are alike in the other
 * columns, or these lead to expect it (ADR 246). Evidence is the lesser of the surprise at the value, in excess of that at
 * any other of the column, and at its label.
 */
export class DetachedValues implements Detector {
  readonly info: DetectorInfo = { name: 'detached-values', family: 'trigger', version: 1 }
  readonly needs = ['labels'] as const
  readonly tags = { role: 'carrier' } as const

  score({ n, seed, samples, labels }: WindowView): Promise<Detection> {
    const columns = samples.kind === 'table' && labels !== null ? samples.columns : []
    const peaks = columns.map((column) => (column.type === 'number' ? peakOf(column) : null))
    const leads = (value: number) => peaks.filter((peak) => peak?.value === value).length
    const groups = columns.flatMap((column, c) => {
      const peak = peaks[c]
      return !peak || leads(peak.value) >= SEVERAL ? [] : (detached(column, peak, columns, labels!, seed, n) ?? [])
    })
    const { scores, best } = strongestGroup(n, groups)
    const why = (i: number) => best[i]?.summary ?? 'has no value that goes with a label alone'
    return Promise.resolve({ scores, scale: 'absolute', groups, why })
  }
}

function detached(
  column: TableColumn,
  found: Peak,
  columns: readonly TableColumn[],
  labels: Grouping,
  seed: number,
  n: number,
): Group | null {
  const { label, own, all, told, unexplained } = bearersOf(found.rows, labels)
  if (own < LEAST_ROWS || own < LEAST_PURE * all || own > MOST_OF_LABEL * labels.counts[label]!) return null
  const isFew = own < FEW_ROWS
  // a round number that others have as well: how many of the label's rows would have it as theirs do
  const expected = Math.max(found.expected, (1 - unexplained) * own)
  const surprise = Math.min(surpriseOf(all, expected) - (isFew ? 1 : ABOVE_OTHERS) * found.next, told)
  const evidence = Math.min(isFew ? CEILING_OF_FEW : CEILING, surprise - Math.log(columns.length))
  const others = columns.filter((c) => c !== column)
  if (evidence <= 0 || others.length === 0) return null
  const members = found.rows.filter((i) => labels.of[i] === label)
  const ofLabel = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === label)
  if (new Set(Array.from(ofLabel, (i) => found.values[i])).size < LEAST_OF_LABEL) return null
  const rows = tableRanks(others, n)
  const beyond = beyondRandom(labels, seed, alikeIn(rows, ofLabel))
  if (beyond(members, label) > MOST_ALIKE) return null
  const without = ofLabel.filter((i) => found.values[i] !== found.value && !Number.isNaN(found.values[i]))
  if (fitsTheRest(toldApart(rows), found.values, found.value, members, without)) return null
  return {
    members,
    posterior: new Float64Array(members.length).fill(Math.max(0, 1 - found.expected / found.rows.length)),
    evidence,
    label,
    trigger: { kind: 'values', values: [{ column: column.name, value: valueText(found.value) }] },
    summary: `${members.length} records labelled ${labels.names[label] ?? ''} have ${column.name} ${valueText(found.value)}, which others seldom have and which goes with nothing else in them`,
  }
}

interface Peak {
  /** Of all rows. */
  readonly values: Float64Array
  readonly value: number
  /** Those that have it, ascending. */
  readonly rows: Int32Array
  /** How many would have it by those next to it. */
  readonly expected: number
  /** Nats by which they are more, and the most nats of another value. */
  readonly surprise: number
  readonly next: number
}

/** The value that most surprisingly many rows have, but for zero and the ends of the column; null where none stands out. */
function peakOf({ values }: NumberColumn): Peak | null {
  const rowsOf = new Map<number, number[]>()
  for (const [i, value] of values.entries()) {
    if (Number.isNaN(value)) continue
    const rows = rowsOf.get(value)
    if (rows === undefined) rowsOf.set(value, [i])
    else rows.push(i)
  }
  const sorted = [...rowsOf.keys()].sort((a, b) => a - b)
  if (sorted.length < LEAST_VALUES) return null
  const counts = Float64Array.from(sorted, (value) => rowsOf.get(value)!.length)
  const beside = (at: number) => (sorted[at] === 0 ? 0 : counts[at]!)
  let peak: Omit<Peak, 'values' | 'rows' | 'next'> = { value: Number.NaN, expected: 0, surprise: 0 }
  let next = 0
  for (let at = 1; at + 1 < sorted.length; at++) {
    if (counts[at]! < 2 || sorted[at] === 0) continue
    const near = [...counts.subarray(Math.max(0, at - NEARBY), at), ...counts.subarray(at + 1, at + 1 + NEARBY)]
    const expected = Math.max(1, medianOf(Float64Array.from(near)), beside(at - 1), beside(at + 1))
    const surprise = surpriseOf(counts[at]!, expected)
    if (surprise > peak.surprise) {
      next = peak.surprise
      peak = { value: sorted[at]!, expected, surprise }
    } else next = Math.max(next, surprise)
  }
  const rows = Int32Array.from(rowsOf.get(peak.value) ?? [])
  return rows.length >= LEAST_ROWS && rows.length >= LEAST_RATIO * peak.expected
    ? { ...peak, values, rows, next }
    : null
}

/** In nats, of so many rows where these are expected. */
function surpriseOf(count: number, expected: number): number {
  return count > expected ? count * Math.log(count / expected) - (count - expected) : 0
}

/** The mean product of two rows, in their ranks and levels less the means of the label's rows. */
function alikeIn({ cols, data }: Matrix, ofLabel: Int32Array): (rows: Int32Array) => number {
  const means = new Float64Array(cols)
  for (const i of ofLabel) for (let j = 0; j < cols; j++) means[j]! += data[i * cols + j]! / ofLabel.length
  return (rows) => {
    const sums = new Float64Array(cols)
    let own = 0
    for (const i of rows)
      for (let j = 0; j < cols; j++) {
        const v = data[i * cols + j]! - means[j]!
        sums[j]! += v
        own += v * v
      }
    const square = sums.reduce((sum, v) => sum + v * v, 0)
    return (square - own) / (rows.length * (rows.length - 1))
  }
}
