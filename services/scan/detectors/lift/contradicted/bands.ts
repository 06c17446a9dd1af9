import type { Grouping, TableColumn } from '../../../view/samples.ts'

/** The fewest labelled records with a number for which a column is scanned. */
const FEWEST = 200
/** A column's records are cut into this many parts; a band is a run of parts. */
const PARTS = 256
/** The fewest records of a band, and the largest share of the column's records that a band may have. */
const SMALLEST = 12
const LARGEST_SHARE = 0.1
/**
 * The number of records on either side with which a band is compared: this many times its own, and at least
 * LEAST_BESIDE.
 */
const BESIDE = 2
const LEAST_BESIDE = 40
/** The most labels that are tested, the commonest first. */
const MOST_LABELS = 32
/**
 * The least evidence of a band in nats, after the correction; and how many times the evidence of any other stretch of
 * the column it is at least (ADR 95).
 */
const LEAST_EVIDENCE = 10
const ALONE = 2
/**
 * The fewest different values of a band, and the largest share of its records with one value: a band of one value is a
 * value.
 */
const FEWEST_VALUES = 5
const LARGEST_VALUE = 0.6
/**
 * The least rate of the label in a band, and the least quotient of it and the rate of the side that is more like it.
 */
const LEAST_RATE = 0.5
const LEAST_LIFT = 1.4
/** How far an end is sought inward and outward, as a share of the stretch. */
const REACH = 0.25
/**
 * An end is sharp where the records just within and just without it differ in the label's rate by at least SHARP of the
 * difference between the band and its side. On each side of the end an eighth of the band counts, and at least
 * LEAST_EDGE records.
 */
const EDGE = 0.125
const LEAST_EDGE = 12
const SHARP = 0.6
/**
 * Humps that are tried: the distance of the peak from the band's middle and the width, in sizes of the band; and by how
 * many nats a band must explain the labels better than each hump.
 */
const CENTRES = [-0.25, 0, 0.25]
const WIDTHS = [0.2, 0.3, 0.4, 0.5, 0.7]
const BETTER = 4
/** Rates are kept this far from 0 and 1. */
const CERTAIN = 0.02
/** A column counts the records where at least this share of them have no less than the record before. */
const ASCENDING = 0.9
/** A band that has more than this share of a label's records is what the label is. */
const MOST_OF_LABEL = 0.35

/**
 * Records between two values of a column of numbers that bear a label which the records just below and just above do
 * not.
 */
export interface Band {
  readonly column: string
  readonly low: number
  readonly high: number
  readonly event: number
  /** Ascending window indices. */
  readonly records: Int32Array
  /** The label's rate on the side whose rate is nearer the band's. */
  readonly beside: number
  /** In nats, less ln of all stretches and labels tried. */
  readonly evidence: number
}

/**
 * Stretches of numbers that differ from the rest of their column as a trigger does. Labels step, rise and wander along
 * a column by nature. A trigger has two sharp ends, the rates on both sides of it are as if it were not there, and no
 * other stretch of the column comes near it: where labels follow the column, other stretches stand out half as much and
 * more. The evidence is the log-likelihood ratio of two rates against one, for the band and the side whose rate is
 * nearer.
 */
export function bandsOf(columns: readonly TableColumn[], labels: Grouping): Band[] {
  const asked = commonest(labels)
  const scans = columns.flatMap((column) => {
    const isAsked = column.type === 'number' && !isAscending(column.values)
    const line = isAsked ? lineOf(column.name, column.values, labels, asked) : null
    return line === null ? [] : [{ line, ...scanned(line) }]
  })
  const tried = Math.log(Math.max(1, scans.reduce((sum, { windows }) => sum + windows, 0) * asked.length))
  return scans.flatMap(({ line, stretches }) => {
    const lead = leading(stretches, tried)
    if (lead === null) return []
    const event = asked[lead.label]!
    const box = boxOf(line, lead, labels.of, event)
    if (!isPlanted(line, box, labels, event)) return []
    const { name: column, order, values } = line
    const { first, end, beside } = box
    const records = order.slice(first, end).sort()
    const [low, high] = [values[first]!, values[end - 1]!]
    return [{ column, low, high, event, records, beside, evidence: lead.ratio - tried }]
  })
}

/** A column's labelled records in ascending order of values. Cuts lie between different values. */
interface Line {
  readonly name: string
  readonly order: Int32Array
  readonly values: Float64Array
  /** Ascending positions, from 0 to the number of records. */
  readonly cuts: readonly number[]
  /** By tested label: how many records before each cut bear it. */
  readonly before: readonly Int32Array[]
}

/**
 * The parts `from` to `to` of a line, whose records bear a label more often than both sides, or less often than both.
 */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly label: number
  readonly count: number
  readonly isRaised: boolean
  readonly ratio: number
  /** The label's rate on the side whose rate is nearer. */
  readonly beside: number
}

/** The labels with most records, up to MOST_LABELS, of which a band can have enough records. */
function commonest({ counts }: Grouping): number[] {
  const ordered = Array.from(counts.keys()).sort((a, b) => counts[b]! - counts[a]! || a - b)
  return ordered.filter((label) => counts[label]! * MOST_OF_LABEL >= SMALLEST).slice(0, MOST_LABELS)
}

function lineOf(name: string, all: Float64Array, { of }: Grouping, asked: readonly number[]): Line | null {
  const order = Int32Array.from(all.keys()).filter((i) => of[i]! >= 0 && !Number.isNaN(all[i]!))
  const n = order.length
  if (n < FEWEST) return null
  order.sort((a, b) => all[a]! - all[b]! || a - b)
  const values = Float64Array.from(order, (i) => all[i]!)
  const part = Math.ceil(n / PARTS)
  const cuts = [0]
  for (let at = part; at < n; at += part) {
    while (at < n && values[at] === values[at - 1]) at++
    if (at < n) cuts.push(at)
  }
  cuts.push(n)
  const before = asked.map((label) => {
    const counts = new Int32Array(cuts.length)
    for (let c = 1; c < cuts.length; c++) {
      let count = counts[c - 1]!
      for (let at = cuts[c - 1]!; at < cuts[c]!; at++) count += Number(of[order[at]!] === label)
      counts[c] = count
    }
    return counts
  })
  return { name, order, values, cuts, before }
}

/** Every stretch of a line that differs from both its sides, and the number of stretches tried. */
function scanned({ cuts, before }: Line): { stretches: Stretch[]; windows: number } {
  const n = cuts.at(-1)!
  const stretches: Stretch[] = []
  let windows = 0
  for (let from = 1; from < cuts.length - 2; from++) {
    for (let to = from + 1; to < cuts.length - 1; to++) {
      const size = cuts[to]! - cuts[from]!
      if (size > LARGEST_SHARE * n) break
      if (size < SMALLEST) continue
      const beside = Math.max(LEAST_BESIDE, BESIDE * size)
      const first = cutBelow(cuts, from, beside)
      const last = cutAbove(cuts, to, beside)
      const [below, above] = [cuts[from]! - cuts[first]!, cuts[last]! - cuts[to]!]
      if (below < LEAST_BESIDE || above < LEAST_BESIDE) continue
      windows++
      before.forEach((counts, label) => {
        const count = counts[to]! - counts[from]!
        const [low, high] = [counts[from]! - counts[first]!, counts[last]! - counts[to]!]
        const [rate, lowRate, highRate] = [count / size, low / below, high / above]
        const isRaised = rate > lowRate
        if (rate === lowRate || rate === highRate || isRaised !== rate > highRate) return
        const ratio = Math.min(apartness(count, size, low, below), apartness(count, size, high, above))
        if (ALONE * ratio < LEAST_EVIDENCE) return
        const most = isRaised ? Math.max(lowRate, highRate) : Math.min(lowRate, highRate)
        stretches.push({ from, to, label, count, isRaised, ratio, beside: most })
      })
    }
  }
  return { stretches, windows }
}

function cutBelow(cuts: readonly number[], from: number, records: number): number {
  let at = from
  while (at > 0 && cuts[from]! - cuts[at]! < records) at--
  return at
}

function cutAbove(cuts: readonly number[], to: number, records: number): number {
  let at = to
  while (at < cuts.length - 1 && cuts[at]! - cuts[to]! < records) at++
  return at
}

/** The log-likelihood ratio of two rates against one, in nats. */
function apartness(k: number, n: number, otherK: number, otherN: number): number {
  return logLikelihood(k, n) + logLikelihood(otherK, otherN) - logLikelihood(k + otherK, n + otherN)
}

function logLikelihood(k: number, n: number): number {
  return k === 0 || k === n ? 0 : k * Math.log(k / n) + (n - k) * Math.log1p(-k / n)
}

/**
 * The raised stretch with the most evidence; null where that is too little, or where another stretch, farther away than
 * this one is long, has more than half as much.
 */
function leading(stretches: readonly Stretch[], tried: number): Stretch | null {
  let lead: Stretch | null = null
  for (const stretch of stretches) if (stretch.isRaised && stretch.ratio > (lead?.ratio ?? 0)) lead = stretch
  if (lead === null || lead.ratio - tried < LEAST_EVIDENCE) return null
  const length = lead.to - lead.from
  for (const { from, to, ratio } of stretches) {
    if ((to <= lead.from - length || from >= lead.to + length) && ALONE * ratio > lead.ratio) return null
  }
  return lead
}

/**
 * The records of a line from `first` to before `end`, the label's rate among them, and its rate on the side that is
 * nearer.
 */
interface Box {
  readonly first: number
  readonly end: number
  readonly rate: number
  readonly beside: number
}

/**
 * The stretch with its ends moved to where they explain the labels best, at most a quarter of its size inward or
 * outward.
 */
function boxOf(
  { order, values, cuts }: Line,
  { from, to, count, beside }: Stretch,
  of: Int32Array,
  event: number,
): Box {
  const [start, stop] = [cuts[from]!, cuts[to]!]
  const size = stop - start
  const reach = Math.ceil(REACH * size)
  const within = certain(count / size)
  const without = certain(beside)
  const says = (at: number) =>
    of[order[at]!] === event ? Math.log(within / without) : Math.log((1 - within) / (1 - without))
  // The end, from the middle outward, with the highest sum of log-likelihood ratios.
  const endOf = (inner: number, outer: number, step: 1 | -1) => {
    let [sum, most, best] = [0, -Infinity, inner]
    for (let at = inner; at !== outer; at += step) {
      sum += says(at)
      const isBetweenValues = values[at] !== values[at + step]
      if (isBetweenValues && sum > most) [most, best] = [sum, at + step]
    }
    return best
  }
  const end = endOf(stop - reach, Math.min(values.length, stop + reach), 1)
  const first = endOf(start + reach - 1, Math.max(-1, start - reach - 1), -1) + 1
  return { first, end, rate: rateIn(order, of, event, first, end), beside }
}

function rateIn(order: Int32Array, of: Int32Array, event: number, first: number, end: number): number {
  let count = 0
  for (let at = first; at < end; at++) count += Number(of[order[at]!] === event)
  return count / Math.max(1, end - first)
}

/**
 * Whether a box is planted: it has several values and none is most of it; at least half of its records bear the label,
 * well above the rate beside it; it has no large share of the label's records; and both its ends are sharp.
 */
function isPlanted(line: Line, box: Box, { of, counts }: Grouping, event: number): boolean {
  const { order, values } = line
  const { first, end, rate, beside } = box
  const size = end - first
  const sizes = new Map<number, number>()
  for (const value of values.subarray(first, end)) sizes.set(value, (sizes.get(value) ?? 0) + 1)
  if (sizes.size < FEWEST_VALUES || Math.max(...sizes.values()) > LARGEST_VALUE * size) return false
  if (rate < LEAST_RATE || rate < LEAST_LIFT * beside || rate * size > MOST_OF_LABEL * counts[event]!) return false
  const edge = Math.max(LEAST_EDGE, Math.ceil(EDGE * size))
  const rateOf = (from: number, to: number) => rateIn(order, of, event, from, to)
  const rise = rateOf(first, first + edge) - rateOf(Math.max(0, first - edge), first)
  const fall = rateOf(end - edge, end) - rateOf(end, Math.min(order.length, end + edge))
  return Math.min(rise, fall) >= SHARP * (rate - beside) && isNoHump(line, box, of, event)
}

/**
 * Whether two rates explain the labels of a box, and of as many records on either side, better by BETTER nats than any
 * hump: a rise and fall without ends.
 */
function isNoHump({ order }: Line, { first, end, rate, beside }: Box, of: Int32Array, event: number): boolean {
  const size = end - first
  const [from, to] = [Math.max(0, first - size), Math.min(order.length, end + size)]
  const explained = (rateAt: (at: number) => number) => {
    let sum = 0
    for (let at = from; at < to; at++) {
      const p = certain(rateAt(at))
      sum += of[order[at]!] === event ? Math.log(p) : Math.log1p(-p)
    }
    return sum
  }
  const box = explained((at) => (at >= first && at < end ? rate : beside))
  const humps = [rate, (1 + rate) / 2, 1].flatMap((peak) =>
    CENTRES.flatMap((centre) =>
      WIDTHS.map((width) => {
        const middle = (first + end) / 2 + centre * size
        return explained((at) => beside + (peak - beside) * Math.exp(-0.5 * ((at - middle) / (width * size)) ** 2))
      }),
    ),
  )
  return box >= Math.max(...humps) + BETTER
}

function certain(rate: number): number {
  return Math.min(1 - CERTAIN, Math.max(CERTAIN, rate))
}

/** Whether a column rises with the order of records: it counts them. */
function isAscending(values: Float64Array): boolean {
  let ascending = 0
  for (let i = 1; i < values.length; i++) ascending += Number(values[i]! >= values[i - 1]!)
  return ascending >= ASCENDING * (values.length - 1)
}
