import type { Matrix } from '../../../numeric/matrix.ts'
import type { Neighbours } from '../../../view/window-view.ts'
import type { Split } from './directions.ts'

/**
 * The separation of a clean class's most separate split, and the scale on which larger ones become rare: measured on
 * clean windows of images (2 … 5.5). A window with more natural structure raises both, and none lowers them.
 */
const NATURAL = { location: 3.8, scale: 0.75 }
/** Separation beyond this adds nothing: it depends on the ridge alone. */
const CEILING = 30
/**
 * Deviation of a group, in deviations of the other classes, beyond which its evidence is lowered: a trigger adds a
 * constant, so that its records lie close, and natural groups are wider.
 */
const WIDE = 2.5
/** Records below which a group's evidence is lowered: in many directions a few records lie apart by chance. */
const FEW = 25
/** Natural groups, such as two classes under one label, have a cohesion of .9 and more; triggers of .75 and less. */
const CLOSE = 0.8
/** Nats of disagreement beyond which cohesion does not lower the evidence. */
const WITNESSED = 2
/**
 * Weight of the neighbours' disagreement, and largest number of members that add to it: neighbours are not independent.
 */
const WITNESS = { weight: 0.3, most: 60 }

export interface Weighed {
  readonly split: Split
  /**
   * Surprise at the separation, in nats, corrected for the number of classes and lowered for wide, small and natural
   * groups.
   */
  readonly separation: number
  /**
   * Log-likelihood ratio, in nats: the members' neighbours disagree with the label more than the neighbours of the
   * rest.
   */
  readonly disagreement: number
  /** Nats by which a wide group is lowered. */
  readonly wide: number
  /** How much more often than by chance the members' nearest neighbours of their label are members too, 0 … 1. */
  readonly cohesion: number
}

/**
 * Weighs splits against the most separate split of each *other* class of the window, which is taken to be natural.
 * `expected` (n × K) predicts the labels. `alike`: whether the others are lowered for what lowers a split itself; a few
 * records that lie apart by chance, as some do in every small class, then do not hide a trigger.
 */
export function weigh(
  splits: readonly Split[],
  classes: readonly number[],
  expected: Matrix,
  neighbours: Neighbours,
  alike = false,
): Weighed[] {
  const placeOf = places(neighbours)
  const against = splits.map((split) => disagreement(split, expected))
  const lowered = splits.map((split, at) => {
    const wide = Math.max(0, Math.log(split.spread[0] / WIDE))
    const few = Math.max(0, Math.log(FEW / split.size))
    const together = cohesion(split, neighbours, placeOf(split.records))
    const close = Math.max(0, together - CLOSE)
    // Records that lie close together under a label that their neighbours contradict are no natural part of it.
    return { wide: 3 * wide, few, together, belonging: against[at]! > WITNESSED ? 0 : 40 * close }
  })
  const tops = new Map(classes.map((c) => [c, alike ? NATURAL.location : 0]))
  splits.forEach((split, at) => {
    const { wide, few, belonging } = lowered[at]!
    const by = alike ? NATURAL.scale * (wide + 8 * few + belonging) : 0
    tops.set(split.label, Math.max(tops.get(split.label) ?? 0, effective(split) - by))
  })
  return splits.map((split, at) => {
    const others = [...tops].filter(([c]) => c !== split.label).map(([, top]) => top)
    const { location, scale } = natural(others)
    const surprise = (Math.min(effective(split), CEILING) - location) / scale - Math.log(classes.length)
    const { wide, few, belonging, together } = lowered[at]!
    return {
      split,
      separation: surprise - wide - 8 * few - belonging,
      disagreement: against[at]!,
      wide,
      cohesion: together,
    }
  })
}

/** The separation, corrected for size: the deviation of few records is underestimated. */
const effective = (s: Split) => s.separation * Math.sqrt(Math.max(0, 1 - 3 / s.size))

function natural(others: number[]): { location: number; scale: number } {
  const sorted = [...others].sort((a, b) => a - b)
  const middle = quantile(sorted, 0.5)
  if (sorted.length < 4) return { location: Math.max(NATURAL.location, sorted[0] ?? 0), scale: 1.6 * NATURAL.scale }
  const deviations = sorted.map((v) => Math.abs(v - middle)).sort((a, b) => a - b)
  return {
    location: Math.max(NATURAL.location, middle),
    scale: Math.max(NATURAL.scale, 1.4826 * quantile(deviations, 0.5)),
  }
}

/**
 * Returns the place of each record of the window among a class's records, −1 for others: computed once for all splits
 * of a class.
 */
function places({ index, k }: Neighbours): (records: Int32Array) => Int32Array {
  const known = new Map<Int32Array, Int32Array>()
  return (records) => {
    let found = known.get(records)
    if (found === undefined) {
      found = new Int32Array(k === 0 ? 0 : index.length / k).fill(-1)
      for (const [place, i] of records.entries()) found[i] = place
      known.set(records, found)
    }
    return found
  }
}

/** Nearest neighbours of the same label that are read. */
const FELLOWS = 10

/**
 * How much more often than by chance the members' nearest neighbours of the same label are members too: 0 not at all, 1
 * always. The records of a natural group lie near one another; records with a trigger are of all sorts and do not.
 */
function cohesion({ posterior, records, size }: Split, { index, k }: Neighbours, placeOf: Int32Array): number {
  let [together, weight] = [0, 0]
  for (let r = 0; r < records.length; r++) {
    if (posterior[r]! < 0.5) continue
    const from = records[r]! * k
    let asked = 0
    for (let n = from; n < from + k && asked < FELLOWS; n++) {
      const fellow = placeOf[index[n]!]!
      if (fellow < 0) continue
      together += posterior[fellow]!
      asked++
    }
    weight += asked
  }
  const share = size / records.length
  return weight === 0 ? 0 : Math.max(0, (together / weight - share) / (1 - share))
}

function disagreement({ posterior, records, label, size }: Split, expected: Matrix): number {
  let [inside, outside, members] = [0, 0, 0]
  for (let at = 0; at < records.length; at++) {
    const against = 1 - expected.data[records[at]! * expected.cols + label]!
    const belongs = posterior[at]!
    inside += belongs * against
    outside += (1 - belongs) * against
    members += belongs
  }
  const clip = (p: number) => Math.min(Math.max(p, 0.02), 0.98)
  const p = clip(inside / Math.max(1, members))
  const q = clip(outside / Math.max(1, records.length - members))
  if (p <= q) return 0
  const divergence = p * Math.log(p / q) + (1 - p) * Math.log((1 - p) / (1 - q))
  return WITNESS.weight * Math.min(size, WITNESS.most) * divergence
}

function quantile(sorted: readonly number[], q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0
}
