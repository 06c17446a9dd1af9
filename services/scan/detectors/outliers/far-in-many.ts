import type { Grouping, NumberColumn, TableColumn } from '../../view/samples.ts'
import { liftRatio } from '../lift/evidence/tests.ts'
import { areLikeOthers } from './like-others.ts'

/** Different values that a column of amounts must have, and such columns that a table must have. */
const LEAST_DIFFERENT = 20
const LEAST_COLUMNS = 3
/** A value is far where it lies more than FAR times as far from the median as the value that this share lie beyond. */
const SHOULDER = 0.06
const FAR = 3
/** Rows are far in many columns where they are in at least this share of them, and in so many at least. */
const MANY = 0.5
const LEAST_MANY = 3
/** The fewest such rows, and the largest share of all: more are a part of the table. */
const FEWEST = 5
const MOST = 0.06
/** Nats of evidence that such rows need. */
const LEAST_EVIDENCE = 6
/** Garbage is far in the one column and not in the other: the least mean variance of that, over the columns. */
const LEAST_MIXED = 0.06
/** How many times as often as by chance ends of columns may meet in the other rows. */
const TOGETHER = 1.8

export interface Far {
  readonly members: Int32Array
  readonly evidence: number
  /** How many members are expected so far out. */
  readonly expected: number
  readonly summary: string
  /** What is said of one member, where that is more than the summary. */
  readonly why?: (i: number) => string
}

/**
 * Rows that are far out in half of a table's columns of amounts at once, in each for itself: garbage, which is drawn
 * anew for every column (ADR 214). How often a row that is far in one column is far in another as well is read from the
 * rows that are far in few, and extended. Large units and rows of another kind are far in the same columns, and where the
 * ends of columns meet anyway, as on the days of a crash, nothing is said. `ascendings` are the columns' finite values in
 * order. Null where there are none.
 */
export function farInMany(
  asked: readonly NumberColumn[],
  ascendings: readonly Float64Array[],
  columns: readonly TableColumn[],
  labels: Grouping | null,
): Far | null {
  const of = asked.flatMap((column, at) => {
    const ends = endsOf(ascendings[at]!)
    return ends === null ? [] : [{ values: column.values, ...ends }]
  })
  if (of.length < LEAST_COLUMNS) return null
  const n = asked[0]!.values.length
  const far = new Uint16Array(n)
  for (const { values, low, high } of of)
    for (let i = 0; i < n; i++) if (values[i]! > high || values[i]! < low) far[i] = far[i]! + 1
  const many = Math.max(LEAST_MANY, Math.ceil(MANY * of.length))
  const members = Int32Array.from(far.keys()).filter((i) => far[i]! >= many)
  const count = members.length
  if (count < FEWEST || count > MOST * n) return null
  const expected = expectedOf(far, many)
  const evidence = liftRatio(count, expected)
  if (evidence < LEAST_EVIDENCE) return null
  const isMember = new Uint8Array(n)
  for (const i of members) isMember[i] = 1
  if (isKind(of, members) || together(of, isMember) > TOGETHER) return null
  const others = columns.filter((column) => !asked.includes(column as NumberColumn))
  if (!areLikeOthers(members, n, others, labels)) return null
  const summary = `${count} records lie far beyond the others in ${many} and more of ${of.length} columns of amounts at once`
  return { members, evidence, expected: Math.min(count, expected), summary }
}

/** Beyond which values a column's are far; null where it has too few different ones. */
function endsOf(sorted: Float64Array): Omit<Ends, 'values'> | null {
  const n = sorted.length
  let different = n > 0 ? 1 : 0
  for (let at = 1; at < n && different <= LEAST_DIFFERENT; at++) different += Number(sorted[at] !== sorted[at - 1])
  if (different <= LEAST_DIFFERENT) return null
  const place = (share: number) => sorted[Math.round(share * (n - 1))]!
  const [below, middle, above] = [place(SHOULDER), place(0.5), place(1 - SHOULDER)]
  return {
    below,
    above,
    low: below < middle ? middle - FAR * (middle - below) : -Infinity,
    high: above > middle ? middle + FAR * (above - middle) : Infinity,
  }
}

/** How many rows are expected to be far in `many` columns, by how the others go from one to two. */
function expectedOf(far: Uint16Array, many: number): number {
  let [some, more] = [0, 0]
  for (const count of far) {
    if (count >= many) continue
    if (count >= 1) some++
    if (count >= 2) more++
  }
  return (some + 1) * ((more + 0.5) / (some + 1)) ** (many - 1)
}

interface Ends {
  readonly values: Float64Array
  /** The shoulders, and the values beyond which others are far. */
  readonly below: number
  readonly above: number
  readonly low: number
  readonly high: number
}

/** Whether the members are far in the same columns, as large units and rows of another kind are. */
function isKind(of: readonly Ends[], members: Int32Array): boolean {
  const shares = of.map(
    ({ values, low, high }) => members.filter((i) => values[i]! > high || values[i]! < low).length / members.length,
  )
  return shares.reduce((sum, share) => sum + share * (1 - share), 0) < LEAST_MIXED * of.length
}

/**
 * How many times as often as by chance the other rows that are at an end of one column are at one of a second, too, in
 * the median of all pairs: about once where columns go their own ways, and twice and more on the days of a crash.
 */
function together(of: readonly Ends[], isMember: Uint8Array): number {
  const atEnd = of.map(({ values, below, above }) =>
    Int32Array.from(values.keys()).filter((i) => !isMember[i] && (values[i]! > above || values[i]! < below)),
  )
  const others = isMember.reduce((sum, is) => sum + 1 - is, 0)
  const lifts: number[] = []
  atEnd.forEach((own, at) => {
    const isAtEnd = new Uint8Array(isMember.length)
    for (const i of own) isAtEnd[i] = 1
    for (let other = 0; other < at; other++) {
      const both = atEnd[other]!.reduce((sum, i) => sum + isAtEnd[i]!, 0)
      lifts.push((both * others) / Math.max(1, own.length * atEnd[other]!.length))
    }
  })
  return lifts.sort((a, b) => a - b)[lifts.length >> 1]!
}
