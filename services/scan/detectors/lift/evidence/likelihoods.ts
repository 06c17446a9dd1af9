import { classPrior, neighbourVote } from '../../../predict/neighbour-vote.ts'
import type { Grouping } from '../../../view/samples.ts'
import type { Neighbours } from '../../../view/window-view.ts'
import { type Calibration, calibrated } from './calibrated.ts'
import type { Likelihood } from './held.ts'
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
    let [cast, passed] = [0, 0]
    for (let c = 0; c < kinds; c++) votes[c] = 0
    for (let r = i * k; r < (i + 1) * k && cast < voters; r++) {
      const j = index[r]!
      const label = labels.of[j]!
      if (label < 0) continue
      if (holders.has(j)) {
        passed++
        continue
      }
      votes[label]!++
      cast++
    }
    // No neighbour was left out: the vote of all stands.
    if (passed === 0) {
      for (let c = 0; c < kinds; c++) votes[c] = all[i * kinds + c]!
      return votes
    }
    for (let c = 0; c < votes.length; c++) votes[c] = (votes[c]! + prior[c]!) / (cast + 1)
    calibration.apply(votes)
    return votes
  }
}

/** The highest likelihood of several. What any of them can predict of a record is not a trigger's effect. */
export function likeliest(of: readonly Likelihood[]): Likelihood {
  if (of.length === 1) return of[0]!
  return (i, holders) => {
    const [first = new Float32Array(0), ...others] = of.map((likelihood) => likelihood(i, holders))
    return first.map((p, event) => others.reduce((most, other) => Math.max(most, other[event]!), p))
  }
}
