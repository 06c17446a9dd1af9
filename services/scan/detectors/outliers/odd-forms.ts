import { testimony } from '../../calibrate/company.ts'
import { ENOUGH_RECORDS } from '../../calibrate/enough.ts'
import { type Expected, extremeGroups } from '../../calibrate/extremes.ts'
import { tailSurprise } from '../../calibrate/tail.ts'
import type { Group } from '../../detector.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import { linearDiscriminant } from '../../predict/linear-discriminant.ts'
import type { Grouping } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { Calibration } from '../lift/calibrated.ts'
import { leftByAxes } from './reconstruction.ts'

/** The share of the records, those farthest by their forms, that nothing is learnt of: as many may be of another kind. */
const LEFT_OUT = 0.05
/** Records that a predictor is learnt of have so many times as many as it has axes. */
const PER_AXIS = 10
/** Fewer records of a label have no tail. */
const FEWEST_OTHERS = 80
/** Of a label's other records the share that the tail is read from, and the highest of it, which are only counted: what was planted may be among them. */
const SHOULDER = 0.4
const COUNTED = 0.1
/** The tail may be misread by this factor. */
const MISREAD = 1.5
const FARTHER = 0.75
/** What must be left of the evidence. */
const LEAST_EVIDENCE = 10

/**
 * Groups of images that are far from all others by their forms and share a label that their own forms contradict: images of another kind that somebody labelled
 * as one of these. What the other records of a label look like is learnt without those far out (`linearDiscriminant`), of one half of the rest, and how far that may be believed of the other. A class
 * whose forms vary has far ones by nature, which look like the class; a class of all sorts has such that look like none, but they lie among the
 * others by what principal axes leave of them, as those of another kind do not (`testimony`).
 */
export async function oddForms(view: WindowView, scores: Float64Array, axes: Matrix): Promise<readonly Group[]> {
  const { labels, n } = view
  if (labels === null) return []
  const expected = expectedByForms(labels, scores, axes)
  if (expected === null) return []
  const found = extremeGroups(scores, labels, expected, 'nothing')
  if (found.length === 0) return []
  const left = (await leftByAxes(view)).scores
  return found
    .filter(({ members }) => {
      const suspects = new Float64Array(n).fill(-Infinity)
      for (const i of members) suspects[i] = 0
      return testimony(suspects, left) !== null
    })
    .map((group) => ({ ...group, evidence: Math.min(group.evidence, beyondTheirClass(group, scores, labels)) }))
    .filter(({ evidence }) => evidence >= LEAST_EVIDENCE * Math.max(1, ENOUGH_RECORDS / n))
    .map((group) => ({
      ...group,
      summary: `${group.members.length} images labelled ${labels.names[group.label]} are near no others by what they show, and look like other labels, if any`,
    }))
}

/**
 * Log-likelihood ratio of as many members against the tail of the label's other records (Pickands 1975), which may be misread. 0 where these are too few to tell,
 * or lie farther out than three quarters of all records by and large: far ones are what such a label is like.
 */
function beyondTheirClass({ members, label }: Group, scores: Float64Array, labels: Grouping): number {
  const own = new Set(members)
  const others = scores.filter((_, i) => labels.of[i] === label && !own.has(i))
  if (others.length < FEWEST_OTHERS || quantile(others, 0.5) > quantile(scores, FARTHER)) return 0
  const least = members.reduce((low, i) => Math.min(low, scores[i]!), Infinity)
  const due = MISREAD * others.length * Math.exp(-tailSurprise(others, COUNTED, SHOULDER)(least))
  return members.length <= due ? 0 : members.length * Math.log(members.length / due) - members.length + due
}

function quantile(of: Float64Array, share: number): number {
  return of.toSorted()[Math.floor(share * of.length)]!
}

/** The calibrated posterior of the labels by forms; null of records whose label is hardly known but by records far out. */
function expectedByForms(labels: Grouping, scores: Float64Array, axes: Matrix): Expected | null {
  const order = Int32Array.from(scores.keys()).sort((a, b) => scores[b]! - scores[a]! || a - b)
  const far = order.subarray(0, Math.floor(LEFT_OUT * order.length))
  const rest = order.subarray(far.length)
  // Every second one, so that both halves lie as far out.
  const taught = rest.filter((_, at) => at % 2 === 0)
  if (taught.length < PER_AXIS * axes.cols) return null
  const posterior = linearDiscriminant(axes, labels, taught)
  if (posterior === null) return null
  const asked = labels.of.slice()
  for (const i of far) asked[i] = -1
  for (const i of taught) asked[i] = -1
  const calibration = new Calibration(posterior, asked)
  const kinds = labels.names.length
  const lost = new Int32Array(kinds)
  for (const i of far) if (labels.of[i]! >= 0) lost[labels.of[i]!]!++
  return (i) => {
    const given = labels.of[i]!
    if (given < 0 || 2 * lost[given]! > labels.counts[given]!) return null
    const likely = posterior.data.slice(i * kinds, (i + 1) * kinds)
    calibration.apply(likely)
    return likely
  }
}
