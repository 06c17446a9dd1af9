import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../view/samples.ts'
import type { Neighbours } from '../view/window-view.ts'

/** n × K: the share of each label among the k nearest labelled neighbours, with the class prior as one more vote. */
export function neighbourVote(labels: Grouping, neighbours: Neighbours, k: number, prior = classPrior(labels)): Matrix {
  const n = labels.of.length
  const classes = labels.names.length
  const out = matrix(n, classes)
  for (let i = 0; i < n; i++) {
    let votes = 0
    const start = i * classes
    for (let r = 0; r < neighbours.k && votes < k; r++) {
      const label = labels.of[neighbours.index[i * neighbours.k + r]!]!
      if (label < 0) continue
      out.data[start + label] = out.data[start + label]! + 1
      votes++
    }
    for (let c = 0; c < classes; c++) out.data[start + c] = (out.data[start + c]! + prior[c]!) / (votes + 1)
  }
  return out
}

export function classPrior(labels: Grouping): Float64Array {
  const total = labels.counts.reduce((sum, count) => sum + count, 0)
  return Float64Array.from(labels.counts, (count) => count / Math.max(1, total))
}
