import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { isSharp, neighbourVote } from '../../predict/expected.ts'
import type { WindowView } from '../../view/window-view.ts'
import { silent, usable } from '../held-back.ts'

/** Of both crowds this share must bear one other label. */
const AGREED = 0.85
const CROWDS = [10, 60]
/** Real labels are contradicted so outright in this share of records without anybody's doing. */
const NATURAL = 0.005

/**
 * Whether more labels than usual are contradicted by nearly all neighbours, near and far, where neighbours tell labels well: a
 * look at the window as a whole. Scores are the log-likelihood ratio of as many, for those that are; 0 for all others.
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
    const against = (i: number, c: number) =>
      c !== labels.of[i] && votes.every(({ data }) => data[i * classes + c]! >= AGREED)
    const members = Int32Array.from(labels.of.keys()).filter(
      (i) => labels.of[i]! >= 0 && labels.names.some((_, c) => against(i, c)),
    )
    const [observed, expected] = [members.length, NATURAL * n + 1]
    const evidence = observed > expected ? observed * Math.log(observed / expected) - (observed - expected) : 0
    const scores = new Float64Array(n)
    for (const i of members) scores[i] = evidence
    const summary = `${observed} records bear a label that nearly all records like them do not`
    const posterior = new Float64Array(observed).fill(1 - expected / Math.max(observed, expected))
    const groups = evidence > 0 ? [{ members, posterior, evidence, label: -1, summary }] : []
    return { scores, scale: 'absolute', groups, why: () => 'Nearly all records like it bear another label.' }
  }
}
