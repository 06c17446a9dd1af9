import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { matrix } from '../../numeric/matrix.ts'
import type { WindowView } from '../../view/window-view.ts'
import { silent, usable } from '../held-back.ts'
import { largest } from './label-quality.ts'

/**
 * Confident learning (Northcutt, Jiang & Chuang 2021, Confident Learning: Estimating Uncertainty in Dataset Labels).
 * From each cross-fitted probability the mean confidence of its class is subtracted, so that an over-confident class
 * does not claim the records of another one. The score is the margin of the best other label over the given one.
 * Unlabelled records score −1.
 */
export class ConfidentLearning implements Detector {
  readonly info: DetectorInfo = { name: 'confident-learning', family: 'label', version: 1 }
  readonly needs = ['labels'] as const
  readonly tags = { role: 'supporting', calibration: 'label-noise' } as const

  async score(view: WindowView): Promise<Detection> {
    const { labels, n } = view
    if (!usable(labels)) return silent(n, 'confident-learning held back: fewer than two labels are in use')
    const { outOfFold } = await view.probe()
    const classes = labels.names.length
    const confidence = new Float64Array(classes)
    labels.of.forEach((label, i) => {
      if (label >= 0)
        confidence[label] = confidence[label]! + outOfFold.data[i * classes + label]! / labels.counts[label]!
    })
    const mean = confidence.reduce((sum, value) => sum + value / classes, 0)
    const adjusted = matrix(
      n,
      classes,
      outOfFold.data.map((p, at) => p - confidence[at % classes]! + mean),
    )
    const scores = Float64Array.from(labels.of, (label, i) => {
      if (label < 0) return -1
      let other = -Infinity
      for (let c = 0; c < classes; c++) if (c !== label) other = Math.max(other, adjusted.data[i * classes + c]!)
      return other - adjusted.data[i * classes + label]!
    })
    const why = (i: number) =>
      `Judged by a model that did not see it, it is ${labels.names[largest(adjusted, i)]} rather than ${labels.names[labels.of[i]!]}.`
    return { scores, scale: 'relative', groups: [], why }
  }
}
