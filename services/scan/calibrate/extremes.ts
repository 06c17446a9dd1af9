import { highestFirst } from '../numeric/sorted.ts'
import { Calibration } from '../detectors/lift/evidence/calibrated.ts'
import {
  addTrial,
  forcedAgainst,
  lawsOf,
  mostAgainst,
  type Trials,
  trials,
  underLaws,
} from '../detectors/lift/evidence/shift.ts'
import type { Group, Knows } from '../detector.ts'
import { classPrior, neighbourVote } from '../predict/neighbour-vote.ts'
import type { Grouping } from '../view/samples.ts'
import type { Neighbours } from '../view/window-view.ts'
import { ENOUGH_RECORDS } from './enough.ts'

/**
 * Shares of the records, the highest, whose labels are tested, and the limits of the bands below them that show what is
 * natural.
 */
export interface Farthest {
  readonly shares: readonly number[]
  readonly bands: readonly number[]
}
export const FARTHEST: Farthest = { shares: [0.0025, 0.005, 0.01, 0.02, 0.04], bands: [0.04, 0.08, 0.16, 0.32, 0.64] }
/** The fewest records that are tested, and the fewest members of one label. */
const FEWEST = 8
const SMALLEST = 6
/** How many neighbours vote on an expected label, and the fewest of them outside the tested records. */
const VOTERS = 10
const HEARD = 3
/** The least quotient of members and expected members: less is no push, however certain. */
const LEAST_LIFT = 1.4
/** The least scale of natural shifts of a label, in log-odds. */
const LEAST_SCALE = 0.4
/** The least evidence, in nats. */
const LEAST_EVIDENCE = 10
/**
 * For a channel that knows classes: how many times the runner-up's evidence is subtracted, and the least evidence after
 * that.
 */
const RUNNER_UP = 2
const LEAST_AGAINST_OTHERS = 30
/** A window needs so many other labels for these to be a null, and of fewer than enough of them the label needs more evidence. */
const FEWEST_OTHERS = 3
const ENOUGH_OTHERS = 9

interface Asked {
  readonly label: number
  readonly members: Int32Array
  readonly likely: Float64Array
  readonly evidence: number
}

/**
 * The groups, by label, of records that a channel finds farthest out and of which far more carry one label than their
 * neighbours outside these records lead to expect. The evidence is the log-likelihood ratio of a label forced on the
 * records against a natural shift, as in the channel's lower bands, less ln of what was tried. Scores that know a
 * record's class find ambiguous classes by nature: there the runner-up among the labels is the null, and one label must
 * stand far out. Windows of fewer records than ENOUGH_RECORDS need more evidence. `counted` returns for how much of a record
 * each member counts.
 */
export function extremeGroups(
  scores: Float64Array,
  labels: Grouping,
  expected: Expected,
  knows: Knows,
  { shares, bands }: Farthest = FARTHEST,
  counted: (members: Int32Array) => number = () => 1,
): Group[] {
  const order = highestFirst(scores)
  const top = (share: number) => order.subarray(0, Math.floor(share * scores.length))
  const tried = Math.log(shares.length * labels.names.length)
  const tested = shares
    .map(top)
    .filter(({ length }) => length >= FEWEST)
    .flatMap((far) =>
      ask(far, labels, expected)
        .map((answer, label) => ({ ...answer, label, placed: { trials: answer.trials, centre: 0 } }))
        .filter(({ members, due }) => members.length >= SMALLEST && members.length >= LEAST_LIFT * due),
    )
  const doubt = Math.max(1, ENOUGH_RECORDS / scores.length)
  const others = labels.counts.filter((count) => count > 0).length - 1
  const few = Math.max(1, ENOUGH_OTHERS / Math.max(1, others))
  const least = doubt * (knows === 'nothing' ? LEAST_EVIDENCE : few * LEAST_AGAINST_OTHERS)
  // The bands below are many records, and are asked only where some laws could leave enough.
  if (tested.every(({ placed }) => mostAgainst(placed, LEAST_SCALE) - tried < least)) return []
  const natural = bands.slice(1).flatMap((share, at) => {
    const band = order.subarray(top(bands[at]!).length, top(share).length)
    return ask(band, labels, expected).map((label) => ({ trials: label.trials, centre: 0 }))
  })
  const laws = lawsOf(natural.map(underLaws), LEAST_SCALE)
  const best: (Asked | undefined)[] = []
  for (const { label, members, likely, placed } of tested) {
    const each = counted(members)
    if (each * members.length < SMALLEST) continue
    const evidence = each * (forcedAgainst(placed, laws) - tried)
    if (evidence > (best[label]?.evidence ?? 0)) best[label] = { label, members, likely, evidence }
  }
  const found = best.filter((asked) => asked !== undefined).sort((a, b) => b.evidence - a.evidence)
  if (knows === 'nothing')
    return found.filter(({ evidence }) => evidence >= least).map((asked) => groupOf(asked, labels))
  const [first, second] = found
  if (first === undefined || others < FEWEST_OTHERS) return []
  const evidence = first.evidence - RUNNER_UP * (second?.evidence ?? 0)
  return evidence >= least ? [groupOf({ ...first, evidence }, labels)] : []
}

interface Answer {
  readonly trials: Trials
  readonly members: Int32Array
  /** How likely each member's label was, 0…1. */
  readonly likely: Float64Array
  readonly due: number
}

/**
 * How likely each label is for record i, predicted without the tested records (1 in `holds`); null where nothing
 * predicts it.
 */
export type Expected = (i: number, holds: Uint8Array) => Float32Array | null

interface Counted {
  readonly trials: Trials
  readonly members: [record: number, likely: number][]
  due: number
}

function count(answers: readonly Counted[], i: number, given: number, likely: Float32Array): void {
  for (let label = 0; label < answers.length; label++) {
    const answer = answers[label]!
    const p = likely[label]!
    addTrial(answer.trials, p, given === label)
    answer.due += p
    if (given === label) answer.members.push([i, p])
  }
}

/** By label: the records that carry it, and how many were expected to. */
function ask(records: Int32Array, labels: Grouping, expected: Expected): Answer[] {
  const holds = new Uint8Array(labels.of.length)
  for (const i of records) holds[i] = 1
  const answers: Counted[] = labels.names.map(() => ({ trials: trials(), members: [], due: 0 }))
  for (const i of records) {
    const given = labels.of[i]!
    const likely = given < 0 ? null : expected(i, holds)
    if (likely === null) continue
    count(answers, i, given, likely)
  }
  return answers.map(({ members, ...answer }) => {
    members.sort(([a], [b]) => a - b)
    return {
      ...answer,
      members: Int32Array.from(members, ([i]) => i),
      likely: Float64Array.from(members, ([, p]) => p),
    }
  })
}

/**
 * The calibrated vote of a record's nearest labelled neighbours outside the tested records; null where there are too
 * few.
 */
export function expectedBeside(labels: Grouping, neighbours: Neighbours): Expected {
  const calibration = new Calibration(neighbourVote(labels, neighbours, VOTERS), labels.of)
  const prior = classPrior(labels)
  return (i, holds) => {
    const votes = new Float32Array(prior.length)
    let cast = 0
    for (let at = i * neighbours.k; at < (i + 1) * neighbours.k && cast < VOTERS; at++) {
      const j = neighbours.index[at]!
      const label = labels.of[j]!
      if (label < 0 || holds[j] === 1) continue
      votes[label]!++
      cast++
    }
    if (cast < HEARD) return null
    for (let c = 0; c < votes.length; c++) votes[c] = (votes[c]! + prior[c]!) / (cast + 1)
    calibration.apply(votes)
    return votes
  }
}

/**
 * The group of tested records. The rate of pushed records is the excess; a member whose label was likely anyway has a
 * lower posterior.
 */
function groupOf({ label, members, likely, evidence }: Asked, labels: Grouping): Group {
  const due = likely.reduce((sum, p) => sum + p, 0)
  const rate = Math.min(0.999, (members.length - due) / members.length)
  return {
    members,
    posterior: likely.map((p) => rate / (rate + (1 - rate) * p)),
    evidence,
    label,
    summary: `${members.length} of the records farthest out are labelled ${labels.names[label]}, which the records nearest to them are not`,
  }
}
