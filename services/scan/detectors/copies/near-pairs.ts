import type { Neighbours } from '../../view/window-view.ts'

/** When two records are near-copies. */
export interface Near {
  /** How many of a record's neighbours may count as its copies. */
  readonly neighbours: number
  /** Two records are near-copies when closer than this share of the window's median nearest distance. */
  readonly share: number
}

export const NEAR: Near = { neighbours: 30, share: 0.15 }

/** Yields each record with each of its near-copies; a pair comes twice where each is among the other's neighbours. */
export function* nearPairs(
  neighbours: Neighbours,
  n: number,
  { neighbours: limit, share }: Near,
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

export function medianNearest({ k, distance }: Neighbours, n: number): number {
  if (k === 0) return 0
  const nearest = Float32Array.from({ length: n }, (_, i) => distance[i * k]!).sort()
  return nearest[Math.floor(n / 2)] ?? 0
}

/** The places 0 … n·k − 1 of n × k distances in an order in which each row's distances ascend. */
export function nearestFirst(distance: Float32Array, n: number, k: number): Int32Array {
  const places = new Int32Array(n * k)
  for (let i = 0; i < n; i++) {
    const own = places.subarray(i * k, (i + 1) * k)
    // by insertion, for rows come nearly in order, and a comparison by function costs many times as much
    for (let at = 0; at < k; at++) {
      const far = distance[i * k + at]!
      let to = at
      for (; to > 0 && distance[own[to - 1]!]! > far; to--) own[to] = own[to - 1]!
      own[to] = i * k + at
    }
  }
  return places
}
