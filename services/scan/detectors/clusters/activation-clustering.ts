import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import type { WindowView } from '../../view/window-view.ts'
import { classAxes, classesOf } from '../classes.ts'
import { silent, usable } from '../held-back.ts'
import { groupOf, type OtherKind, otherKinds, sayWhat, type Split } from './other-kind.ts'
import { twoMeans } from './two-means.ts'

/** Labels that images and vectors must have for a part of one to be asked which other label it is of. */
const FEWEST_LABELS = 5

export interface ActivationClusteringOptions {
  readonly dimensions?: number
  readonly fewest?: number
}

/**
 * Activation clustering (Chen et al. 2018, Detecting Backdoor Attacks on Deep Neural Networks by Activation
 * Clustering): each class's last hidden activations, in their 10 leading axes, are split by 2-means; if a class is
 * really two, the smaller part is suspect. A record's score is its margin toward the smaller part (−1…1), times 1 − 2 ×
 * the share of that part, times the simplified silhouette of the split; 0 in classes of fewer than 20. In images and
 * vectors, a part that is the records of another label is a group: see `otherKinds`.
 */
export class ActivationClustering implements Detector {
  readonly info: DetectorInfo = { name: 'activation-clustering', family: 'trigger', version: 1 }
  readonly needs = ['labels'] as const
  readonly tags = { role: 'supporting', splitsLabels: true } as const
  readonly #dimensions: number
  readonly #fewest: number

  constructor({ dimensions = 10, fewest = 20 }: ActivationClusteringOptions = {}) {
    this.#dimensions = dimensions
    this.#fewest = fewest
  }

  async score(view: WindowView): Promise<Detection> {
    const { engine, labels, n } = view
    if (!usable(labels)) return silent(n, 'activation-clustering held back: fewer than two labels are in use')
    const { activations } = await view.probe()
    const scores = new Float64Array(n)
    const sizes = new Map<number, number>()
    const splits: Split[] = []
    for (const { label, members } of classesOf(labels, this.#fewest)) {
      const projected = await classAxes(engine, activations, members, this.#dimensions)
      const { near, far, minority } = twoMeans(projected)
      const share = minority.reduce((sum, inside) => sum + inside, 0) / members.length
      if (share === 0) continue
      splits.push({ label, members, part: minority })
      sizes.set(label, share)
      const apart = near.reduce((sum, a, r) => sum + (far[r]! > 0 ? 1 - a / far[r]! : 0), 0) / members.length
      members.forEach((i, r) => {
        const total = near[r]! + far[r]!
        const margin = total > 0 ? (far[r]! - near[r]!) / total : 0
        scores[i] = (minority[r] === 1 ? margin : -margin) * (1 - 2 * share) * apart
      })
    }
    const kinds = await kindsAmong(splits, view)
    const kindAt = new Map(kinds.flatMap((kind) => Array.from(kind.members, (i) => [i, kind] as const)))
    const why = (i: number) => {
      const label = labels.of[i]!
      const kind = kindAt.get(i)
      if (kind !== undefined)
        return `It is labelled ${labels.names[label]} and looks like ${sayWhat(kind, labels)}; ${kind.members.length} records are so.`
      const share = Math.round(100 * (sizes.get(label) ?? 0))
      return `The model sees two kinds of ${labels.names[label]}; it is of the smaller one, ${share} % of them.`
    }
    // Where several labels hold one another's records, labels are vague, and nobody pushed a class.
    const extremes = kinds.length === 1 ? kinds.map((kind) => groupOf(kind, labels)) : []
    const vague = kinds.map(({ label, from }) => `${labels.names[label]} those of ${labels.names[from]}`)
    const notes =
      vague.length > 1 ? [`Labels hold records of two kinds, and are not held for that: ${vague.join('; ')}.`] : []
    return { scores, scale: 'relative', groups: [], extremes, notes, why }
  }
}

async function kindsAmong(splits: readonly Split[], view: WindowView): Promise<OtherKind[]> {
  const { labels, samples } = view
  const used = labels?.counts.filter((count) => count > 0).length ?? 0
  if (labels === null || used < FEWEST_LABELS || (samples.kind !== 'image' && samples.kind !== 'vector')) return []
  return otherKinds(splits, { x: await view.reduced(), labels, neighbours: await view.neighbours() })
}
