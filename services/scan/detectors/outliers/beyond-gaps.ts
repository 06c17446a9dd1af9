import { valueText } from '../../features/column-codes.ts'
import { ascending, presentIn } from '../../numeric/sorted.ts'
import type { NumberColumn, TableColumn } from '../../view/samples.ts'

/** Values that a column must have for its end to be known. */
const LEAST_VALUES = 50
/** Share of a column's values that may lie beyond a gap: more are a part of the column. */
const MOST = 0.06
/**
 * The first value beyond a gap must lie so many times as far from the median as any value before it: `NEAREST` where one
 * value is beyond, `FARTHEST` where `MOST` are, and in proportion between.
 */
const NEAREST = 1.2
const FARTHEST = 2.5
/**
 * Where a column's values come `RECURRING` times each in the mean, one of them is a kind, such as a place, and has to lie
 * so many times as far out, however few bear it.
 */
const RECURRING = 2
const FAR_AMONG_KINDS = 4
/** Different values that a column must have between its median and a gap. */
const LEAST_DIFFERENT = 8
/** Steps of the tail before a gap with which it is compared. */
const STEPS = 20
/** So many gaps have a note: those with the highest scores. */
const MOST_NOTES = 3
/** Gaps of lower scores have none. */
const NOTED = 4
/**
 * The highest score, which ranks a record before all that is not held. The share of the values that lie beyond a gap,
 * where it is more than `FEW`, costs `PER_SHARE` times as many nats: the more there are, the likelier they are a kind.
 */
const HIGHEST = 5
const FEW = 0.015
const PER_SHARE = 50

/** By record: the nats by which a gap before one of its values is wider than the steps of its column's tail, at most. */
export interface BeyondGaps {
  readonly scores: Float64Array
  why(i: number): string
  /** What lies beyond the widest gaps, without the records that are held for it anyway. */
  notes(isHeld: (i: number) => boolean): string[]
}

/** The columns of numbers that may hold amounts: no times, and no lengths of texts. */
export function amountsIn(columns: readonly TableColumn[]): NumberColumn[] {
  return columns.filter((column) => column.type === 'number').filter((column) => column.isAmount !== false)
}

interface Gap {
  readonly column: NumberColumn
  readonly sign: 1 | -1
  /** The first value beyond it, and the last one before it. */
  readonly from: number
  readonly after: number
  readonly evidence: number
}

/**
 * The records with a value that lies beyond a gap at an end of its column: a wrong unit, two columns that changed places,
 * a code such as −999. One is enough, and all may be the same, as codes for missing values are in clean tables: this
 * ranks records, and holds none.
 *
 * In a long tail the steps of the logarithm from one value to the next, each times its place from the end, have one
 * exponential distribution (Rényi 1953, On the Theory of Order Statistics). Its mean is that of the `STEPS` steps before
 * the gap. A score is −ln of the probability of so wide a step, corrected for the ends and places tried, and at most
 * `HIGHEST`.
 */
export function beyondGaps(n: number, columns: readonly TableColumn[]): BeyondGaps {
  const asked = amountsIn(columns)
  const scores = new Float64Array(n)
  const widest: (Gap | undefined)[] = []
  const tried = Math.log(Math.max(1, 2 * asked.length))
  for (const column of asked) {
    const sorted = ascending(column.values)
    const values = sorted.subarray(0, presentIn(sorted)).filter(Number.isFinite)
    for (const sign of [1, -1] as const)
      for (const gap of gapsAt(column, values, sign, tried))
        column.values.forEach((value, i) => {
          if (!(sign * value >= sign * gap.from) || !Number.isFinite(value) || gap.evidence <= scores[i]!) return
          scores[i] = gap.evidence
          widest[i] = gap
        })
  }
  return {
    scores,
    why: (i) => {
      const gap = widest[i]
      return gap === undefined
        ? ''
        : `${gap.column.name} is ${valueText(gap.column.values[i]!)}, ${whereOthersEnd(gap)}`
    },
    notes: (isHeld) => {
      const found = new Map<Gap, number[]>()
      widest.forEach((gap, i) => {
        if (gap === undefined || gap.evidence < NOTED || isHeld(i)) return
        const members = found.get(gap)
        if (members === undefined) found.set(gap, [i])
        else members.push(i)
      })
      return [...found]
        .sort(([a], [b]) => b.evidence - a.evidence)
        .slice(0, MOST_NOTES)
        .map(([gap, members]) => noteOf(gap, members))
    },
  }
}

function whereOthersEnd({ sign, after }: Gap): string {
  return `where nearly all other values are ${valueText(after)} or ${sign > 0 ? 'less' : 'more'}`
}

function noteOf(gap: Gap, members: readonly number[]): string {
  const values = members.map((i) => gap.column.values[i]!)
  const [least, most] = [Math.min(...values), Math.max(...values)]
  const said = least === most ? valueText(least) : `${valueText(least)} to ${valueText(most)}`
  const records = members.length === 1 ? '1 record has' : `${members.length} records have`
  return `beyond-column: ${records} ${gap.column.name} of ${said}, ${whereOthersEnd(gap)}: ranked, and not held for that`
}

/** The gaps at one end of ascending values, the one nearest to the median first. */
function gapsAt(column: NumberColumn, ascending: Float64Array, sign: 1 | -1, tried: number): Gap[] {
  const n = ascending.length
  if (n < LEAST_VALUES) return []
  const valueAt = (place: number) => ascending[sign > 0 ? place : n - 1 - place]!
  const middle = sign * valueAt(n >> 1)
  /** How far out, from the median on, the value at each place lies, the farthest last. */
  const out = (place: number) => sign * valueAt(place) - middle
  const first = Math.ceil((1 - MOST) * n)
  const reach = -out(0)
  if (!(out(n - 1) >= NEAREST * Math.max(reach, out(first - 1)))) return []
  const haveKinds = n >= RECURRING * differentFrom(0, n, out)
  const gaps: Gap[] = []
  for (let place = first; place < n; place++) {
    const [distance, before] = [out(place), out(place - 1)]
    const beyond = n - place
    const wanted = haveKinds ? FAR_AMONG_KINDS : NEAREST + ((FARTHEST - NEAREST) * beyond) / (MOST * n)
    if (before <= 0 || distance < wanted * Math.max(before, reach)) continue
    if (differentFrom(n >> 1, place, out) < LEAST_DIFFERENT) continue
    const surprise = (beyond * Math.log(distance / before)) / meanStep(place, n, out) - tried - Math.log(n - first)
    const evidence = Math.min(surprise, HIGHEST - PER_SHARE * Math.max(0, beyond / n - FEW))
    if (evidence > 0) gaps.push({ column, sign, from: valueAt(place), after: valueAt(place - 1), evidence })
  }
  return gaps
}

function differentFrom(from: number, to: number, out: (place: number) => number): number {
  let different = Number(to > from)
  for (let place = from + 1; place < to; place++) different += Number(out(place) !== out(place - 1))
  return different
}

/**
 * The mean of the steps before a place, each times its place from the end; one of them, at least, is taken to be 1, so
 * that values that repeat one another do not make every gap wide.
 */
function meanStep(place: number, n: number, out: (place: number) => number): number {
  let [sum, steps] = [0, 0]
  for (let at = place - 1; at > n >> 1 && steps < STEPS && out(at - 1) > 0; at--) {
    sum += (n - at) * Math.log(out(at) / out(at - 1))
    steps++
  }
  return steps === 0 ? 1 : Math.max(sum, 1) / steps
}
