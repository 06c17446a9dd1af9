import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { neighbourVote } from '../../predict/neighbour-vote.ts'
import type { WindowView } from '../../view/window-view.ts'
import { silent, usable } from '../held-back.ts'

export interface LossBasedOptions {
  /** Epochs that count as early. */
  readonly early?: number
  readonly neighbours?: number
}

/**
 * Labels that are learnt early although the record's content does not explain them. A score is ln p(label) by the
 * probe, as the mean of its first epochs, less ln p(label) by the record's neighbours. Anti-backdoor learning (Li et
 * al. 2021, Anti-Backdoor Learning: Training Clean Models on Poisoned Data) isolates the records that are learnt
 * fastest; easy clean records are learnt fast too, but their neighbours agree. Unlabelled records score 0.
 */
export class LossBased implements Detector {
  readonly info: DetectorInfo = { name: 'loss-based', family: 'trigger', version: 1 }
  readonly needs = ['labels'] as const
  readonly tags = { role: 'supporting' } as const
  readonly #early: number
  readonly #neighbours: number

  constructor({ early = 3, neighbours = 60 }: LossBasedOptions = {}) {
    this.#early = early
    this.#neighbours = neighbours
  }

  async score(view: WindowView): Promise<Detection> {
    const { labels, n } = view
    if (!usable(labels)) return silent(n, 'loss-based held back: fewer than two labels are in use')
    const { losses } = await view.probe()
    const vote = neighbourVote(labels, await view.neighbours(), this.#neighbours)
    const epochs = Math.min(this.#early, losses.cols)
    const scores = Float64Array.from(labels.of, (label, i) => {
      if (label < 0) return 0
      let loss = 0
      for (let e = 0; e < epochs; e++) loss += losses.data[i * losses.cols + e]! / epochs
      return -loss - Math.log(Math.max(1e-9, vote.data[i * vote.cols + label]!))
    })
    const why = (i: number) =>
      `A model learns early that it is ${labels.names[labels.of[i]!]}, though the records most like it are not.`
    return { scores, scale: 'relative', groups: [], why }
  }
}
