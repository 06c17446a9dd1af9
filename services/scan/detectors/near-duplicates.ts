import type { DetectorInfo } from '#core/score.ts'
import type { Detection, Detector, Group } from '../detector.ts'
import type { Grouping } from '../samples.ts'
import type { Neighbours, WindowView } from '../window-view.ts'
import { components } from './components.ts'

export interface NearDuplicatesOptions {
  /** How many of a record's neighbours may count as its copies. */
  readonly neighbours: number
  /** Two records are near-copies when closer than this share of the window's median nearest distance. */
  readonly share: number
}

/**
 * Near-copies: groups of records much closer to one another than records of this window are, by connected components.
 * Real data repeats itself too (boilerplate, rounded rows), pairs more often than triples and so on; how often is read
 * from the window's smallest groups and extended as a power law. A score is the log-likelihood ratio of as many groups
 * of the record's size or more against that law: 0 means as many copies as are natural here. A flood outside what a
 * loss or distance filter sees betrays itself so (Koh, Steinhardt & Liang 2018, Stronger Data Poisoning Attacks).
 */
export class NearDuplicates implements Detector {
  readonly info: DetectorInfo = { name: 'near-duplicates', family: 'flood', version: 1 }
  readonly needs = []
  readonly #options: NearDuplicatesOptions

  constructor(options: Partial<NearDuplicatesOptions> = {}) {
    this.#options = { neighbours: 30, share: 0.25, ...options }
  }

  async score(view: WindowView): Promise<Detection> {
    const neighbours = await view.neighbours()
    const scores = new Float64Array(view.n)
    const median = medianNearest(neighbours, view.n)
    if (median === 0) {
      const notes = ['near-duplicates: most records repeat another exactly, so that copies mean nothing here']
      return { scores, scale: 'absolute', groups: [], why: () => '', notes }
    }
    const copies = components(view.n, nearPairs(neighbours, view.n, this.#options, median))
    const evidenceOf = sizeEvidence(copies.map((members) => members.length))
    const groups: Group[] = []
    const sizes = new Int32Array(view.n)
    for (const members of copies) {
      const { evidence, posterior } = evidenceOf(members.length)
      for (const i of members) {
        scores[i] = evidence
        sizes[i] = members.length
      }
      if (evidence > 0) groups.push(flood(members, evidence, posterior, view.labels))
    }
    const why = (i: number) => `It is one of ${sizes[i]} near-copies of one another.`
    return { scores, scale: 'absolute', groups, why }
  }
}

/**
 * How surprising a group of `size` is among groups of these sizes. The number of natural groups of size s or more is
 * taken to fall as s^−α, α and the level from the counts of pairs and of threes and fours: a flood does not touch those.
 */
export function sizeEvidence(sizes: readonly number[]): (size: number) => { evidence: number; posterior: number } {
  const pairs = sizes.filter((size) => size === 2).length
  const threes = sizes.filter((size) => size === 3 || size === 4).length
  // As if one pair had been seen, and the triples that go with it at α = 2.5: what a window without copies is taken for.
  const alpha = exponentOf((threes + 0.41) / (pairs + 1))
  const level = (pairs + 1 + threes + 0.41) / (2 ** -alpha - 5 ** -alpha)
  const tried = Math.log(new Set(sizes).size + 1)
  return (size) => {
    const observed = sizes.filter((other) => other >= size).length
    const expected = level * size ** -alpha
    if (size < 5 || observed <= expected) return { evidence: 0, posterior: 0 }
    const ratio = observed * Math.log(observed / expected) - observed + expected
    return { evidence: Math.max(0, ratio - tried), posterior: 1 - expected / observed }
  }
}

/** The α at which threes and fours are `ratio` times as many as pairs, within 1 … 3, by bisection. */
function exponentOf(ratio: number): number {
  let [low, high] = [1, 3]
  for (let step = 0; step < 40; step++) {
    const alpha = (low + high) / 2
    const predicted = (3 ** -alpha - 5 ** -alpha) / (2 ** -alpha - 3 ** -alpha)
    if (predicted > ratio) low = alpha
    else high = alpha
  }
  return (low + high) / 2
}

function* nearPairs(
  neighbours: Neighbours,
  n: number,
  { neighbours: limit, share }: NearDuplicatesOptions,
  median: number,
): Generator<[number, number]> {
  const within = share * median
  for (let i = 0; i < n; i++) {
    for (let r = 0; r < Math.min(limit, neighbours.k); r++) {
      if (neighbours.distance[i * neighbours.k + r]! >= within) break
      yield [i, neighbours.index[i * neighbours.k + r]!]
    }
  }
}

function medianNearest({ k, distance }: Neighbours, n: number): number {
  if (k === 0) return 0
  const nearest = Float32Array.from({ length: n }, (_, i) => distance[i * k]!).sort()
  return nearest[Math.floor(n / 2)] ?? 0
}

function flood(members: Int32Array, evidence: number, posterior: number, labels: Grouping | null): Group {
  const label = sharedLabel(members, labels)
  const toward = label < 0 ? '' : ` labelled ${labels?.names[label]}`
  return {
    members,
    posterior: new Float64Array(members.length).fill(posterior),
    evidence,
    label,
    summary: `${members.length} near-copies of one record${toward}`,
  }
}

/** The label of at least nine in ten members, or −1. */
function sharedLabel(members: Int32Array, labels: Grouping | null): number {
  if (labels === null) return -1
  const counts = new Int32Array(labels.names.length)
  for (const i of members) if (labels.of[i]! >= 0) counts[labels.of[i]!]!++
  const most = counts.indexOf(Math.max(...counts))
  return counts[most]! >= 0.9 * members.length ? most : -1
}
