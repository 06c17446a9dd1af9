import { valueText } from '../../../features/column-codes.ts'
import { ranksWithout } from '../../../features/tables.ts'
import { classPrior } from '../../../predict/neighbour-vote.ts'
import type { Grouping, TableColumn } from '../../../view/samples.ts'
import type { Group } from '../../../detector.ts'
import type { Bearers } from '../nature/told-by-rest.ts'
import { type Band, bandsOf } from './bands.ts'
import { nearestBeside, sharedBeside, voteBeside } from './votes-beside.ts'

/**
 * A band is planted where its records' other columns lead to expect the label at most this much more often than beside
 * it,
 */
const EXPLAINED = 0.05
/** and at most this many times as many of their nearest records are in the band as by chance. */
const SCATTERED = 6
/** Groups with one label are the same where the known one holds at least this share of the other's members. */
const SHARED = 0.3

/**
 * Triggers that are a band of numbers (ADR 95): the bands of `bandsOf` whose records are no kind of their own and would
 * bear other labels by all their other columns. A band whose members a group of `found`, or a stronger band, holds
 * already is left out. So is one that ends only where records of a group of `found` begin: they were put there, and do
 * not show how the column goes on (ADR 161); and so is one that `isNatural`.
 */
export function plantedBands(
  columns: readonly TableColumn[],
  labels: Grouping,
  found: readonly Group[],
  isNatural: (bearers: Bearers, named: readonly string[]) => boolean = () => false,
): Group[] {
  const groups: Group[] = []
  let unexplained: readonly Band[] | undefined
  const endsByItself = (band: Band) => {
    if (found.length === 0) return true
    unexplained ??= bandsOf(columns, withoutMembers(labels, found))
    return unexplained.some(
      (other) => other.column === band.column && other.event === band.event && overlap(other, band),
    )
  }
  for (const band of bandsOf(columns, labels).sort((a, b) => b.evidence - a.evidence)) {
    const group = groupOf(band, columns, labels)
    if (group === null || [...found, ...groups].some((known) => isOf(group, known))) continue
    if (endsByItself(band) && !isNatural({ ...group, event: band.event }, [band.column])) groups.push(group)
  }
  return groups
}

/** The labels without those of the groups' members. */
function withoutMembers(labels: Grouping, found: readonly Group[]): Grouping {
  const of = labels.of.slice()
  for (const { members } of found) for (const i of members) of[i] = -1
  return { ...labels, of }
}

function overlap(a: Band, b: Band): boolean {
  return a.low <= b.high && b.low <= a.high
}

function isOf({ members, label }: Group, known: Group): boolean {
  if (known.label !== label) return false
  const others = new Set(known.members)
  return members.reduce((sum, i) => sum + Number(others.has(i)), 0) >= SHARED * members.length
}

function groupOf(
  band: Band,
  columns: readonly TableColumn[],
  labels: Grouping,
): (Group & { readonly chance: number }) | null {
  const { column, low, high, event, records, beside, evidence } = band
  const likely = expectedOf(band, columns, labels)
  if (likely === null) return null
  const chance = likely.reduce((sum, p) => sum + p, 0)
  if (chance > (beside + EXPLAINED) * records.length) return null
  const bears = (i: number) => labels.of[i] === event
  const members = records.filter(bears)
  const share = Math.min(0.999, (members.length - chance) / Math.max(1, records.length - chance))
  const own = likely.filter((_, at) => bears(records[at]!))
  const value = `${valueText(low)} … ${valueText(high)}`
  return {
    members,
    posterior: own.map((p) => share / (share + (1 - share) * p)),
    evidence,
    chance,
    label: event,
    trigger: { kind: 'values', values: [{ column, value }] },
    summary: `${members.length} records with ${column} = ${value} are labelled ${labels.names[event]}; their content led to expect it of ${Math.round(chance)}`,
  }
}

/**
 * Each record's probability of the label, voted by its nearest in all other columns that are not in the band; null
 * where the records are a kind of their own.
 */
function expectedOf({ column, event, records }: Band, columns: readonly TableColumn[], labels: Grouping) {
  const n = labels.of.length
  const prior = classPrior(labels)
  if (columns.every(({ name }) => name === column)) return new Float64Array(records.length).fill(prior[event]!)
  const holds = new Uint8Array(n)
  for (const i of records) holds[i] = 1
  const near = nearestBeside(ranksWithout(columns, n)(column), [records])
  const shared = sharedBeside(records, holds, near)
  const votes = voteBeside(records, holds, near, labels, prior)
  if (shared > (SCATTERED * (records.length - 1)) / (n - 1)) return null
  return Float64Array.from(records, (_, at) => votes.data[at * votes.cols + event]!)
}
