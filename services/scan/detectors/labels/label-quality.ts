import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import type { Matrix } from '../../numeric/matrix.ts'
import { highestFirst } from '../../numeric/sorted.ts'
import type { WindowView } from '../../view/window-view.ts'
import { silent, usable } from '../held-back.ts'

/**
 * How badly a label fits its record: the mean surprise of two views. One is the consensus of predictors that did not
 * see the label (neighbours near and far, a cross-fitted probe, kernel regression: Zhu et al. 2022, Detecting Corrupted
 * Labels Without Training a Model to Predict). The other is the area under the margin of the probe that saw it (Pleiss
 * et al. 2020, Identifying Mislabeled Data using the Area Under the Margin Ranking). The surprise of a view is −ln of
 * the share of records that it finds at least as suspicious, so that both views have one scale. Unlabelled records
 * score 0.
 */
export class LabelQuality implements Detector {
  readonly info: DetectorInfo = { name: 'label-quality', family: 'label', version: 1 }
  readonly needs = ['labels'] as const
  readonly tags = { role: 'carrier', calibration: 'label-noise' } as const

  async score(view: WindowView): Promise<Detection> {
    const { labels, n } = view
    if (!usable(labels)) return silent(n, 'label-quality held back: fewer than two labels are in use')
    const { probabilities } = await view.consensus()
    const { margin } = await view.probe()
    const of = labels.of
    const views = [lossOf(probabilities, of), margin.map((value) => -value)]
    const scores = new Float64Array(n)
    for (const raw of views) {
      surprise(raw, of).forEach((value, i) => (scores[i] = scores[i]! + value / views.length))
    }
    const why = (i: number) => {
      const likely = largest(probabilities, i)
      const share = Math.round(100 * probabilities.data[i * probabilities.cols + likely]!)
      return likely === of[i]
        ? `It is a hard case of ${labels.names[likely]}: learnt late and among neighbours of other labels.`
        : `It is labelled ${labels.names[of[i]!]} and looks like ${labels.names[likely]} (${share} %).`
    }
    return { scores, scale: 'relative', groups: [], why }
  }
}

/** −ln p of each record's own label. */
function lossOf(probabilities: Matrix, labels: Int32Array): Float64Array {
  return Float64Array.from(labels, (label, i) =>
    label < 0 ? 0 : -Math.log(Math.max(1e-30, probabilities.data[i * probabilities.cols + label]!)),
  )
}

/** −ln of the share of labelled records that score at least as high, ties by their mean rank; 0 without a label. */
function surprise(scores: Float64Array, labels: Int32Array): Float64Array {
  const order = highestFirst(scores).filter((i) => labels[i]! >= 0)
  const out = new Float64Array(scores.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && scores[order[to]!] === scores[order[from]!]) to++
    const value = -Math.log((from + to) / 2 / order.length)
    for (let at = from; at < to; at++) out[order[at]!] = Math.max(0, value)
    from = to
  }
  return out
}

export function largest(m: Matrix, i: number): number {
  let best = 0
  for (let c = 1; c < m.cols; c++) if (m.data[i * m.cols + c]! > m.data[i * m.cols + best]!) best = c
  return best
}
