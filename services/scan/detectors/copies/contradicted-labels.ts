import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import { isSharp, neighbourVote } from '../../predict/expected.ts'
import { linearDiscriminant } from '../../predict/linear-discriminant.ts'
import { bulkLoss } from '../../predict/probabilities.ts'
import type { Grouping } from '../../view/samples.ts'
import type { WindowView } from '../../view/window-view.ts'
import { silent, usable } from '../held-back.ts'

/** Share of a record's nearest neighbours that must bear one and the same other label. */
const AGREED = 0.85
/** Numbers of nearest neighbours; the share must be reached among each. */
const CROWDS = [10, 60]
/** Share of records with labels that are contradicted so in honest data. */
const NATURAL = 0.005
/** The least probability of the neighbours' label where labels do not overlap. */
const APART = 0.98
/** Share of records with labels that are contradicted where labels do not overlap, in honest data. */
const NATURAL_APART = 0.002

/** The log-likelihood ratio of a number of records against the expected one; 0 where it is no larger. */
function surplus(observed: number, expected: number): number {
  return observed > expected ? observed * Math.log(observed / expected) - (observed - expected) : 0
}

/**
 * The labels' probabilities by a linear discriminant, where it tells labels better than the neighbours do; null otherwise.
 * Beside a boundary of two labels most neighbours lie on its inner side, and seem surer than they should be.
 */
async function sharperThan(votes: readonly Matrix[], view: WindowView, labels: Grouping): Promise<Matrix | null> {
  const linear = linearDiscriminant(await view.reduced(), labels, Int32Array.from(labels.of.keys()))
  const sharpest = Math.min(...votes.map((vote) => bulkLoss(vote, labels.of)))
  return linear !== null && bulkLoss(linear, labels.of) < sharpest ? linear : null
}

/**
 * Judges the window as a whole: whether more labels than usual are contradicted by nearly all neighbours, near and far,
 * where neighbours predict labels well. Where a linear discriminant predicts them better, records that it takes for the
 * overlap of two labels are no evidence. Each contradicted record scores the log-likelihood ratio of their number; all
 * others score 0.
 */
export class ContradictedLabels implements Detector {
  readonly info: DetectorInfo = { name: 'contradicted-labels', family: 'label', version: 1 }
  readonly needs = ['labels'] as const
  readonly tags = { role: 'carrier' } as const

  async score(view: WindowView): Promise<Detection> {
    const { labels, n } = view
    if (!usable(labels)) return silent(n, 'contradicted-labels held back: fewer than two labels are in use')
    if (!isSharp(await view.expected()))
      return silent(n, 'contradicted-labels held back: neighbours do not tell labels')
    const neighbours = await view.neighbours()
    const votes = CROWDS.map((crowd) => neighbourVote(labels, neighbours, crowd))
    const classes = labels.names.length
    const rival = (i: number) =>
      labels.names.findIndex(
        (_, c) => c !== labels.of[i] && votes.every(({ data }) => data[i * classes + c]! >= AGREED),
      )
    const members = Int32Array.from(labels.of.keys()).filter((i) => labels.of[i]! >= 0 && rival(i) >= 0)
    const observed = members.length
    const expected = NATURAL * n + 1
    let evidence = surplus(observed, expected)
    const linear = evidence > 0 ? await sharperThan(votes, view, labels) : null
    if (linear !== null) {
      const apart = members.filter((i) => linear.data[i * classes + rival(i)]! >= APART).length
      evidence = Math.min(evidence, surplus(apart, NATURAL_APART * n + 1))
    }
    const scores = new Float64Array(n)
    for (const i of members) scores[i] = evidence
    const summary = `${observed} records bear a label that nearly all records like them do not`
    const posterior = new Float64Array(observed).fill(1 - expected / Math.max(observed, expected))
    const groups = evidence > 0 ? [{ members, posterior, evidence, label: -1, summary }] : []
    return { scores, scale: 'absolute', groups, why: () => 'Nearly all records like it bear another label.' }
  }
}
