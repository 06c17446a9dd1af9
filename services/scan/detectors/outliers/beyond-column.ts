import type { DetectorInfo } from '#core/score.ts'
import { tailSurprise } from '../../calibrate/tail.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { valueText } from '../../features/column-codes.ts'
import { columnsOf } from '../../features/vectors.ts'
import { ascending } from '../../numeric/sorted.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { Grouping, NumberColumn, TableColumn } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { farByScores } from './far-by-scores.ts'
import { amountsIn, beyondGaps } from './beyond-gaps.ts'
import { type Far, farInMany } from './far-in-many.ts'
import { areLikeOthers } from './like-others.ts'

/** Far values that a column must have: fewer are oddities. */
const FEWEST = 5
/**
 * Share of a column's values that may be far: more are a part of the column. It allows a twentieth of the rows when
 * some lack a value.
 */
const MOST = 0.06
/** Values that a column must have for its end to be known. */
const LEAST_VALUES = 100
/** Different values that a column must have between its median and the gap. */
const LEAST_DIFFERENT = 8
/**
 * A column with so many different values between its median and the values that may be far needs no `LEAST_DIFFERENT`:
 * a scale has few steps.
 */
const LEAST_STEPS = 3
/** Other columns that a row must have to be compared with other rows. */
const LEAST_COLUMNS = 2
/** The first far value must lie so many times as far from the median as the last other value. */
const GAP = 1.2
/** For its logarithm, a distance is divided by the distance beyond which this share of the values lie. */
const SHOULDER = 0.1
/** The median of the far values must lie so many times as far out as the other values at either end. */
const FARTHER = 2.5
/** Share of the far values that must differ from one another: one or two codes for missing values are no amounts. */
const DIFFERENT = 0.8
/** Nats of evidence that must be left after all corrections. */
const LEAST_EVIDENCE = 6
/** Steps of the tail before the gap that are read, or as many as there are far values if these are more. */
const STEPS = 20
/** A gap is an ordinary step of the tail unless chance brings so wide a step in at most one of so many windows. */
const ONE_IN = 20
/** Share of the far rows of two columns that must be the same for the columns to belong together. */
const SAME_ROWS = 2 / 3
/** Mean rank correlation beyond which amounts have one cause: such rows are large in many ways. */
const TOGETHER = 0.5

/**
 * Amounts that a column of a table does not reach by itself: several different values beyond a gap, where the tail of
 * the other values predicts hardly any, both as it is and on a logarithmic scale (generalised Pareto: Pickands 1975,
 * Statistical Inference Using Extreme Order Statistics). Their rows must be like all others in the other columns and in
 * their labels: rows of a natural kind (large cities, totals) are large in many columns, garbage in one. Rows that are
 * far out in several columns are compared in the remaining ones, if these are at least as many and the amounts do not
 * go up together. A score is the log-likelihood ratio of so many values so far out, corrected for the columns and ends
 * tried. Coordinates of vectors are columns.
 */
export class BeyondColumn implements Detector {
  readonly info: DetectorInfo = { name: 'beyond-column', family: 'outlier', version: 1 }
  readonly needs = []
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const { engine, samples, labels, n } = view
    const columns = columnsOf(samples)
    const junk = samples.kind === 'table' ? await farByScores(engine, columns, labels) : null
    const found = [...beyondColumns(columns, labels), ...(junk === null ? [] : [junk])]
    const groups = found.map(({ members, evidence, expected, summary }): Group => ({
      members,
      posterior: new Float64Array(members.length).fill(1 - expected / members.length),
      evidence,
      label: -1,
      summary,
    }))
    const { scores, best } = strongestGroup(n, groups)
    const saying = new Map(groups.map((group, at) => [group, found[at]!.why ?? (() => group.summary)]))
    const gaps = beyondGaps(n, columns)
    const why = (i: number) => saying.get(best[i]!)?.(i) ?? gaps.why(i)
    const notes = gaps.notes((i) => best[i] !== undefined)
    return {
      scores: scores.map((score, i) => (best[i] ? score : gaps.scores[i]!)),
      scale: 'absolute',
      groups,
      why,
      notes,
    }
  }
}

/**
 * The far values of columns of numbers that nothing in their rows explains: at most one group for each end of a column,
 * and one of rows that are far out in many columns.
 */
export function beyondColumns(columns: readonly TableColumn[], labels: Grouping | null): Far[] {
  const asked = amountsIn(columns)
  if (columns.length <= LEAST_COLUMNS) return []
  const tried = Math.log(Math.max(1, 2 * asked.length))
  const ascendings = asked.map(({ values }) => ascending(finite(values)))
  const ends = asked.flatMap((column, at) => {
    const sorted = ascendings[at]!
    return ([1, -1] as const).flatMap((sign) => {
      const far = mayHaveGap(sorted, sign) ? farEnd(column, sign, tried) : null
      return far === null ? [] : [{ ...far, column, rows: new Set(far.members), evidence: far.evidence - tried }]
    })
  })
  const inOne = ends.filter((end) => {
    const fellows = ends.filter((other) => other.column !== end.column && areSameRows(end, other))
    const apart = new Set<TableColumn>([end, ...fellows].map(({ column }) => column))
    const others = columns.filter((column) => !apart.has(column))
    if (others.length < Math.max(LEAST_COLUMNS, apart.size) || goUpTogether(end, fellows)) return false
    return areLikeOthers(end.members, end.column.values.length, others, labels)
  })
  const inMany = farInMany(asked, ascendings, columns, labels)
  return inMany === null ? inOne : [...inOne, inMany]
}

interface End extends Far {
  readonly column: NumberColumn
  /** The members. */
  readonly rows: ReadonlySet<number>
}

function areSameRows(a: End, b: End): boolean {
  const shared = a.members.reduce((count, i) => count + Number(b.rows.has(i)), 0)
  return shared >= SAME_ROWS * Math.max(a.members.length, b.members.length)
}

/** Whether rows that lie farther out in one column mostly lie farther out in the others, too (Spearman 1904). */
function goUpTogether(end: End, fellows: readonly End[]): boolean {
  const correlations = fellows.map((fellow) => {
    const rows = end.members.filter((i) => fellow.rows.has(i))
    return correlation(ranksAmong(end.column.values, rows), ranksAmong(fellow.column.values, rows))
  })
  return correlations.reduce((sum, r) => sum + r, 0) > TOGETHER * fellows.length
}

/** The ranks of these rows by the absolute size of their values, centred at 0. */
function ranksAmong(values: Float64Array, rows: Int32Array): Float64Array {
  const order = [...rows.keys()].sort((a, b) => Math.abs(values[rows[a]!]!) - Math.abs(values[rows[b]!]!) || a - b)
  const ranks = new Float64Array(rows.length)
  order.forEach((at, place) => (ranks[at] = place - (rows.length - 1) / 2))
  return ranks
}

function correlation(a: Float64Array, b: Float64Array): number {
  const product = (x: Float64Array, y: Float64Array) => x.reduce((sum, value, k) => sum + value * y[k]!, 0)
  return product(a, b) / Math.sqrt(product(a, a) * product(b, b))
}

/**
 * The values beyond the widest gap at one end that has enough evidence of being too many and too far out; null where
 * there is none.
 */
function farEnd({ name, values }: NumberColumn, sign: 1 | -1, tried: number): Far | null {
  const order = Int32Array.from(values.keys()).filter((i) => Number.isFinite(values[i]!))
  const n = order.length
  if (n < LEAST_VALUES) return null
  order.sort((a, b) => sign * (values[a]! - values[b]!) || a - b)
  const middle = sign * values[order[n >> 1]!]!
  /** How far out, from the median on, the value at each place of the order lies. */
  const out = Float64Array.from(order, (i) => sign * values[i]! - middle)
  const scale = out[Math.floor((1 - SHOULDER) * n)]!
  if (!(scale > 0)) return null
  const isScale = new Set(out.subarray(n >> 1, Math.ceil((1 - MOST) * n))).size >= LEAST_STEPS
  for (const start of gaps(out)) {
    const members = order.slice(start)
    const different = new Set(out.subarray(start)).size
    const span = Math.max(out[start - 1]!, -out[0]!)
    if (different < DIFFERENT * members.length || out[start + (members.length >> 1)]! < FARTHER * span) continue
    if (!isScale && new Set(out.subarray(n >> 1, start)).size < LEAST_DIFFERENT) continue
    const { evidence, expected } = farOut(out, start, scale)
    if (evidence < LEAST_EVIDENCE + tried || isStepOfTail(out, start, tried)) continue
    const [nearest, last] = [values[members[0]!]!, values[order[start - 1]!]!]
    const beyond = sign > 0 ? `${valueText(nearest)} or more` : `${valueText(nearest)} or less`
    const summary = `${members.length} records have ${name} of ${beyond}, where the other values end at ${valueText(last)}`
    return { members: members.sort(), evidence, expected, summary }
  }
  return null
}

/** Whether few enough of the ascending values at an end lie so far out that a gap before them is possible. */
function mayHaveGap(sorted: Float64Array, sign: 1 | -1): boolean {
  const n = sorted.length
  /** By place, from the end on. */
  const at = (place: number) => sorted[sign > 0 ? n - 1 - place : place]!
  const middle = at(n - 1 - (n >> 1))
  const most = sign * (at(0) - middle)
  if (!(most > 0)) return false
  let beyond = 0
  while (beyond < n && sign * (at(beyond) - middle) * FARTHER > most) beyond++
  return beyond <= MOST * n
}

/** A copy of the finite values. */
function finite(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i]!)) out[count++] = values[i]!
  return out.subarray(0, count)
}

/** The places of an ascending list before which there is a gap, the widest gap first. */
function gaps(out: Float64Array): number[] {
  const wide: { readonly start: number; readonly gap: number }[] = []
  for (let start = out.length - FEWEST; start >= Math.ceil((1 - MOST) * out.length); start--) {
    const gap = out[start - 1]! > 0 ? out[start]! / out[start - 1]! : 0
    if (gap >= GAP) wide.push({ start, gap })
  }
  return wide.sort((a, b) => b.gap - a.gap || a.start - b.start).map(({ start }) => start)
}

/**
 * Whether a gap is an ordinary step of a long tail. There, the steps of the logarithm from one value to the next, each
 * times its place from the end, have one distribution (Rényi 1953, On the Theory of Order Statistics): the last few
 * values lie far apart, as in deaths, wealth and cities.
 */
function isStepOfTail(out: Float64Array, start: number, tried: number): boolean {
  const n = out.length
  const step = (at: number) => (n - at) * Math.log(out[at]! / out[at - 1]!)
  const most = Math.max(STEPS, n - start)
  let [sum, steps] = [0, 0]
  for (let at = start - 1; at > n >> 1 && steps < most && out[at - 1]! > 0; at--) {
    sum += step(at)
    steps++
  }
  return steps > 0 && step(start) < (Math.log(ONE_IN) + tried) * (sum / steps)
}

/**
 * The evidence, in nats, that the values from a place on are too many for the tail of those before it, at the distance
 * that shows it best, and how many are expected. Of two tails, by the distances and by their logarithms, the longer one
 * counts.
 */
function farOut(out: Float64Array, start: number, scale: number): { evidence: number; expected: number } {
  const scaled = [(distance: number) => distance, (distance: number) => Math.log1p(Math.max(0, distance) / scale)]
  const tails = scaled.map((scale) => {
    const surprise = tailSurprise(out.slice(0, start).map(scale), 1 / (2 * start))
    return (distance: number) => surprise(scale(distance))
  })
  const due = (distance: number) => start * Math.exp(-Math.min(...tails.map((surprise) => surprise(distance))))
  const members = out.length - start
  let evidence = 0
  for (let from = start; from <= out.length - FEWEST; from++) {
    const [count, expected] = [out.length - from, due(out[from]!)]
    if (count > expected) evidence = Math.max(evidence, count * Math.log(count / expected) - count + expected)
  }
  return { evidence: evidence - Math.log(members), expected: Math.min(members, due(out[start]!)) }
}
