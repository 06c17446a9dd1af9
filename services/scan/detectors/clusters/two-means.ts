import type { Matrix } from '../../numeric/matrix.ts'
import { addShare } from '../../numeric/rows.ts'

const ROUNDS = 50

/** 2-means from a split at the mean of the first axis. Distances to the own and the other centre; 1 in the smaller part. */
export function twoMeans(x: Matrix): { near: Float64Array; far: Float64Array; minority: Uint8Array } {
  const { rows: n, cols: d } = x
  let side = Uint8Array.from({ length: n }, (_, i) => Number(x.data[i * d]! > 0))
  const centres = [new Float64Array(d), new Float64Array(d)] as const
  const distances = [new Float64Array(n), new Float64Array(n)] as const
  for (let round = 0; round < ROUNDS; round++) {
    for (const part of [0, 1] as const) {
      const size = side.reduce((sum, s) => sum + Number(s === part), 0)
      centres[part].fill(0)
      for (let i = 0; i < n; i++) {
        if (side[i] !== part) continue
        addShare(centres[part], x.data, i * d, size, d)
      }
      for (let i = 0; i < n; i++) distances[part][i] = Math.sqrt(squaredFrom(x.data, i * d, centres[part]))
    }
    const next = side.map((_, i) => Number(distances[1][i]! < distances[0][i]!))
    const settled = next.every((s, i) => s === side[i])
    side = next
    if (settled) break
  }
  const upper = side.reduce((sum, s) => sum + s, 0)
  const small = upper * 2 <= n ? 1 : 0
  return {
    near: Float64Array.from(side, (s, i) => distances[s === 1 ? 1 : 0][i]!),
    far: Float64Array.from(side, (s, i) => distances[s === 1 ? 0 : 1][i]!),
    minority: side.map((s) => Number(s === small)),
  }
}

function squaredFrom(data: Float32Array, at: number, centre: Float64Array): number {
  let sum = 0
  for (let j = 0; j < centre.length; j++) sum += (data[at + j]! - centre[j]!) ** 2
  return sum
}
