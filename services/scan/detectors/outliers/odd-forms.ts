import { ascending, highestFirst } from '../../numeric/sorted.ts'
import { testimony } from '../../calibrate/company.ts'
import { ENOUGH_RECORDS } from '../../calibrate/enough.ts'
import { type Expected, extremeGroups, FARTHEST } from '../../calibrate/extremes.ts'
import { tailSurprise } from '../../calibrate/tail.ts'
import type { Group } from '../../detector.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import { linearDiscriminant } from '../../predict/linear-discriminant.ts'
import { type Grouping, withoutLabels } from '../../view/samples.ts'
import type { Neighbours, WindowView } from '../../view/window-view.ts'
import { Calibration } from '../lift/evidence/calibrated.ts'
import { leftByAxes } from './reconstruction.ts'

/** Share of the records, the farthest, from which nothing is learnt: so many may be of another kind. */
const LEFT_OUT = 0.05
/** Records from which the predictor is learnt, per axis. */
const PER_AXIS = 10
/** Other records that a label must have for its tail to be known, or for it to be learnt. */
const FEWEST_OTHERS = 80
/** Share of a label's other records to which the tail is fitted. */
const SHOULDER = 0.4
/** Share of them, the farthest, that the fit only counts: planted records may be among them. */
const COUNTED = 0.1
/** Factor by which the tail may be too short. */
const MISREAD = 1.5
/** Quantile of all scores that the median score of a label's other records must not exceed. */
const FARTHER = 0.75
/**
 * The nearest records outside a group that are asked for its label. The group is a part of its label where more than
 * half of those of a middling member bear it.
 */
const ASKED = 10
const LIKE_THEIR_LABEL = 0.5
/** From this probability on a label was expected. */
const LIKELY = 0.5
/** The fewest members of a group. */
const SMALLEST = 6
/** What the evidence of all predictors counts where the tail of the label's other records does not support it. */
const BY_THEMSELVES = 0.5
/** Nats of evidence that must be left, in a window of `ENOUGH_RECORDS`; more in a smaller one. */
const LEAST_EVIDENCE = 10

/**
 * Groups of images that lie far from all others by their forms and share a label that their forms contradict: somebody
 * gave images of another kind this label. The forms of each label are learnt without the farthest records
 * (`linearDiscriminant`), from one half of the rest; the other half shows how reliable the prediction is. Where that finds
 * a group, all predictors learn without the farthest records, and find it, too, or more of it, or expect its label
 * (`expectedWithoutFar`). Three kinds of natural images are left out. A class whose forms vary has far images, but they
 * look like the class. A label of two kinds, one of which lies far out, looks like neither to a discriminant, but those
 * nearest to its far images bear it (ADR 167). A class of all sorts has far images that look like no class, but the
 * remainders outside their principal axes are usual, unlike those of another kind (`testimony`).
 */
export async function oddForms(view: WindowView, scores: Float64Array, axes: Matrix): Promise<readonly Group[]> {
  const { labels, n } = view
  if (labels === null) return []
  const expected = expectedFromNear(labels, scores, axes)
  if (expected === null) return []
  const found = extremeGroups(scores, labels, expected, 'nothing')
  if (found.length === 0) return []
  const left = (await leftByAxes(view)).scores
  const neighbours = await view.neighbours()
  const areLeft = ({ members }: Group): boolean => {
    const suspects = new Float64Array(n).fill(-Infinity)
    for (const i of members) suspects[i] = 0
    return testimony(suspects, left) !== null
  }
  const isOdd = (group: Group) => shareOfTheirLabel(group, labels, neighbours) <= LIKE_THEIR_LABEL && areLeft(group)
  if (!found.some(areLeft)) return []
  const beyond = (group: Group) => Math.min(group.evidence, beyondTheirClass(group, scores, labels))
  const bySharp = await expectedWithoutFar(view, labels, scores)
  const odd = found
    .filter((group) => isOdd(group) && !areExpected(group, bySharp, n))
    .map((group) => ({ ...group, evidence: beyond(group) }))
  const sharp = extremeGroups(scores, labels, bySharp, 'nothing')
    .flatMap((group) => unexpected(group, bySharp, n))
    .filter(isOdd)
    .filter(({ members, label }) => labels.counts[label]! - members.length >= FEWEST_OTHERS)
    .map((group) => ({ ...group, evidence: Math.max(beyond(group), group.evidence * BY_THEMSELVES) }))
  const sure = [...odd, ...sharp].filter(({ evidence }) => evidence >= LEAST_EVIDENCE * Math.max(1, ENOUGH_RECORDS / n))
  // of two groups of one label the larger
  return sure
    .filter((group) => sure.every((other) => other === group || other.label !== group.label || isLarger(group, other)))
    .map((group) => ({
      ...group,
      summary: `${group.members.length} images labelled ${labels.names[group.label]} are near no others by what they show, and look like other labels, if any`,
    }))
}

function isLarger(group: Group, other: Group): boolean {
  const [own, theirs] = [group.members.length, other.members.length]
  return own > theirs || (own === theirs && group.evidence >= other.evidence)
}

/**
 * The posterior of the labels by all predictors, which have learnt nothing from the farthest records; null for a record
 * when more than half of its label's records are among these.
 */
async function expectedWithoutFar(view: WindowView, labels: Grouping, scores: Float64Array): Promise<Expected> {
  const far = new Set(highestFirst(scores).subarray(0, Math.floor(Math.max(...FARTHEST.shares) * scores.length)))
  const lost = lostTo(far, labels)
  const { consensus } = await view.expectedBy(withoutLabels(labels, (i) => far.has(i)))
  return (i) => {
    const given = labels.of[i]!
    if (given < 0 || 2 * lost[given]! > labels.counts[given]!) return null
    return consensus.data.slice(i * consensus.cols, (i + 1) * consensus.cols)
  }
}

/** By label: how many of its records are among these. */
function lostTo(far: Iterable<number>, labels: Grouping): Int32Array {
  const lost = new Int32Array(labels.names.length)
  for (const i of far) if (labels.of[i]! >= 0) lost[labels.of[i]!]!++
  return lost
}

/** How likely the group's label is for each of its members. */
function likelyFor({ members, label }: Group, expected: Expected, n: number): Float64Array {
  const none = new Uint8Array(n)
  return Float64Array.from(members, (i) => expected(i, none)?.[label] ?? 0)
}

/** Whether most of the group was expected to bear its label. */
function areExpected(group: Group, expected: Expected, n: number): boolean {
  const likely = likelyFor(group, expected, n)
  return likely.reduce((sum, p) => sum + p, 0) >= LIKELY * likely.length
}

/** The members of a group whose label was not likely; none where they are too few for a group. */
function unexpected(group: Group, expected: Expected, n: number): Group[] {
  const likely = likelyFor(group, expected, n)
  const members = group.members.filter((_, at) => likely[at]! < LIKELY)
  if (members.length < SMALLEST) return []
  const posterior = group.posterior.filter((_, at) => likely[at]! < LIKELY)
  return [{ ...group, members, posterior }]
}

/** Of the nearest records outside the group that a middling member has, the share that bear the group's label. */
function shareOfTheirLabel(
  { members, label }: Pick<Group, 'members' | 'label'>,
  { of }: Grouping,
  { index, k }: Neighbours,
): number {
  const own = new Set(members)
  const shares = Float64Array.from(members, (i) => {
    const others = index.subarray(i * k, (i + 1) * k).filter((j) => !own.has(j))
    const asked = others.subarray(0, ASKED)
    return asked.reduce((count, j) => count + Number(of[j] === label), 0) / Math.max(1, asked.length)
  })
  return quantile(shares, 0.5)
}

/**
 * Log-likelihood ratio of so many members against the tail of the label's other records (Pickands 1975), which may be
 * `MISREAD` times as heavy. 0 where the others are too few, or where their median lies farther out than the share
 * `farther` of all records: far images are usual for such a label.
 */
export function beyondTheirClass(
  { members, label }: Pick<Group, 'members' | 'label'>,
  scores: Float64Array,
  labels: Grouping,
  farther = FARTHER,
): number {
  const own = new Set(members)
  const others = scores.filter((_, i) => labels.of[i] === label && !own.has(i))
  if (others.length < FEWEST_OTHERS || quantile(others, 0.5) > quantile(scores, farther)) return 0
  const least = members.reduce((low, i) => Math.min(low, scores[i]!), Infinity)
  const due = MISREAD * others.length * Math.exp(-tailSurprise(others, COUNTED, SHOULDER)(least))
  return members.length <= due ? 0 : members.length * Math.log(members.length / due) - members.length + due
}

function quantile(of: Float64Array, share: number): number {
  return ascending(of)[Math.floor(share * of.length)]!
}

/**
 * The calibrated posterior of the labels by a discriminant of `axes`, learnt without the farthest records; null for a
 * record when more than half of its label's records are among these.
 */
export function expectedFromNear(
  labels: Grouping,
  scores: Float64Array,
  axes: Matrix,
  leftOut = LEFT_OUT,
): Expected | null {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b)
  const far = order.subarray(0, Math.floor(leftOut * order.length))
  const rest = order.subarray(far.length)
  // Every second record, so that both halves lie equally far out.
  const taught = rest.filter((_, at) => at % 2 === 0)
  if (taught.length < PER_AXIS * axes.cols) return null
  const posterior = linearDiscriminant(axes, labels, taught)
  if (posterior === null) return null
  const asked = labels.of.slice()
  for (const i of far) asked[i] = -1
  for (const i of taught) asked[i] = -1
  const calibration = new Calibration(posterior, asked)
  const kinds = labels.names.length
  const lost = lostTo(far, labels)
  return (i) => {
    const given = labels.of[i]!
    if (given < 0 || 2 * lost[given]! > labels.counts[given]!) return null
    const likely = posterior.data.slice(i * kinds, (i + 1) * kinds)
    calibration.apply(likely)
    return likely
  }
}
