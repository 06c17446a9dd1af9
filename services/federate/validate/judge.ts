import { AppError, isAppError } from '#core/errors.ts'
import { weightedTrimmedMean } from './combine.ts'
import { geometryOf, medianOf } from './geometry.ts'
import { nearestOf, NO_PAST, overRounds, type Past } from './past.ts'
import { scoreUpdates } from './statistics.ts'
import { ruleOn, suspectOver, type HoldRules } from './suspicion.ts'
import type { Verdict } from './verdict.ts'
import { checkUpdate, type CheckedUpdate, type OpenUpdate, type UpdateRules } from './update.ts'

export interface JudgeRules extends UpdateRules, HoldRules {
  /** Updates longer than this many median norms are shortened to that length. */
  readonly clipAt: number
  /** The share of clients that may be poisoning: this share is trimmed at each end of every number, and Krum allows for it. */
  readonly attackers: number
}

export const JUDGE_DEFAULTS = {
  clipAt: 1.5,
  attackers: 0.2,
  holdAt: 6,
  doubtFrom: 3,
  holdLasting: 7,
  mostNorm: 1e6,
} as const

/** The fewest updates that can be compared: among fewer, none can stand out. */
const FEWEST = 5

export interface Judgement {
  readonly verdicts: readonly Verdict[]
  /** The result of the round: the trimmed mean of the updates that count, in double precision. */
  readonly mean: Float64Array
  /** The updates that count, not shortened. */
  readonly accepted: readonly CheckedUpdate[]
  /** The means of the past that the round changed. */
  readonly learned: Past
}

/** How much an update adds to the loss on the aggregator's own examples. */
export type RootLoss = (update: Float64Array) => number

/**
 * Judges the updates of one round, by comparison with each other and with their clients' past. Throws `conflict` (`too_few`) if
 * fewer than five can be compared: nothing is accepted without comparison.
 */
export function judgeUpdates(
  updates: readonly OpenUpdate[],
  rules: JudgeRules,
  { rootLoss, past = NO_PAST }: { readonly rootLoss?: RootLoss | undefined; readonly past?: Past | undefined } = {},
): Judgement {
  const verdicts: Verdict[] = []
  const checked: CheckedUpdate[] = []
  for (const update of updates) {
    try {
      checked.push(checkUpdate(update, rules))
    } catch (error) {
      if (!isAppError(error)) throw error
      verdicts.push({ client: update.client, ruling: 'reject', score: 0, why: [`${error.message}.`] })
    }
  }
  if (checked.length < FEWEST) {
    const message = `${checked.length} updates can be compared: ${FEWEST} are needed`
    throw new AppError('conflict', message, { reason: 'too_few' })
  }
  const bound = rules.clipAt * medianOf(checked.map(({ norm }) => norm))
  const shortened = checked.map(({ values, norm }) =>
    norm > bound ? values.map((value) => (value * bound) / norm) : values,
  )
  const vectors = checked.map(({ values }) => values)
  const geometry = geometryOf(vectors)
  const scores = scoreUpdates({
    vectors,
    geometry,
    attackers: Math.floor(rules.attackers * vectors.length),
    lossAdded: rootLoss === undefined ? undefined : shortened.map(rootLoss),
  })
  const names = checked.map(({ client }) => client)
  const rounds = overRounds(past)
  const lasting = suspectOver(rounds, names, scores, geometry)
  const now = { scores, twins: nearestOf((_, now) => now, names, geometry.cosines).map(({ to }) => names[to]!) }
  const counting: number[] = []
  for (const [i, { client, norm }] of checked.entries()) {
    const verdict = ruleOn(client, i, now, lasting, rules)
    const clipped = norm > bound && verdict.ruling === 'accept'
    const why = [`Its norm was ${norm.toPrecision(3)}; the round's bound is ${bound.toPrecision(3)}.`]
    verdicts.push(clipped ? { ...verdict, ruling: 'clip', why } : verdict)
    if (verdict.ruling !== 'hold') counting.push(i)
  }
  if (counting.length < FEWEST) {
    const message = `${counting.length} of ${updates.length} updates are left after judging: ${FEWEST} are needed`
    throw new AppError('conflict', message, { reason: 'too_few' })
  }
  return {
    verdicts: verdicts.sort((a, b) => (a.client < b.client ? -1 : 1)),
    mean: weightedTrimmedMean(
      counting.map((i) => shortened[i]!),
      counting.map((i) => checked[i]!.counted),
      rules.attackers,
    ),
    accepted: counting.map((i) => checked[i]!),
    learned: rounds.learned,
  }
}
