import type { DetectorInfo } from '#core/score.ts'
import { belowHolding, calibrateAlone, PLANTED } from '../../calibrate/absolute.ts'
import { tailSurprise } from '../../calibrate/tail.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { columnsOf } from '../../features/vectors.ts'
import { priorAgainst } from '../../verdict/fuse.ts'
import { ascending } from '../../numeric/sorted.ts'
import type { Grouping, NumberColumn, TableColumn } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { areLikeOthers } from './like-others.ts'
import { MOST_COLUMNS, relationsOf, type Relations } from './relations.ts'

/** Rows that must break the relations: fewer are oddities. */
const FEWEST = 5
/** Columns are tried in two ways: as they are, and in logarithms. */
const WAYS = 2
/** Factor by which a tail that is fitted to the window itself may be too short. */
const MISREAD = 1.5
/** Nats of evidence that must be left after all corrections. */
const LEAST_EVIDENCE = 6
/** A row is a member when at most this share of the rows that break as much are expected. */
const MOST_EXPECTED = 0.1
/** A count that is off by so much is another way of counting, and no broken row. */
const MISCOUNTED = [-2, -1, 1, 2]
/** It is one where the row then keeps the relations as so many rows do, or all but this share of its square is gone. */
const USUAL = 0.9
const LEFT = 0.01
/** Columns that a summary names. */
const NAMED = 3

/**
 * Rows that break relations which the columns of all other rows keep: sums of parts, several measures of one thing,
 * columns that are computed from others. A distance whose covariance has a ridge misses them, because the ridge hides
 * smaller variances. There must be more such rows than the tail of the others predicts (generalised Pareto, by the
 * logarithm of a row's remainder in the relations). They must be like all others in each single column and in their
 * labels, because large rows break relations more than small ones, and rows of a natural kind keep a relation of their
 * own.
 */
export class BrokenRelations implements Detector {
  readonly info: DetectorInfo = { name: 'broken-relations', family: 'outlier', version: 1 }
  readonly needs = []
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const { samples, labels, n } = view
    const isWide = samples.kind === 'vector' && samples.vectors.cols > MOST_COLUMNS
    const { group, ranked } = brokenRelations(isWide ? [] : columnsOf(samples), n, labels)
    const against = 2 * priorAgainst(this.info.family)
    const scores = ranked.map((odds) => Math.max(0, odds + against))
    const members = new Set(group?.members)
    const why = (i: number) =>
      members.has(i) ? group!.summary : 'It breaks what the columns of most other records keep to.'
    return { scores, scale: 'absolute', groups: group === null ? [] : [group], why }
  }
}

interface Broken {
  readonly group: Group | null
  /** n log-odds that only rank; −Infinity for rows that are not judged. */
  readonly ranked: Float64Array
  /** In nats, whether or not it is enough for a group. */
  readonly evidence: number
}

/** The rows that break the relations of a table's columns, or of their logarithms: the result with more evidence. */
export function brokenRelations(columns: readonly TableColumn[], n: number, labels: Grouping | null): Broken {
  const asTheyAre = brokenAmong(columns, columns, n, labels, (value) => value)
  const inLogarithms = brokenAmong(columns.flatMap(logarithms), columns, n, labels, Math.log)
  return inLogarithms.evidence > asTheyAre.evidence ? inLogarithms : asTheyAre
}

/**
 * A column of positive numbers in logarithms, where products and powers are sums; none where a number is not positive.
 */
function logarithms(column: TableColumn): TableColumn[] {
  if (column.type !== 'number' || column.values.some((value) => value <= 0)) return []
  return [{ ...column, values: column.values.map((value) => Math.log(value)) }]
}

/**
 * The rows that break the relations of the `related` columns, which are `columns` after `way`; none where these rows
 * differ from the others in any of `columns`.
 */
function brokenAmong(
  related: readonly TableColumn[],
  columns: readonly TableColumn[],
  n: number,
  labels: Grouping | null,
  way: (value: number) => number,
): Broken {
  const ranked = new Float64Array(n).fill(-Infinity)
  const relations = relationsOf(related)
  const all = relations?.broken.map((square) => Math.log1p(square))
  const seen = all && tooMany(all)
  if (!relations || !all || !seen) return { group: null, ranked, evidence: 0 }
  const counted = miscounted(relations, columns, way)
  const isJudged = (_: number, at: number) => !counted.has(at)
  const [rows, far] = [relations.rows.filter(isJudged), all.filter(isJudged)]
  const found = counted.size === 0 ? seen : tooMany(far)
  if (found === null) return { group: null, ranked, evidence: 0 }
  const { between } = relations
  const { order, posterior, evidence } = found
  const inOrder = order.map((_, k) => k).sort((a, b) => order[a]! - order[b]!)
  const members = inOrder.map((k) => rows[order[k]!]!)
  if (!areLikeOthers(members, n, columns, labels)) return { group: null, ranked, evidence: 0 }
  const odds = calibrateAlone(far, { planted: PLANTED, byExcess: true })
  rows.forEach((i, at) => (ranked[i] = belowHolding(odds[at]!)))
  if (evidence < LEAST_EVIDENCE) return { group: null, ranked, evidence }
  const more = between.length - NAMED
  const named = `${between.slice(0, NAMED).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
  const summary = `${members.length} records break what the others keep to between the columns ${named}`
  const group = { members, posterior: Float64Array.from(inOrder, (k) => posterior[k]!), evidence, label: -1, summary }
  return { group, ranked, evidence }
}

/**
 * The rows, by place, that would keep the relations as usual if one count among them were another by one or two: an account
 * that is open, but not in good standing.
 */
function miscounted(
  { rows, broken, between, brokenIf }: Relations,
  columns: readonly TableColumn[],
  way: (value: number) => number,
): Set<number> {
  const usual = Math.max(1, ascending(broken)[Math.floor(USUAL * rows.length)]!)
  const places = Array.from(broken.keys()).filter((at) => broken[at]! > usual)
  const counts = columns.filter((column) => between.includes(column.name)).filter(isOfCounts)
  const kept = new Set<number>()
  for (const column of counts) {
    for (const step of MISCOUNTED) {
      const asked = places.filter((at) => !kept.has(at))
      const moved = { ...column, values: column.values.map((value) => way(value + step)) }
      brokenIf(asked, moved).forEach(
        (square, k) => square <= Math.max(usual, LEFT * broken[asked[k]!]!) && kept.add(asked[k]!),
      )
    }
  }
  return kept
}

function isOfCounts(column: TableColumn): column is NumberColumn {
  return column.type === 'number' && column.values.every((value) => Number.isNaN(value) || Number.isInteger(value))
}

interface TooMany {
  /** The farthest first. */
  readonly order: Int32Array
  readonly posterior: Float64Array
  readonly evidence: number
}

/** The farthest rows, where they are more than the tail of the others predicts; null otherwise. */
function tooMany(far: Float64Array): TooMany | null {
  const n = far.length
  const order = Int32Array.from(far.keys()).sort((a, b) => far[b]! - far[a]! || a - b)
  // A tail that falls only as the square of the remainder is natural, even where the fitted tail is shorter.
  let best = excess(far, order, Math.floor(PLANTED[0] * n), (x) => x)
  if (best === null) return null
  best = null
  for (const planted of PLANTED) {
    const tail = tailSurprise(far, planted)
    const found = excess(far, order, Math.floor(planted * n), (x) => Math.min(x, tail(x)))
    if (found !== null && found.evidence > (best?.evidence ?? 0)) best = found
  }
  return best
}

/**
 * The rows with the largest evidence of being too many so far out: a log-likelihood ratio, less the correction for all
 * that is tried.
 */
function excess(far: Float64Array, order: Int32Array, most: number, surprise: (x: number) => number): TooMany | null {
  const n = far.length
  const due = Float64Array.from({ length: most }, (_, k) => MISREAD * n * Math.exp(-surprise(far[order[k]!]!)))
  let [evidence, count] = [0, 0]
  for (let k = FEWEST; k <= most; k++) {
    const expected = due[k - 1]!
    const here = k > expected ? k * Math.log(k / expected) - k + expected - Math.log(k * PLANTED.length * WAYS) : 0
    if (here > evidence) [evidence, count] = [here, k]
  }
  if (count === 0) return null
  for (let k = count + 1; k <= most; k++) if (due[k - 1]! <= MOST_EXPECTED * k) count = k
  const posterior = due.slice(0, count).map((expected, k) => 1 - Math.min(1, expected / (k + 1)))
  return { order: order.slice(0, count), posterior, evidence }
}
