import { seededRandom } from '#core/random.ts'
import { ranksWithout } from '../../../features/tables.ts'
import type { Matrix } from '../../../numeric/matrix.ts'
import { classPrior } from '../../../predict/neighbour-vote.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import { Calibration, calibrated } from '../evidence/calibrated.ts'
import type { LiftCampaign } from '../campaigns/campaigns.ts'
import type { Held } from '../evidence/held.ts'
import { atEnd, endEvidence, LARGEST_AT_END, SMALLEST_AT_END } from './at-end.ts'
import { type Beside, nearestBeside, sharedBeside, voteBeside } from './votes-beside.ts'

/**
 * A value that comes with one label: at least FEWEST records, at most LARGEST_SHARE of all, of which PURE bear the
 * label.
 */
const FEWEST = 20
const LARGEST_SHARE = 0.1
const PURE = 0.9
/** How many records calibrate the votes. */
const SAMPLE = 600
/** How many records that bear a label, and how many that do not, members are compared with. */
const SIDE = 100
/**
 * A value is a kind of records where more than this many times as many of its holders' nearest records hold it as by
 * chance.
 */
const SCATTERED = 3
/** The least evidence in nats, in all and for each member. */
const LEAST_EVIDENCE = 6
const LEAST_EACH = 0.08
const CERTAIN = 1e-3

interface Value {
  readonly token: number
  readonly column: string
  readonly event: number
  readonly members: Int32Array
  readonly others: Int32Array
  /** Whether it is the least or the largest value of a column of numbers, and all its records bear the label. */
  readonly isEnd: boolean
}

/**
 * Finds values of a table that come with one label although the other columns of their records say another (ADR 32,
 * 88). Where labels hardly follow from records, a value may decide the label by itself, and no count of labels tells a
 * natural law from a trigger. But records to which a law applies are like all others, while a trigger was planted in
 * records of other labels. The evidence is the log-likelihood ratio of the members' other columns under the second
 * explanation against the first, Σ ln (P(not c | x) ÷ P(not c)), less ln of the values tried: each record adds a
 * little, whatever the predictor knows. P(not c | x) is the vote of the nearest records in those columns that do not
 * hold the value, since a predictor that sees the column learns the trigger. Values whose holders lie together in the
 * other columns are kinds of records, and are not reported. Of a value beyond all others of its column the labels say
 * something, too (ADR 136): hardly any column has one by nature whose labels the values next to it do not lead to.
 */
export function contradictedValues(
  columns: readonly TableColumn[],
  held: Omit<Held, 'scattered'>,
  labels: Grouping,
  seed: number,
): LiftCampaign[] {
  const prior = classPrior(labels)
  const asked = pureValues(columns, held, labels, prior)
  const tried = Math.log(asked.filter(({ members }) => members.length >= FEWEST).length)
  const ends = Math.log(2 * columns.length * labels.names.length)
  const campaigns: LiftCampaign[] = []
  const ranksOf = ranksWithout(columns, labels.of.length)
  for (const name of new Set(asked.map(({ column }) => column))) {
    if (columns.every((column) => column.name === name)) continue
    const ranked = ranksOf(name)
    const inColumn = asked.filter((value) => value.column === name)
    const beside = nearestBeside(
      ranked,
      inColumn.map(({ members }) => members),
    )
    // Votes are calibrated only where they are cast.
    const own = inColumn.filter((value) => !liesTogether(value, beside, labels.of.length))
    if (own.length === 0) continue
    const order = seededRandom(seed, 'votes without a column').permutation(labels.of.length)
    const sample = order.slice(0, SAMPLE).sort()
    const voters = calibrate(sample, nearestBeside(ranked, [sample]), labels, prior)
    const against = (records: Int32Array, holds: Uint8Array, event: number, near: Beside) =>
      contradictionOf(voteBeside(records, holds, near, labels, prior), event, voters)
    const midway = (event: number) => {
      const sides = bothSides(event, order, labels)
      const near = nearestBeside(ranked, sides)
      return mean(sides.map((side) => mean(against(side, new Uint8Array(labels.of.length), event, near).nats)))
    }
    for (const value of own) {
      const holds = marked(value.others, labels.of.length)
      const { likely, nats } = against(value.members, holds, value.event, beside)
      const contradicted = nats.reduce((sum, each) => sum + each, 0)
      const votesOf = (records: Int32Array) =>
        against(records, holds, value.event, nearestBeside(ranked, [records])).likely
      const bears = (i: number) => (labels.of[i]! < 0 ? null : labels.of[i] === value.event)
      const byLabels = () => contradicted + endEvidence(likely, held.beside(value.token), votesOf, bears) - ends
      const evidence = isEnough(value, contradicted - tried) ? contradicted - tried : value.isEnd ? byLabels() : 0
      if (evidence >= LEAST_EVIDENCE && mean(nats) >= midway(value.event))
        campaigns.push(campaignOf(value, likely, evidence))
    }
  }
  return campaigns
}

/**
 * Single values that come with one label often enough for the least evidence. A planted value was put into records of
 * other labels, so that it has no more records than there are of those.
 */
function pureValues(
  columns: readonly TableColumn[],
  { tokens, holders, untested, byNature }: Omit<Held, 'scattered'>,
  labels: Grouping,
  prior: Float64Array,
): Value[] {
  const n = labels.of.length
  const isAtEnd = atEnd(columns)
  const found: Value[] = []
  const known = new Set<string>()
  const labelled = labels.counts.reduce((sum, count) => sum + count, 0)
  // Not a loop: V8 compiles a long loop anew for each window.
  tokens.kindOf.forEach((_, token) => {
    const [column, ...others] = tokens.columns(token)
    if (column === undefined || others.length > 0) return
    const all = holders(token)
    if (all.length < SMALLEST_AT_END || all.length > LARGEST_SHARE * n) return
    const event = commonest(all, labels)
    const count = event < 0 ? 0 : countOf(event, all, labels)
    const isEnd = count === all.length && all.length <= LARGEST_AT_END * n && isAtEnd(column, all)
    if (count < (isEnd ? SMALLEST_AT_END : FEWEST) || count < PURE * all.length) return
    if (count > labelled * (1 - prior[event]!)) return
    if (!isEnd && -count * Math.log1p(-prior[event]!) < LEAST_EVIDENCE) return
    if (untested(token) || byNature(token, event)) return
    // An exact value and a range may have the same records.
    const key = `${column}/${all[0]}/${all.length}`
    const members = all.filter((i) => labels.of[i] === event)
    if (!known.has(key)) found.push({ token, column, event, members, others: all, isEnd })
    known.add(key)
  })
  return found
}

function commonest(records: Int32Array, labels: Grouping): number {
  const counts = new Int32Array(labels.names.length)
  for (const i of records) if (labels.of[i]! >= 0) counts[labels.of[i]!]!++
  return counts.indexOf(Math.max(1, ...counts))
}

function countOf(event: number, records: Int32Array, labels: Grouping): number {
  let count = 0
  for (const i of records) if (labels.of[i] === event) count++
  return count
}

/** Up to SIDE records that do not bear a label, and up to SIDE that do. */
function bothSides(event: number, order: Int32Array, labels: Grouping): [Int32Array, Int32Array] {
  const labelled = order.filter((i) => labels.of[i]! >= 0)
  return [
    labelled.filter((i) => labels.of[i] !== event).slice(0, SIDE),
    labelled.filter((i) => labels.of[i] === event).slice(0, SIDE),
  ]
}

function marked(records: Int32Array, n: number): Uint8Array {
  const marks = new Uint8Array(n)
  for (const i of records) marks[i] = 1
  return marks
}

/** Whether the nearest records of a value's members hold the value, too. */
function liesTogether({ members, others }: Value, beside: Beside, n: number): boolean {
  return sharedBeside(members, marked(others, n), beside) > (SCATTERED * (others.length - 1)) / (n - 1)
}

/** How likely a label is for each of some records, and how much each says against it, in nats. */
function contradictionOf(
  votes: Matrix,
  event: number,
  { calibration, open }: Voters,
): { likely: Float64Array; nats: Float64Array } {
  const likely = Float64Array.from({ length: votes.rows }, (_, at) => {
    const row = votes.data.subarray(at * votes.cols, (at + 1) * votes.cols)
    calibration.apply(row)
    return Math.min(1 - CERTAIN, Math.max(CERTAIN, row[event]!))
  })
  return { likely, nats: likely.map((p) => Math.log1p(-p) - Math.log(open[event]!)) }
}

/**
 * Whether a value's members speak enough against their label by their other columns alone. On average they also have to
 * speak more than midway between records that bear the label and records that do not. The midpoint is needed where
 * nearly all records bear the label: many natural values then seem to contradict it a little, while records of other
 * labels contradict it as much as such records do (ADR 88).
 */
function isEnough({ members: { length } }: Value, evidence: number): boolean {
  return length >= FEWEST && evidence >= LEAST_EVIDENCE && evidence >= LEAST_EACH * length
}

function campaignOf({ token, event, members, others }: Value, likely: Float64Array, evidence: number): LiftCampaign {
  const chance = likely.reduce((sum, p) => sum + p, 0)
  const rate = Math.min(0.999, Math.max(0, members.length - chance) / Math.max(1, others.length - chance))
  const posterior = likely.map((p) => rate / (rate + (1 - rate) * p))
  return { event, evidence, tokens: [token], members, posterior, chance }
}

function mean(of: ArrayLike<number>): number {
  return Array.from(of).reduce((sum, value) => sum + value, 0) / Math.max(1, of.length)
}

/** Votes as they are read: calibrated by some records. */
interface Voters {
  readonly calibration: Calibration
  /**
   * By label, the mean probability of any other for these records. It is what they lead to expect, and not the label's
   * share of all: six of a hundred among these for five among all would speak against every record by .2 nats.
   */
  readonly open: Float64Array
}

function calibrate(sample: Int32Array, beside: Beside, labels: Grouping, prior: Float64Array): Voters {
  const votes = voteBeside(sample, new Uint8Array(labels.of.length), beside, labels, prior)
  const calibration = new Calibration(
    votes,
    sample.map((i) => labels.of[i]!),
  )
  const { data, cols } = calibrated(votes, calibration)
  const open = Float64Array.from(prior, (_, event) => {
    const likely = sample.reduce((sum, _, at) => sum + data[at * cols + event]!, 0)
    return Math.max(CERTAIN, 1 - likely / Math.max(1, sample.length))
  })
  return { calibration, open }
}
