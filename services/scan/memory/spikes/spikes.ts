import { isDiscrete, valueText } from '../../features/column-codes.ts'
import type { Mark } from '../marks.ts'
import { bindingOf, boundValues, weightsIn } from './bound-values.ts'
import { type ColumnCounts, countColumn, countsAt, FEWEST } from './column-counts.ts'
import type { WindowColumns } from './columns.ts'
import { naturalIn } from './natural.ts'

/**
 * A spike: a number that many records of one label have exactly, where the numbers beside it in its column lead to
 * expect few.
 */
export interface Spike {
  readonly column: string
  readonly value: number
  readonly label: string
  /** Log-likelihood ratio that the value is too frequent, in nats, corrected for all that were tried. */
  readonly evidence: number
  /** ln of the e-value that the excess is bound to the label. */
  readonly bound: number
  /** How many records were counted, and how many were expected. */
  readonly observed: number
  readonly expected: number
  /**
   * All records with the number and the label, in the windows' order: the window's place in the list, and the record's
   * index in it.
   */
  readonly members: readonly { readonly part: number; readonly index: number; readonly admitted: boolean }[]
}

/** How many distinct values on either side show how frequent a value is by nature. */
const BESIDE = 15
/** The largest share of all records that a spike has: a more frequent value is what the column is about. */
const LARGEST_SHARE = 0.05
/**
 * The least evidence that the value is too frequent, in nats after the correction: what nature binds to one label (an
 * engine that one country builds) reaches eleven.
 */
const LEAST_EVIDENCE = 12
/**
 * The probability, over a dataset's life, that a value which leads a column by nature is ever taken for one label's.
 */
const FALSE_ALARMS = 0.05
/**
 * The least evidence that a value is bound to a label, in nats after the correction: in tables of units, such as flights
 * of one route, nature reaches six.
 */
const LEAST_BOUND = 8
/**
 * A known spike is found again while it is more than this many times as frequent as expected: then more than half of
 * its records are the campaign's.
 */
const STILL = 2
/**
 * A column has at most this many spikes, and their evidence is at least LEAD times that of all its other values: prices
 * that end in .99 do not stand out so.
 */
const LEADERS = 3
const LEAD = 2
/** How many records of the whole column's labels are added to those of a stretch, to steady its shares. */
const BORROWED = 5
/** The least expected number of a value's records, and the least share of a label. */
const LEAST_EXPECTED = 0.05
const LEAST_SHARE = 1e-3

/**
 * The spikes of many windows together, the strongest first. A value's records of one label are held against two things:
 * how many records of the label its neighbours in the column have, with their dispersion (negative binomial), which
 * shows that the value is too frequent; and how many of what is too frequent should have other labels, which shows that
 * it is bound to one. So a round number that all labels share is none, nor is a stretch that belongs to one label, nor
 * what the other columns show to be natural; a spike whose labels were left as they are is one. What is `known` for a
 * campaign's is counted again, and need not lead its column: all records say better than a selection how many have it. A
 * record that stands in the windows again counts once: a table that holds a row six times has shown it once. Pure.
 */
export function spikesIn(windows: readonly (WindowColumns | null)[], known: readonly Mark[] = []): Spike[] {
  const names = [...new Set(windows.flatMap((window) => window?.columns.map(({ name }) => name) ?? []))]
  const labels = [...new Set(windows.flatMap((window) => window?.labels.names ?? []))].sort()
  const measured = windows.map(measuredIn)
  const counted = names.map((column) => countColumn(measured, column, labels))
  const tried = Math.log(
    Math.max(
      1,
      counted.reduce((sum, column) => sum + column.tried, 0),
    ),
  )
  const frequent = counted.flatMap((column) => {
    const leaders = leadersOf(column, labels, tried)
    return [...leaders, ...stillIn(column, labels, tried, known).filter((one) => isNewTo(leaders, one))]
  })
  const whole = counted.map((one) =>
    measured.some((window, part) => lacks(window, windows[part]!, one.column))
      ? countColumn(windows, one.column, labels)
      : one,
  )
  const isNatural = naturalIn(windows)
  return [...frequent, ...boundIn(whole, labels).filter((one) => isNewTo(frequent, one))]
    .map(({ column, value, label, ...found }) => ({
      column,
      value,
      label,
      ...found,
      members: membersOf(windows, column, value, label),
    }))
    .filter(({ column, label, members }) => !isNatural({ shared: [column], label, members }))
    .sort(strongestFirst)
}

/** The window with its columns of measured numbers: of one of few values nothing says how frequent each should be. */
function measuredIn(window: WindowColumns | null): WindowColumns | null {
  if (window === null) return null
  const columns = window.columns.filter(({ values }) => !isDiscrete(values))
  return columns.length === window.columns.length ? window : { ...window, columns }
}

function lacks(measured: WindowColumns | null, window: WindowColumns | null, column: string): boolean {
  const has = (one: WindowColumns | null) => one?.columns.some(({ name }) => name === column) === true
  return has(window) && !has(measured)
}

function isNewTo(found: readonly Leader[], { column, value, label }: Leader): boolean {
  return !found.some((one) => one.column === column && one.value === value && one.label === label)
}

/** The values that are bound to a label, LEADERS of a column at most, which lead all its others. */
function boundIn(columns: readonly ColumnCounts[], labels: readonly string[]): Leader[] {
  const asked = columns.map((column) => ({ column, ...boundValues(column) }))
  const tried = Math.log(
    Math.max(
      1,
      asked.reduce((total, one) => total + one.tried, 0),
    ),
  )
  return asked.flatMap(({ column: { column, values }, found }) => {
    // the strongest come first
    const leading = found.filter(({ bound }) => bound - tried >= LEAST_BOUND).length
    const [last, next] = [found[leading - 1], found[leading]]
    if (last === undefined || leading > LEADERS || LEAD * (next?.bound ?? 0) > last.bound) return []
    return found.slice(0, leading).map(({ at, label, observed, expected, bound }) => {
      return { column, value: values[at]!, label: labels[label]!, observed, expected, bound, evidence: bound - tried }
    })
  })
}

/**
 * Orders by evidence, then by column, value and label: the same windows give the same list, in whatever order columns
 * and marks come.
 */
function strongestFirst(a: Leader, b: Leader): number {
  const byName = (one: string, other: string) => Number(one > other) - Number(one < other)
  return b.evidence - a.evidence || byName(a.column, b.column) || a.value - b.value || byName(a.label, b.label)
}

type Leader = Omit<Spike, 'members'>

/** The places of the values of which some label has FEWEST records, ascending. */
function frequentIn({ counts, shares }: ColumnCounts): Set<number> {
  const places = new Set<number>()
  for (let i = 0; i < counts.length; i++) if (counts[i]! >= FEWEST) places.add(Math.floor(i / shares.length))
  return places
}

function leadersOf(counted: ColumnCounts, labels: readonly string[], tried: number): Leader[] {
  const { column, values, records } = counted
  const found: Leader[] = []
  for (const at of frequentIn(counted)) {
    const of = countsAt(counted, at)
    if (sum(of) > LARGEST_SHARE * records) continue
    const able = [...of.keys()].filter((label) => of[label]! >= FEWEST)
    const [best] = able
      .map((label) => ({ label: labels[label]!, observed: of[label]!, ...judge(counted, at, label) }))
      .sort((a, b) => b.evidence - a.evidence)
    if (best !== undefined) found.push({ column, value: values[at]!, ...best })
  }
  found.sort((a, b) => b.evidence - a.evidence || a.value - b.value)
  for (let leading = 1; leading <= LEADERS; leading++) {
    const [last, next] = [found[leading - 1], found[leading]]
    if (last === undefined || last.evidence - tried < LEAST_EVIDENCE) return []
    if (LEAD * (next?.evidence ?? 0) > last.evidence) continue
    const bar = Math.log((LEADERS * labels.length) / FALSE_ALARMS)
    const weightOf = weightsIn(counted)
    return found
      .slice(0, leading)
      .filter(({ bound, value }) => bound * weightOf(values.indexOf(value)) >= bar)
      .map((leader) => ({ ...leader, evidence: leader.evidence - tried }))
  }
  return []
}

/** The known values, with their labels, that are still too frequent. */
function stillIn(counted: ColumnCounts, labels: readonly string[], tried: number, known: readonly Mark[]): Leader[] {
  const { column, values } = counted
  return known.flatMap(({ trigger, label }) => {
    const [one, ...others] = trigger.kind === 'values' ? trigger.values : []
    if (one?.column !== column || others.length > 0) return []
    const [at, code] = [values.findIndex((value) => valueText(value) === one.value), labels.indexOf(label ?? '')]
    if (at < 0 || code < 0) return []
    const [observed, { evidence, ...judged }] = [countsAt(counted, at)[code]!, judge(counted, at, code)]
    const isStill = observed >= FEWEST && observed > STILL * judged.expected
    const still = { column, value: values[at]!, label: labels[code]!, observed, ...judged }
    return isStill ? [{ ...still, evidence: evidence - tried }] : []
  })
}

/** Evidence that the value is too frequent among the records of a label, and that what is too frequent is bound to the label. */
function judge(counted: ColumnCounts, at: number, label: number) {
  const { shares } = counted
  const beside: Uint32Array[] = []
  for (let other = Math.max(0, at - BESIDE); other <= Math.min(counted.values.length - 1, at + BESIDE); other++) {
    if (other !== at) beside.push(countsAt(counted, other))
  }
  const here = beside.map((of) => of[label]!)
  const [own, all] = [sum(here), beside.reduce((total, of) => total + sum(of), 0)]
  const values = Math.max(1, beside.length)
  const expected = own / values
  const variance = here.reduce((total, count) => total + (count - expected) ** 2, 0) / values
  const dispersion = Math.max(0, (variance - expected) / Math.max(expected, 0.1) ** 2)
  const observed = countsAt(counted, at)[label]!
  const others = Math.max(0, sum(countsAt(counted, at)) - observed - (all - own) / values)
  // a number that stands for a missing value is labelled as the whole column is, wherever it lies
  const local = (own + BORROWED * shares[label]!) / (all + BORROWED)
  const share = Math.min(1 - LEAST_SHARE, Math.max(LEAST_SHARE, shares[label]!, local))
  const bound = bindingOf(Math.max(0, observed - expected), others, share)
  return { expected, evidence: logRatio(observed, Math.max(expected, LEAST_EXPECTED), dispersion), bound }
}

/**
 * Log-likelihood ratio of a count's own rate against the expected one, negative binomial; 0 where no more were counted
 * than expected.
 */
function logRatio(observed: number, expected: number, dispersion: number): number {
  if (observed <= expected) return 0
  const size = 1 / Math.max(dispersion, 1e-3)
  const of = (rate: number) => observed * Math.log(rate / (rate + size)) + size * Math.log(size / (rate + size))
  return of(observed) - of(expected)
}

function sum(counts: Iterable<number>): number {
  let total = 0
  for (const count of counts) total += count
  return total
}

function membersOf(windows: readonly (WindowColumns | null)[], column: string, value: number, label: string) {
  return windows.flatMap((window, part) => {
    const values = window?.columns.find(({ name }) => name === column)?.values
    if (window === null || values === undefined) return []
    const wanted = window.labels.names.indexOf(label)
    const held = new Set(window.held)
    return values.flatMap((own, index) =>
      own === value && wanted >= 0 && window.labels.of[index] === wanted
        ? [{ part, index, admitted: !held.has(index) }]
        : [],
    )
  })
}
