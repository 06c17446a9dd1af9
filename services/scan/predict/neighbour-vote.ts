import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { Grouping } from '../view/samples.ts'
import type { Neighbours } from '../view/window-view.ts'

/** The votes that were counted among these neighbours, by their labels: several ask for the same. */
const known = new WeakMap<Neighbours, WeakMap<Grouping, Map<number, Matrix>>>()

/**
 * n × K: the share of each label among the k nearest labelled neighbours, with the class prior as one more vote. All who
 * ask share it: nobody writes to it.
 */
export function neighbourVote(labels: Grouping, neighbours: Neighbours, k: number): Matrix {
  const byLabels = known.get(neighbours) ?? new WeakMap<Grouping, Map<number, Matrix>>()
  known.set(neighbours, byLabels)
  const votes = byLabels.get(labels) ?? new Map<number, Matrix>()
  byLabels.set(labels, votes)
  const vote = votes.get(k) ?? countVotes(labels, neighbours, k)
  votes.set(k, vote)
  return vote
}

function countVotes(labels: Grouping, neighbours: Neighbours, k: number): Matrix {
  const prior = classPrior(labels)
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
