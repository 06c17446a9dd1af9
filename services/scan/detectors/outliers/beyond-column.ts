import type { DetectorInfo } from '#core/score.ts'
import { tailSurprise } from '../../calibrate/tail.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { valueText } from '../../features/column-codes.ts'
import { columnsOf } from '../../features/vectors.ts'
import { nth } from '../../numeric/select.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { Grouping, NumberColumn, TableColumn } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { areLikeOthers } from './like-others.ts'

/** Fewer values are oddities, and more than this share of the column are a part of what it is: a twentieth of the rows and a little more, for some have no value. */
const FEWEST = 5
const MOST = 0.06
/** Fewer values tell nothing of where the column ends; nor do fewer different ones in the half that reaches out, and on the steps of a scale in what is no part of the end. */
const LEAST_VALUES = 100
const LEAST_DIFFERENT = 8
const LEAST_STEPS = 3
/** Fewer other columns tell nothing of a row. */
const LEAST_COLUMNS = 2
/** The first of the far values lies so many times as far from the median as the last of the others. */
const GAP = 1.2
/** What the logarithms of the distances are taken over: what so many values lie beyond. */
const SHOULDER = 0.1
/** Half of the far values lie so many times as far as the others at either end. */
const FARTHER = 2.5
/** One code for what is missing, or two, is no amount: so large a share of the far values are different from one another. */
const DIFFERENT = 0.8
/** What must be left of the evidence after all corrections, in nats. */
const LEAST_EVIDENCE = 6
/** As many steps of the tail before the gap, and no fewer, tell how wide the next one is; one so wide comes by chance once in so many ends. */
const STEPS = 20
const ONE_IN = 20
/** Far ends of two columns are of the same rows where so many of either's are the other's too. */
const SAME_ROWS = 2 / 3
/** Amounts that go up together more than this, by their ranks, have one cause: rows that are large in many ways. */
const TOGETHER = 0.5

interface Far {
  readonly members: Int32Array
  readonly evidence: number
  /** How many were to be expected as far out. */
  readonly expected: number
  readonly summary: string
}

/**
 * Amounts that a column of a table does not reach by itself: several different values beyond a gap, where the tail of the others, as it is and on
 * a logarithmic scale, leads to expect hardly any (generalised Pareto: Pickands 1975, Statistical Inference Using Extreme Order Statistics). Their
 * rows are like all others in the other columns and labels: a kind of its own (large cities, totals) is large in many ways, and garbage in one.
 * Where the same rows are far out in several columns, these are left out when the rest of the row is asked, if they are fewer than
 * that rest and their amounts do not go up together. A score is the log-likelihood ratio of as many values as far out, corrected for
 * the columns and ends tried. Coordinates of vectors are columns.
 */
export class BeyondColumn implements Detector {
  readonly info: DetectorInfo = { name: 'beyond-column', family: 'outlier', version: 1 }
  readonly needs = []
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const { samples, labels, n } = view
    const found = beyondColumns(columnsOf(samples), labels)
    const groups = found.map(({ members, evidence, expected, summary }): Group => ({
      members,
      posterior: new Float64Array(members.length).fill(1 - expected / members.length),
      evidence,
      label: -1,
      summary,
    }))
    const { scores, best } = strongestGroup(n, groups)
    return { scores, scale: 'absolute', groups, why: (i) => best[i]?.summary ?? '', notes: [] }
  }
}

/** The far ends of columns of numbers that nothing in their rows explains, at most one an end. */
export function beyondColumns(columns: readonly TableColumn[], labels: Grouping | null): Far[] {
  const asked = columns.filter(
    (column): column is NumberColumn => column.type === 'number' && column.isAmount !== false,
  )
  if (columns.length <= LEAST_COLUMNS) return []
  const tried = Math.log(Math.max(1, 2 * asked.length))
  const ends = asked.flatMap((column) =>
    ([1, -1] as const).flatMap((sign) => {
      const far = farEnd(column, sign, tried)
      return far === null ? [] : [{ ...far, column, rows: new Set(far.members), evidence: far.evidence - tried }]
    }),
  )
  return ends.filter((end) => {
    const fellows = ends.filter((other) => other.column !== end.column && areSameRows(end, other))
    const apart = new Set<TableColumn>([end, ...fellows].map(({ column }) => column))
    const others = columns.filter((column) => !apart.has(column))
    if (others.length < Math.max(LEAST_COLUMNS, apart.size) || goUpTogether(end, fellows)) return false
    return areLikeOthers(end.members, end.column.values.length, others, labels)
  })
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

/** Whether rows that lie farther out at one end lie farther out at the others too, by and large (Spearman 1904). */
function goUpTogether(end: End, fellows: readonly End[]): boolean {
  const correlations = fellows.map((fellow) => {
    const rows = end.members.filter((i) => fellow.rows.has(i))
    return correlation(ranksAmong(end.column.values, rows), ranksAmong(fellow.column.values, rows))
  })
  return correlations.reduce((sum, r) => sum + r, 0) > TOGETHER * fellows.length
}

/** Places of some rows among one another by how far from 0 their values are, about their middle. */
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

/** The values beyond the widest gap of one end where the evidence that they are too many and too far out is `least` and more; null where there is none. */
function farEnd({ name, values }: NumberColumn, sign: 1 | -1, tried: number): Far | null {
  if (!mayHaveGap(values, sign)) return null
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

/** Whether, for all that is known without sorting, half of the values far out at an end lie as far as is asked, and all others nearer. */
function mayHaveGap(values: Float64Array, sign: 1 | -1): boolean {
  const known = finite(values)
  const half = known.length >> 1
  const middle = nth(known, sign > 0 ? half : known.length - 1 - half) ?? 0
  let most = 0
  for (let at = 0; at < known.length; at++) most = Math.max(most, sign * (known[at]! - middle))
  let beyond = 0
  for (let at = 0; at < known.length; at++) beyond += Number(sign * (known[at]! - middle) * FARTHER > most)
  return most > 0 && beyond <= MOST * known.length
}

/** A copy of those that are numbers. */
function finite(values: Float64Array): Float64Array {
  const out = new Float64Array(values.length)
  let count = 0
  for (let i = 0; i < values.length; i++) if (Number.isFinite(values[i]!)) out[count++] = values[i]!
  return out.subarray(0, count)
}

/** Places of an ascending list before which there is a gap, the widest first. */
function gaps(out: Float64Array): number[] {
  const wide: { readonly start: number; readonly gap: number }[] = []
  for (let start = out.length - FEWEST; start >= Math.ceil((1 - MOST) * out.length); start--) {
    const gap = out[start - 1]! > 0 ? out[start]! / out[start - 1]! : 0
    if (gap >= GAP) wide.push({ start, gap })
  }
  return wide.sort((a, b) => b.gap - a.gap || a.start - b.start).map(({ start }) => start)
}

/**
 * Whether a gap is a step of a long tail. From one value of it to the next the logarithm grows by steps that, each times its place from the end,
 * are alike (Rényi 1953, On the Theory of Order Statistics): wide ones between few, as everywhere in deaths, wealth and cities.
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
 * The evidence that the values from a place on are too many for the tail of those before it, at whichever of their distances shows it best, and how many
 * are expected. The longer of two tails counts, of the distances and of their logarithms.
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
