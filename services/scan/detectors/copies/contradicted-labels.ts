import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { isSharp, neighbourVote } from '../../predict/expected.ts'
import type { WindowView } from '../../view/window-view.ts'
import { silent, usable } from '../held-back.ts'

/** Share of a record's nearest neighbours that must bear one and the same other label. */
const AGREED = 0.85
/** Numbers of nearest neighbours; the share must be reached among each. */
const CROWDS = [10, 60]
/** Share of records with labels that are contradicted so in honest data. */
const NATURAL = 0.005

/**
 * Judges the window as a whole: whether more labels than usual are contradicted by nearly all neighbours, near and far,
 * where neighbours predict labels well. Each contradicted record scores the log-likelihood ratio of their number; all
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
