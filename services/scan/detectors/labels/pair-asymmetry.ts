import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../../detector.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import type { Grouping } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { silent, usable } from '../held-back.ts'
import { leadingPush } from '../../predict/leading-push.ts'
import { largest } from './label-quality.ts'

/** Log-likelihood ratio from which a pair is a campaign, in nats, after the correction for all pairs. */
const LEAST_EVIDENCE = 6
/** Labels that images and vectors must have for the records of a leading pair to be held. */
const FEWEST_LABELS = 5
/** Nats by which that pair's evidence must exceed `RUNNER_UP` times the evidence of the next pair. */
const LEADS_BY = 12
const RUNNER_UP = 2
/** Share of its class that must be pushed: in a large window of real data a pair has a dozen wrong labels. */
const LEAST_PUSHED = 0.02
/** Natural confusion of similar classes is up to so many times more one-sided than expected. */
const NATURAL = 1.3
/** Share of a class whose labels are wrong in one direction in honest data. */
const USUAL = 0.005
/** Standard errors of a pair's count that are taken off before it counts as pushed. */
const CAUTION = 2
/** Assumed share of labels that are wrong for other reasons: it ranks records where no pair stands out. */
const STRAY = 5e-4
/** Posterior from which a record is a member of a campaign. */
const MEMBER = 0.2

interface Pair {
  readonly from: number
  readonly to: number
  /** The share of class `from` that is pushed into `to`; 0 where the count is within what confusion explains. */
  readonly pushed: number
  readonly evidence: number
  /** The same where as much more confusion is natural as `from` has more records than `to`: of two that look alike, more of the rarer are taken for the other. */
  readonly leads: number
}

interface Found extends Pair {
  readonly group: Group
}

/**
 * One class pushed into another (pair noise: Han et al. 2018, Co-teaching). The records that look like a and are
 * labelled b are compared with the reverse, because natural confusion goes both ways, and with the errors that the
 * predictor expects. A record's score is its log-odds of having been pushed, ln (Σ_a π_ab p_a + stray) − ln p_b, with p
 * the consensus of the predictors and π_ab the share of a that is in excess. A pair's evidence is the Poisson
 * log-likelihood ratio of its count, less the logarithm of the number of pairs. Unlabelled records score ln `STRAY`.
 */
export class PairAsymmetry implements Detector {
  readonly info: DetectorInfo = { name: 'pair-asymmetry', family: 'label', version: 1 }
  readonly needs = ['labels'] as const
  readonly tags = { role: 'supporting', calibration: 'label-noise' } as const

  async score(view: WindowView): Promise<Detection> {
    const { labels, n } = view
    if (!usable(labels)) return silent(n, 'pair-asymmetry held back: fewer than two labels are in use')
    const { probabilities } = await view.consensus()
    const pairs = pairsOf(labels, probabilities)
    const classes = probabilities.cols
    const p = (i: number, c: number) => probabilities.data[i * classes + c]!
    const share = (a: number, b: number) => pairs[a * classes + b]?.pushed ?? 0
    const pushes = (i: number, label: number) => {
      let sum = 0
      for (let a = 0; a < classes; a++) sum += share(a, label) * p(i, a)
      return sum
    }
    const scores = Float64Array.from(labels.of, (label, i) =>
      label < 0
        ? Math.log(STRAY)
        : Math.log(pushes(i, label) + STRAY * (1 - p(i, label)) + 1e-9) - Math.log(p(i, label) + 1e-9),
    )
    const found = pairs
      .filter(({ evidence, pushed }) => pushed > 0 && evidence >= LEAST_EVIDENCE)
      .map((pair) => ({ ...pair, group: groupOf(pair, labels, probabilities) }))
      .filter(({ group }) => group.members.length > 0)
    const why = (i: number) => {
      const label = labels.of[i]!
      let source = -1
      for (let a = 0; a < classes; a++) {
        if (share(a, label) * p(i, a) > (source < 0 ? 0 : share(source, label) * p(i, source))) source = a
      }
      const pushed = source >= 0
      if (!pushed) source = largest(probabilities, i)
      if (source === label || label < 0) return ''
      const sentence = `It is labelled ${labels.names[label]} and looks like ${labels.names[source]}`
      return pushed ? `${sentence}; more go that way than back.` : `${sentence}.`
    }
    const groups = found.map(({ group }) => group)
    const leading = await this.#leading(view, found)
    const extremes = leading === null ? [] : [leading.group]
    return { scores, scale: 'relative', groups, extremes, why }
  }

  /** The pair whose records are held. In vectors, `leadingPush` has to find it as well: tables of numbers are vectors, too. */
  async #leading(view: WindowView, found: readonly Found[]): Promise<Found | null> {
    const { samples, labels } = view
    if (labels === null || (samples.kind !== 'image' && samples.kind !== 'vector')) return null
    const leading = leadingOf(found, labels)
    if (leading === null || samples.kind === 'image') return leading
    const { probabilities } = await view.consensus()
    const { outOfFold } = await view.probe()
    const [push] = leadingPush(outOfFold, probabilities, labels)
    return push !== undefined && push.from === leading.from && push.to === leading.to ? leading : null
  }
}

/**
 * The pair that leads all others by far, if there is one. Natural confusion has several pairs at once (shirts,
 * pullovers and coats), so that the runner-up shows what is natural.
 */
function leadingOf(found: readonly Found[], labels: Grouping): Found | null {
  if (labels.counts.filter((count) => count > 0).length < FEWEST_LABELS) return null
  const [first, second] = found.toSorted((a, b) => b.evidence - a.evidence)
  if (first === undefined || first.pushed < LEAST_PUSHED) return null
  return first.leads - RUNNER_UP * (second?.evidence ?? 0) >= LEADS_BY ? first : null
}

/** Every ordered pair of classes, K × K; a class paired with itself has no evidence. */
function pairsOf(labels: Grouping, probabilities: Matrix): Pair[] {
  const classes = labels.names.length
  const seen = new Float64Array(classes * classes)
  const due = new Float64Array(classes * classes)
  const size = new Float64Array(classes)
  labels.of.forEach((label, i) => {
    if (label < 0) return
    const likely = largest(probabilities, i)
    size[likely]!++
    seen[likely * classes + label]!++
    // The predictor's errors are not symmetric, and its probabilities predict them.
    for (let c = 0; c < classes; c++) {
      due[likely * classes + c] = due[likely * classes + c]! + probabilities.data[i * classes + c]!
    }
  })
  const tried = Math.log(Math.max(1, classes * (classes - 1)))
  return Array.from(seen, (forth, at) => {
    const [from, to] = [Math.floor(at / classes), at % classes]
    const expected = 0.5 + NATURAL * Math.max(seen[to * classes + from]!, due[at]!, USUAL * size[from]!)
    if (from === to || forth <= expected) return { from, to, pushed: 0, evidence: 0, leads: 0 }
    const certain = forth - expected - CAUTION * Math.sqrt(forth)
    const larger = Math.max(1, labels.counts[from]! / Math.max(1, labels.counts[to]!))
    const [evidence, leads] = [surplus(forth, expected) - tried, surplus(forth, larger * expected) - tried]
    return { from, to, pushed: Math.max(0, certain) / size[from]!, evidence, leads }
  })
}

/** Log-likelihood ratio of a Poisson count against what was expected; 0 where no more were counted. */
function surplus(count: number, expected: number): number {
  return count <= expected ? 0 : count * Math.log(count / expected) - (count - expected)
}

function groupOf({ from, to, pushed, evidence }: Pair, labels: Grouping, probabilities: Matrix): Group {
  const classes = probabilities.cols
  const posteriorOf = (i: number) => {
    const push = pushed * probabilities.data[i * classes + from]!
    return push / (push + probabilities.data[i * classes + to]! + 1e-9)
  }
  const members = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i] === to && posteriorOf(i) >= MEMBER)
  const summary = `${members.length} records look like ${labels.names[from]} and are labelled ${labels.names[to]}`
  return { members, posterior: Float64Array.from(members, posteriorOf), evidence, label: to, summary }
}
