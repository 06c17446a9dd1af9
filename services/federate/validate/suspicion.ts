import { robustScores, type Geometry } from './geometry.ts'
import { nearestOf, type Rounds } from './past.ts'
import { riskOf } from './risk.ts'
import { SIGNS, type Scores, type Sign } from './statistics.ts'
import type { Verdict } from './verdict.ts'

export interface HoldRules {
  /** A single suspicion of this many deviations holds an update. */
  readonly holdAt: number
  /** Two or more suspicions also hold an update if their excesses over `doubtFrom` sum to at least `holdAt` − `doubtFrom`. */
  readonly doubtFrom: number
  /** Evidence over rounds holds an update from this many deviations on. */
  readonly holdLasting: number
}

/** Signs that appear only over rounds: `sybil`, two clients that stay alike (after Fung et al. 2020, "FoolsGold"). */
type Lasting = Sign | 'sybil'

/** How clients stand out: in one round, or over rounds. */
export interface Suspicions {
  readonly scores: Readonly<Record<Sign, Float64Array>> & Partial<Readonly<Record<Lasting, Float64Array>>>
  /** For each client, the one whose update is most alike. */
  readonly twins: readonly string[]
}

/** The smallest deviations that are assumed over rounds. */
const LEAST = { standing: 0.5, likeness: 0.02 } as const

/** This round's scores combined with those of earlier rounds: deviations above the bulk of all clients' standings. */
export function suspectOver(rounds: Rounds, names: readonly string[], now: Scores, { cosines }: Geometry): Suspicions {
  const standingOf = (sign: Sign) => names.map((name, i) => rounds.standing(`${name}:${sign}`, now[sign][i]!))
  const standings = SIGNS.map((sign) => [sign, robustScores(standingOf(sign), LEAST.standing)] as const)
  const nearest = nearestOf(rounds.standing, names, cosines)
  const likeness = nearest.map(({ likeness }) => likeness)
  return {
    scores: { ...(Object.fromEntries(standings) as Scores), sybil: robustScores(likeness, LEAST.likeness) },
    twins: nearest.map(({ to }) => names[to]!),
  }
}

const SENTENCES: Readonly<Record<Lasting, (twin: string) => string>> = {
  length: () => 'It is far longer than the other updates',
  direction: () => 'It points away from what the others agree on',
  copy: (twin) => `It is all but a copy of what ${twin} sent`,
  alone: () => 'It changes what hardly anybody else changes, as a hidden trigger does',
  signs: () => 'Its numbers rise and fall in other proportions than those of the others',
  distance: () => 'It lies far from all the others',
  loss: () => 'The model answers worse with it on the aggregator’s own examples',
  sybil: (twin) => `Round after round it pulls the same way as ${twin}`,
}

/** Judges one client by how it stands out in this round and over rounds; its risk is the higher of the two. */
export function ruleOn(client: string, i: number, now: Suspicions, lasting: Suspicions, rules: HoldRules): Verdict {
  const { holdAt, holdLasting, doubtFrom } = rules
  const [today, always] = [doubtsOf(now, i, ''), doubtsOf(lasting, i, ' over rounds')]
  const evidence = { now: evidenceOf(today, rules), lasting: evidenceOf(always, rules) }
  const score = Math.max(evidence.now, evidence.lasting)
  const risk = riskOf(evidence)
  if (evidence.now < holdAt && evidence.lasting < holdLasting) return { client, ruling: 'accept', score, risk, why: [] }
  const doubts = [...today, ...always].filter(({ score }) => score >= doubtFrom).sort((a, b) => b.score - a.score)
  return { client, ruling: 'hold', score, risk, why: doubts.map(({ why }) => why) }
}

interface Doubt {
  readonly score: number
  readonly why: string
}

function doubtsOf({ scores, twins }: Suspicions, i: number, when: string): Doubt[] {
  return Object.entries(scores).map(([sign, of]) => {
    const score = of[i]!
    return { score, why: `${SENTENCES[sign as Lasting](twins[i]!)} (${score.toFixed(1)} deviations${when}).` }
  })
}

/** The strongest suspicion, or several combined if that is more. */
function evidenceOf(doubts: readonly Pick<Doubt, 'score'>[], { doubtFrom }: HoldRules): number {
  const strong = doubts.filter(({ score }) => score >= doubtFrom)
  const together = strong.length < 2 ? 0 : strong.reduce((sum, { score }) => sum + score - doubtFrom, doubtFrom)
  return doubts.reduce((most, { score }) => Math.max(most, score), together)
}
