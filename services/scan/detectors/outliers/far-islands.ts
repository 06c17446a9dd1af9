import { testimony } from '../../calibrate/company.ts'
import { ENOUGH_RECORDS } from '../../calibrate/enough.ts'
import { extremeGroups } from '../../calibrate/extremes.ts'
import type { Group } from '../../detector.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import { countBelow, highestFirst } from '../../numeric/sorted.ts'
import type { Grouping } from '../../view/samples.ts'
import type { Neighbours, WindowView } from '../../view/window-view.ts'
import { beyondTheirClass, expectedFromNear } from './odd-forms.ts'
import { leftByAxes } from './reconstruction.ts'

/** Shares of the records, the farthest, of which one label may hold most. */
const SHARES = [0.1, 0.08, 0.06, 0.04, 0.03, 0.02]
/** One label holds most of the farthest where it has this share of them, and this many times its share of the others. */
const MOST = 2 / 3
const LEAST_LIFT = 3
/** Share of the records, the farthest, from which nothing is learnt, and the bands below them that show what is natural. */
const LEFT_OUT = 0.15
const BANDS = [0.15, 0.3, 0.6, 0.9]
/** Nearest records that are asked whether they are members, and how many must be, of the members in the middle. */
const ASKED = 10
const AT_HOME = 5
/** How near to the members the label's other records may be by and large, as a share of how near members are. */
const LEAST_APART = 1 / 8
/** Quantile of all scores that the median score of the label's other records must not exceed. */
const FARTHER = 0.8
/** Width of the stretches of scores that are counted, as a share of the way from the label's other records to the far ones. */
const STRETCH = 0.2
/** Stretches that are counted on the way, and beyond it. */
const COUNTED = 20
/** In the gap lie at most these shares of what lies about the label's other records, and of the fullest stretch beyond it. */
const OF_OTHERS = 0.2
const OF_FAR = 0.75
/** A witness bears an island out where half of its records are among this many times as many of its highest. */
const WITNESSED = 1.5
/** Nats of evidence that must be left, in a window of `ENOUGH_RECORDS`; more in a smaller one. */
const LEAST_EVIDENCE = 10
/** The images of an island that holds by pixels look like their label at most this many times as often as any image. */
const UNLIKE = 1 / 2
/** Evidence of an island by itself: so little that it ranks and holds no record. */
const RANKED = 1.5

/**
 * The group of images of another kind that are too many for a tail to tell: most of the farthest records bear one label;
 * they are more than that label's other records lead to expect, beyond a gap; and they are an island, near one another,
 * which hardly any other record of the label is near. A class whose forms vary reaches out without a gap, and its far
 * records have others beside them. An island holds where more of its records bear the label than a discriminant of the
 * axes, learnt from the nearer records, expects. Without `axes`, by pixels, those of the window are asked, its records
 * must be unlike their label, and otherwise it only ranks, for a kind within a class that no label names is one, too.
 * With `axes`, of forms, it is none otherwise, and half of its records must be among those of which principal axes leave
 * most.
 */
export async function farIsland(
  view: WindowView,
  scores: Float64Array,
  axes: Matrix | null = null,
): Promise<readonly Group[]> {
  const { labels, n } = view
  const far = labels && farthestOfOneLabel(scores, labels)
  if (labels === null || far === null) return []
  const { label } = far
  const bar = LEAST_EVIDENCE * Math.max(1, ENOUGH_RECORDS / n)
  const beyond = beyondTheirClass(far, scores, labels, FARTHER)
  if (beyond < bar || !isApart(far, scores, labels)) return []
  const island = islandOf(far, labels, await view.neighbours())
  if (island === null) return []
  const summary = `${island.members.length} images labelled ${labels.names[label]} lie far from all others and near one another, and do not look like that label`
  const group = { ...island, label, summary }
  if (axes === null) {
    const evidence = Math.min(beyond, contradicted(far, scores, labels, await view.reduced(), UNLIKE))
    return [{ ...group, evidence: evidence >= bar ? evidence : RANKED }]
  }
  const evidence = Math.min(beyond, contradicted(far, scores, labels, axes))
  return evidence >= bar && isWitnessed(far, (await leftByAxes(view)).scores) ? [{ ...group, evidence }] : []
}

/** Whether the records are among the highest of the witness: see `testimony`. */
function isWitnessed({ members }: Far, witness: Float64Array): boolean {
  const suspects = new Float64Array(witness.length).fill(-Infinity)
  for (const i of members) suspects[i] = 0
  return testimony(suspects, witness, WITNESSED) !== null
}

/**
 * Nats by which more far records bear the label than a discriminant learnt from the nearer ones expects; 0 where it
 * expects it of the middle one of them more than `unlike` times as often as of any record.
 */
function contradicted(
  { label, share, members }: Far,
  scores: Float64Array,
  labels: Grouping,
  axes: Matrix,
  unlike = Infinity,
): number {
  const expected = expectedFromNear(labels, scores, axes, LEFT_OUT)
  if (expected === null) return 0
  const own = new Uint8Array(scores.length)
  for (const i of members) own[i] = 1
  const likely = Float64Array.from(members, (i) => expected(i, own)?.[label] ?? 1).sort()
  if (likely[likely.length >> 1]! > (unlike * labels.counts[label]!) / scores.length) return 0
  const found = extremeGroups(scores, labels, expected, 'nothing', { shares: [share], bands: BANDS })
  const pushed = found.find((group) => group.label === label)
  return pushed === undefined ? 0 : pushed.evidence - Math.log(SHARES.length)
}

interface Far {
  readonly label: number
  readonly share: number
  /** Ascending. */
  readonly members: Int32Array
}

/** The largest share of the farthest records most of which bear one label, and those that do; null where there is none. */
function farthestOfOneLabel(scores: Float64Array, labels: Grouping): Far | null {
  const n = scores.length
  const order = highestFirst(scores)
  for (const share of SHARES) {
    const far = order.subarray(0, Math.floor(share * n))
    const counts = new Int32Array(labels.names.length)
    for (const i of far) if (labels.of[i]! >= 0) counts[labels.of[i]!]!++
    const label = counts.indexOf(Math.max(...counts))
    const held = counts[label]! / far.length
    const others = (labels.counts[label]! - counts[label]!) / (n - far.length)
    if (held >= MOST && held >= LEAST_LIFT * others)
      return { label, share, members: far.filter((i) => labels.of[i] === label).sort() }
  }
  return null
}

/**
 * Whether the scores of the label's records have a gap between its other records and the far ones, and more beyond it: a
 * tail thins out, and a class of many forms has no gap (excess mass: Müller & Sawitzki 1991).
 */
function isApart({ label, members }: Far, scores: Float64Array, labels: Grouping): boolean {
  const own = scores.filter((_, i) => labels.of[i] === label).sort()
  const far = own[own.length - 1 - (members.length >> 1)]!
  const others = own[(own.length - members.length) >> 1]!
  const step = (far - others) / COUNTED
  const half = (STRETCH / 2) * (far - others)
  const about = (at: number) => countBelow(own, at + half, false) - countBelow(own, at - half, false)
  const counts = Array.from({ length: 2 * COUNTED }, (_, k) => about(others + k * step))
  const gap = Math.min(...counts.slice(0, COUNTED + 1))
  return gap <= OF_OTHERS * counts[0]! && gap <= OF_FAR * Math.max(...counts.slice(COUNTED))
}

/**
 * The far records, and the label's others most of whose nearest records are far ones: with the share of the nearest that
 * are as the posterior. Null where the far records are not mostly near one another, or where the label's others are near
 * them, too.
 */
export function islandOf(
  { label, members }: Pick<Far, 'label' | 'members'>,
  labels: Grouping,
  neighbours: Neighbours,
  leastApart = LEAST_APART,
): Omit<Group, 'evidence' | 'label' | 'summary'> | null {
  const asked = Math.min(ASKED, neighbours.k)
  const isFar = new Uint8Array(labels.of.length)
  for (const i of members) isFar[i] = 1
  const kin = (i: number) => {
    let count = 0
    for (let at = i * neighbours.k; at < i * neighbours.k + asked; at++) count += isFar[neighbours.index[at]!]!
    return count
  }
  const own = [...labels.of.keys()].filter((i) => labels.of[i] === label)
  const others = own.filter((i) => isFar[i] === 0)
  const kinOf = Array.from(members, kin)
  const middle = kinOf.toSorted((a, b) => a - b)[kinOf.length >> 1] ?? 0
  if (middle < AT_HOME || mean(others.map(kin)) > leastApart * mean(kinOf)) return null
  const island = own.filter((i) => isFar[i] === 1 || kin(i) >= AT_HOME)
  return {
    members: Int32Array.from(island),
    posterior: Float64Array.from(island, (i) => (kin(i) + 0.5) / (asked + 1)),
  }
}

function mean(of: readonly number[]): number {
  return of.reduce((sum, value) => sum + value, 0) / Math.max(1, of.length)
}
