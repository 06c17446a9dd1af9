import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector } from '../../detector.ts'
import { gatherRows, type Matrix } from '../../numeric/matrix.ts'
import { nearestNeighbours } from '../../numeric/neighbours.ts'
import { medianOf } from '../../numeric/select.ts'
import type { Neighbours, WindowView } from '../../view/window-view.ts'
import { classesOf } from '../classes.ts'

export interface OutlierFilteringOptions {
  readonly neighbours?: number
  readonly fewest?: number
}

/**
 * How far a record lies from its own class: ln of the mean distance to its 5 nearest records of the class, its fellows,
 * divided by the class's median of that distance (Paudice et al. 2018, Detection of Adversarial Training Examples in
 * Poisoning Attacks through Anomaly Detection; Ramaswamy et al. 2000, Efficient Algorithms for Mining Outliers from
 * Large Data Sets). Without labels, and for a class of fewer than 20 records, all records are fellows.
 */
export class OutlierFiltering implements Detector {
  readonly info: DetectorInfo = { name: 'outlier-filtering', family: 'outlier', version: 1 }
  readonly needs = [] as const
  readonly tags = { role: 'supporting', farOutIn: 'neighbours', ranksTables: true } as const
  readonly #neighbours: number
  readonly #fewest: number

  constructor({ neighbours = 5, fewest = 20 }: OutlierFilteringOptions = {}) {
    this.#neighbours = neighbours
    this.#fewest = fewest
  }

  async score(view: WindowView): Promise<Detection> {
    const { n, labels } = view
    const reduced = await view.reduced()
    const overall = await view.neighbours()
    const classes = labels ? classesOf(labels, this.#fewest) : []
    const ratio = relative(meanDistances(overall.distance, overall.k, this.#neighbours, n))
    for (const { members } of classes) {
      const own = relative(this.#fellowDistances(view, reduced, overall, members))
      members.forEach((i, r) => (ratio[i] = own[r]!))
    }
    const judged = new Set(classes.flatMap(({ members }) => [...members]))
    const others = (i: number) => (judged.has(i) ? 'records of its class' : 'most records')
    const why = (i: number) =>
      `It is ${ratio[i]!.toFixed(1)} times as far from its nearest fellows as ${others(i)} are.`
    return { scores: ratio.map((value) => Math.log(value + 1e-6)), scale: 'relative', groups: [], why }
  }

  /**
   * The mean distance of each member to its nearest fellows. The window's nearest neighbours, which are known already,
   * hold enough fellows for most members; only for the others a search is made.
   */
  #fellowDistances(
    view: WindowView,
    reduced: Matrix,
    { k, index, distance }: Neighbours,
    members: Int32Array,
  ): Float64Array {
    const isMember = new Uint8Array(view.n)
    for (const i of members) isMember[i] = 1
    const wanted = Math.min(this.#neighbours, members.length - 1)
    const means = new Float64Array(members.length)
    const lonely: number[] = []
    members.forEach((i, r) => {
      let [sum, found] = [0, 0]
      for (let at = i * k; at < (i + 1) * k && found < wanted; at++) {
        if (isMember[index[at]!] === 0) continue
        sum += distance[at]!
        found++
      }
      means[r] = sum / Math.max(1, wanted)
      if (found < wanted) lonely.push(r)
    })
    if (lonely.length === 0) return means
    const own = gatherRows(reduced, members)
    // The first neighbour is left out: it is the member itself, or an equal record.
    const sought = nearestNeighbours(gatherRows(own, lonely), wanted + 1, own)
    lonely.forEach((r, at) => {
      let sum = 0
      for (let m = 1; m <= wanted; m++) sum += sought.distance[at * sought.k + m]!
      means[r] = sum / Math.max(1, wanted)
    })
    return means
  }
}

function meanDistances(distance: Float32Array, k: number, wanted: number, n: number): Float64Array {
  const used = Math.min(k, wanted)
  return Float64Array.from({ length: n }, (_, i) => {
    let sum = 0
    for (let r = 0; r < used; r++) sum += distance[i * k + r]!
    return used === 0 ? 0 : sum / used
  })
}

function relative(distances: Float64Array): Float64Array {
  const typical = medianOf(distances.slice()) || 1
  return distances.map((distance) => distance / typical)
}
