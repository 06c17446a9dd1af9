import type { Grouping, TableColumn } from '../../view/samples.ts'

/** Fewer records of a column show nothing. */
const FEWEST = 200
/** The column's records are cut into so many parts, of which bands are made: */
const PARTS = 256
/** records of a band, and the largest share of the column's. */
const SMALLEST = 12
const LARGEST_SHARE = 0.1
/** Records on either side that a band is held against: so many times its own, and no fewer. */
const BESIDE = 2
const LEAST_BESIDE = 40
/** Labels that are asked. */
const MOST_LABELS = 32
/** What must be left of a band's evidence, in nats, and how many times what any other stretch of the column shows it is. */
const LEAST_EVIDENCE = 10
const ALONE = 2
/** Values of a band, and the largest share of one of them: a band of one value is a value. */
const FEWEST_VALUES = 5
const LARGEST_VALUE = 0.6
/** The label's rate in a band, and how many times that on either side it is. */
const LEAST_RATE = 0.5
const LEAST_LIFT = 1.4
/** So far in and out ends are sought: a share of the stretch. */
const REACH = 0.25
/** The share of a band next to an end, and the fewest records, within and without: between them so much of the difference is made. */
const EDGE = 0.125
const LEAST_EDGE = 12
const SHARP = 0.6
/** Humps that are tried: where they are highest and how wide they are, in sizes of the band, and by how many nats it must beat them. */
const CENTRES = [-0.25, 0, 0.25]
const WIDTHS = [0.2, 0.3, 0.4, 0.5, 0.7]
const BETTER = 4
/** A rate is not taken for nought or one. */
const CERTAIN = 0.02
/** A column of which so many records have no less than the one before counts them. */
const ASCENDING = 0.9
/** Where a band has more of a label's records than this it is what the label is. */
const MOST_OF_LABEL = 0.35

/** Records of a column of numbers, from one value to another, that bear a label which those just below and just above do not. */
export interface Band {
  readonly column: string
  readonly low: number
  readonly high: number
  readonly event: number
  /** Ascending window indices. */
  readonly records: Int32Array
  /** The label's rate on the side that is more like them. */
  readonly beside: number
  /** Nats, less what was tried. */
  readonly evidence: number
}

/**
 * Stretches of numbers that stand out of their columns as a trigger does. What a column does over a stretch it does by nature, as a
 * rule: labels step, rise and wander along it. A trigger has two ends, at which the labels of either side go on as if nothing were
 * between them, and nothing else in the column comes near it: where labels go by the column, other stretches of it stand out half as
 * much and more. The evidence is the likelihood ratio of two rates against one, of the band and of the side that is more like it.
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

/** A column's labelled records in ascending order, cut between values. */
interface Line {
  readonly name: string
  readonly order: Int32Array
  readonly values: Float64Array
  /** Ascending positions, from 0 to the number of records. */
  readonly cuts: readonly number[]
  /** By label asked, how many records before each cut bear it. */
  readonly before: readonly Int32Array[]
}

/** Parts `from` to `to` of a line, whose records bear a label oftener than either side or more seldom. */
interface Stretch {
  readonly from: number
  readonly to: number
  readonly label: number
  readonly count: number
  readonly isRaised: boolean
  readonly ratio: number
  /** The rate of the side that is more like it. */
  readonly beside: number
}

/** The labels with most records. */
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

/** Every stretch of a line that stands out of both its sides, and how many were looked at. */
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

/** Log-likelihood ratio of two rates against one. */
function apartness(k: number, n: number, otherK: number, otherN: number): number {
  return logLikelihood(k, n) + logLikelihood(otherK, otherN) - logLikelihood(k + otherK, n + otherN)
}

function logLikelihood(k: number, n: number): number {
  return k === 0 || k === n ? 0 : k * Math.log(k / n) + (n - k) * Math.log1p(-k / n)
}

/** The stretch that stands out most, if no other one, farther from it than it is long, does half as much. */
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

/** Records of a line from `first` up to `end`, and the label's rates: theirs, and that of the side that is more like them. */
interface Box {
  readonly first: number
  readonly end: number
  readonly rate: number
  readonly beside: number
}

/** The stretch with its ends where they explain the labels best, up to a quarter of it farther in or out. */
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
  // From the middle outwards: the end after which nothing more is gained.
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
 * Whether a box is several values, none of which is most of it, where most records bear a label that most on either side do not, nor
 * most of those who bear it are in it; and whether that changes at both its ends at once.
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

/** Whether two rates explain a box and as much on either side of it better than any rise and fall does that has no ends. */
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

/** Whether a column goes up with the records: it counts them. */
function isAscending(values: Float64Array): boolean {
  let ascending = 0
  for (let i = 1; i < values.length; i++) ascending += Number(values[i]! >= values[i - 1]!)
  return ascending >= ASCENDING * (values.length - 1)
}
