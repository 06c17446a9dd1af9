import { classPrior, neighbourVote } from '../../../predict/neighbour-vote.ts'
import type { Grouping } from '../../../view/samples.ts'
import type { Neighbours } from '../../../view/window-view.ts'
import { type Calibration, calibrated } from './calibrated.ts'
import type { Likelihood, RecordSet } from './held.ts'
import type { Events } from './tests.ts'

/** The likelihoods of the events as they are, whoever holds the token. */
export function plainly({ likely, kinds }: Events): Likelihood {
  return (i) => likely.subarray(i * kinds, (i + 1) * kinds)
}

/** Calibrated votes of the nearest labelled neighbours that do not hold the token. */
export function voteWithout(
  labels: Grouping,
  neighbours: Neighbours,
  voters: number,
  calibration: Calibration,
): Likelihood {
  const prior = classPrior(labels)
  const kinds = labels.names.length
  const all = calibrated(neighbourVote(labels, neighbours, voters), calibration).data
  const votes = new Float32Array(kinds)
  const { index, k } = neighbours
  return (i, holders) => {
    const first = i * k
    const passed = castWithout(votes, index, first, first + k, voters, labels.of, holders)
    // No neighbour was left out: the vote of all stands.
    if (passed < 0) {
      for (let c = 0; c < kinds; c++) votes[c] = all[i * kinds + c]!
      return votes
    }
    for (let c = 0; c < kinds; c++) votes[c] = (votes[c]! + prior[c]!) / (passed + 1)
    calibration.apply(votes)
    return votes
  }
}

/**
 * Counts the labels of the first `voters` labelled neighbours, which are at `first` … `end` in `index`, that are no holders.
 * Returns how many these are; −1 where none was passed over, of which no votes are counted.
 */
function castWithout(
  votes: Float32Array,
  index: Int32Array,
  first: number,
  end: number,
  voters: number,
  labels: Int32Array,
  holders: RecordSet,
): number {
  let at = first
  let cast = 0
  for (; at < end && cast < voters; at++) {
    const j = index[at]!
    if (labels[j]! < 0) continue
    if (holders.has(j)) break
    cast++
  }
  if (at === end || cast === voters) return -1
  votes.fill(0)
  for (let r = first; r < at; r++) if (labels[index[r]!]! >= 0) votes[labels[index[r]!]!]!++
  for (at++; at < end && cast < voters; at++) {
    const j = index[at]!
    const label = labels[j]!
    if (label < 0 || holders.has(j)) continue
    votes[label]!++
    cast++
  }
  return cast
}

/** The highest likelihood of several. What any of them can predict of a record is not a trigger's effect. */
export function likeliest(of: readonly Likelihood[]): Likelihood {
  if (of.length === 1) return of[0]!
  return (i, holders) => {
    const [first = new Float32Array(0), ...others] = of.map((likelihood) => likelihood(i, holders))
    return first.map((p, event) => others.reduce((most, other) => Math.max(most, other[event]!), p))
  }
}
