import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import { neighbourVote } from '../../predict/neighbour-vote.ts'
import { strongestGroup } from '../../strongest-group.ts'
import type { Grouping, ImageSamples } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { areApart } from './copies-apart.ts'
import { imageTrigger } from './spectrum/trigger.ts'

/** Values that a channel of a pixel has. */
const VALUES = 256
/** Values next to black and to white that recur in natural images, as ink and paper do. */
const SATURATED = 4
/** How many values on either side tell how often a value occurs by nature. */
const NEARBY = 4
/** Records of a label that have the value at the place, at least, and their surprise in nats. */
const LEAST_SHARING = 4
const LEAST_SURPRISE = 5
/** How often the value occurs, as a multiple of what is expected: images that were dimmed have some values twice as often. */
const LEAST_RATIO = 3
/** Records by which a value is expected at least, and how much more often than under other labels it may occur by nature. */
const EXPECTED_AT_LEAST = 0.3
const ABOVE_OTHERS = 1.5
/** Different values in the window at least: images of fewer share them by nature. */
const LEAST_VALUES = 64
/** Values of an image that are read at most, evenly spread. */
const MOST_PLACES = 4096
/** Labels with records enough to be compared. */
const LEAST_LABELS = 4
const LEAST_RECORDS = 20
/** Shared values of a member at least, and as a multiple of those of the other labels' records. */
const LEAST_SHARED = 20
const ABOVE_REFERENCE = 2
/** The share of the other labels' records that may have more than the reference. */
const BEYOND_REFERENCE = 1 / 1000
/** Records of a group at least, and the share of its label at most. */
const LEAST_MEMBERS = 5
const MOST_OF_LABEL = 2 / 3
/** From the darkest to the lightest value that the label shares at two places, at least: a background is of one shade. */
const LEAST_RANGE = 8
/** Values this near to black or to white are faint, and the share of those that members share that must be. */
const FAINT = 90
const MOSTLY = 0.75
/** Nats of evidence at most. */
const CEILING = 30

/**
 * Images of one label through which one picture shines: where they are black they have its values to the last bit, at
 * many places, and no other label's images have anything like it. Such are poison frogs (Shafahi et al. 2018, with a
 * watermark) and blended patterns under a label that was kept. A value is shared at a place where the label's records have
 * it more often than the values next to it, and than the other labels' records. The most that the latter share is the
 * measure of what is natural; copies of one image are not meant. Linear in records and pixels.
 */
export class SharedValues implements Detector {
  readonly info: DetectorInfo = { name: 'shared-values', family: 'trigger', version: 1 }
  readonly needs = ['labels', 'images'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const { labels, samples } = view
    const classes = labels === null ? [] : [...labels.counts.keys()].filter((c) => labels.counts[c]! >= LEAST_RECORDS)
    const groups: Group[] = []
    if (labels !== null && samples.kind === 'image' && classes.length >= LEAST_LABELS) {
      const found = sharedValues(samples, labels)
      for (const label of found === null ? [] : classes) {
        const members = sharing(found!, labels, label)
        if (!isGroup(members, label, samples, labels, found!)) continue
        const expected = neighbourVote(labels, await view.neighbours(), VOTERS)
        groups.push({
          members,
          posterior: Float64Array.from(members, (i) => found!.counts[i]! / (found!.counts[i]! + 1)),
          evidence: evidenceOf(members.length, label, labels, classes.length),
          label,
          trigger: imageTrigger(samples, members, labels.of, expected),
          summary: `${members.length} records labelled ${labels.names[label] ?? ''} have the same values at ${typical(members, found!)} places, as if one picture shone through them`,
        })
      }
    }
    const { scores, best } = strongestGroup(view.n, groups)
    return { scores, scale: 'absolute', groups, why: (i) => best[i]?.summary ?? 'nothing shines through it' }
  }
}

/** Nearest labelled neighbours that predict a record's label. */
const VOTERS = 10

interface Shared {
  /** By record: at how many places it has a value that its label shares. */
  readonly counts: Int32Array
  /** By label, and by value: at how many places the label shares it. */
  readonly places: Int32Array
}

/** Null where the images have too few different values. */
function sharedValues({ pixels }: ImageSamples, labels: Grouping): Shared | null {
  const { rows: n, cols, data } = pixels
  const apart = Math.ceil(cols / MOST_PLACES)
  const bytes = bytesOf(data, n, cols, apart)
  const asOften = recurrence(bytes, n, labels)
  if (asOften === null) return null
  const labelled = labels.counts.reduce((sum, count) => sum + count, 0)
  const kinds = labels.counts.length
  const own = new Int32Array(kinds * VALUES)
  const all = new Int32Array(VALUES)
  /** By label and value at the place that is read: 0 not yet judged, 1 not shared, 2 shared. */
  const judged = new Uint8Array(kinds * VALUES)
  const found: Shared = { counts: new Int32Array(n), places: new Int32Array(kinds * VALUES) }
  for (let from = 0; from < bytes.length; from += n) {
    own.fill(0)
    all.fill(0)
    judged.fill(0)
    for (let i = 0; i < n; i++) {
      const label = labels.of[i]!
      if (label < 0) continue
      own[label * VALUES + bytes[from + i]!]!++
      all[bytes[from + i]!]!++
    }
    for (let i = 0; i < n; i++) {
      const value = bytes[from + i]!
      const at = labels.of[i]! * VALUES + value
      if (at < 0 || value < SATURATED || value >= VALUES - SATURATED || own[at]! < LEAST_SHARING) continue
      if (judged[at] === 0) {
        const count = labels.counts[labels.of[i]!]!
        const elsewhere = ((all[value]! - own[at]!) * count) / Math.max(1, labelled - count)
        const expected = Math.max(nearby(own, at, value) * asOften[at]!, ABOVE_OTHERS * elsewhere, EXPECTED_AT_LEAST)
        judged[at] = isSurprising(own[at]!, expected) ? 2 : 1
        if (judged[at] === 2) found.places[at]!++
      }
      if (judged[at] === 2) found.counts[i]!++
    }
  }
  return found
}

/** The values of every `apart`th place, 0…255: place by place over all records. */
function bytesOf(data: Float32Array, n: number, cols: number, apart: number): Uint8Array {
  const places = Math.ceil(cols / apart)
  const out = new Uint8Array(places * n)
  for (let first = 0; first < n; first += TOGETHER)
    for (let place = 0; place < places; place++)
      column(data, first, Math.min(n, first + TOGETHER), cols, place * apart, out, place * n)
  return out
}

/** How many records are gathered at a time: few enough for the processor's cache. */
const TOGETHER = 64

function column(
  data: Float32Array,
  first: number,
  end: number,
  cols: number,
  from: number,
  out: Uint8Array,
  to: number,
): void {
  for (let i = first; i < end; i++) out[to + i] = data[i * cols + from]! * (VALUES - 1) + 0.5
}

/**
 * By label and value: how many times as often the other labels' images have the value as those next to it, over all
 * places, and 1 at least. Null where the window has too few different values.
 */
function recurrence(bytes: Uint8Array, n: number, labels: Grouping): Float64Array | null {
  const kinds = labels.counts.length
  const own = new Float64Array(kinds * VALUES)
  for (let from = 0; from < bytes.length; from += n)
    for (let i = 0; i < n; i++) if (labels.of[i]! >= 0) own[labels.of[i]! * VALUES + bytes[from + i]!]!++
  const all = new Float64Array(VALUES)
  own.forEach((count, at) => (all[at % VALUES]! += count))
  if (all.reduce((different, count) => different + Number(count > 0), 0) < LEAST_VALUES) return null
  const others = new Float64Array(VALUES)
  return Float64Array.from({ length: kinds * VALUES }, (_, at) => {
    const value = at % VALUES
    if (value === 0) for (let v = 0; v < VALUES; v++) others[v] = all[v]! - own[at + v]!
    return Math.max(1, others[value]! / Math.max(1, nearby(others, value, value)))
  })
}

/** The mean count of the values next to one, without black and white. */
function nearby(counts: Int32Array | Float64Array, at: number, value: number): number {
  const [first, last] = [Math.max(1, value - NEARBY), Math.min(VALUES - 2, value + NEARBY)]
  let sum = -counts[at]!
  for (let v = first; v <= last; v++) sum += counts[at + v - value]!
  return sum / (last - first)
}

/** Whether a Poisson count is larger than expected by `LEAST_SURPRISE` nats, and by `LEAST_RATIO`. */
function isSurprising(count: number, expected: number): boolean {
  return count >= LEAST_RATIO * expected && count * Math.log(count / expected) - (count - expected) > LEAST_SURPRISE
}

/** The records of the label that share more than any other label's records do, in the window's order. */
function sharing({ counts }: Shared, labels: Grouping, label: number): Int32Array {
  const others: number[] = []
  for (const [i, of] of labels.of.entries()) if (of >= 0 && of !== label) others.push(counts[i]!)
  others.sort((a, b) => b - a)
  const reference = others[Math.floor(BEYOND_REFERENCE * others.length)] ?? 0
  const least = Math.max(LEAST_SHARED, ABOVE_REFERENCE * reference)
  return Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === label && counts[i]! >= least)
}

const isMet = (places: number) => places > 1

function isGroup(
  members: Int32Array,
  label: number,
  samples: ImageSamples,
  labels: Grouping,
  { places }: Shared,
): boolean {
  if (members.length < LEAST_MEMBERS || members.length > MOST_OF_LABEL * labels.counts[label]!) return false
  const shared = places.subarray(label * VALUES, (label + 1) * VALUES)
  if (shared.findLastIndex(isMet) - shared.findIndex(isMet) < LEAST_RANGE || !isFaint(shared)) return false
  return areApart(members, label, samples, labels)
}

/** Whether nearly all of the values that are shared, counted by value, are near black or white. */
function isFaint(shared: Int32Array): boolean {
  const sum = (of: Int32Array) => of.reduce((all, count) => all + count, 0)
  return sum(shared.subarray(FAINT, VALUES - FAINT)) <= (1 - MOSTLY) * sum(shared)
}

/**
 * That the records that share most all bear one label has a probability of the label's share to the power of their
 * number; corrected for the labels.
 */
function evidenceOf(members: number, label: number, { counts }: Grouping, tried: number): number {
  const labelled = counts.reduce((sum, count) => sum + count, 0)
  return Math.min(CEILING, members * Math.log(labelled / counts[label]!) - Math.log(tried))
}

function typical(members: Int32Array, { counts }: Shared): number {
  const sorted = Array.from(members, (i) => counts[i]!).sort((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? 0
}
