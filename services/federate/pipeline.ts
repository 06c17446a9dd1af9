import { AppError, isAppError } from '#core/errors.ts'
import type { Aggregate, Aggregation } from './aggregate.ts'
import { digestOf, type ModelStore, type RoundRecord } from './model-store.ts'
import type { Participant } from './participant.ts'
import type { NoisyRounds } from './privacy/accountant.ts'
import { spend, type PrivacyBudget } from './privacy/budget.ts'
import { noiseMultiplier } from './privacy/protect.ts'
import type { Terms } from './secure/terms.ts'

export interface FederateDeps {
  readonly models: ModelStore
  readonly aggregate: Aggregate
  /** Random; one per federation. */
  readonly session: Uint8Array
  /** The terms of a round, without the model that they are about. */
  readonly terms: (round: number) => Omit<Terms, 'model' | 'dimension'>
  /** The probability with which each client is selected. */
  readonly sampling: number
  readonly budget?: PrivacyBudget | undefined
  /** Returns why a model must not replace the one before, in a sentence; null if nothing speaks against it. */
  readonly gate?: ((next: Float64Array, before: Float64Array) => string | null | Promise<string | null>) | undefined
}

const UNSEEN = { digests: [], agreement: null } as const

/**
 * Runs one round: asks the clients, combines their updates, checks the new model by the gate, and stores the record. A round
 * whose noise would exceed the budget is not begun: throws `denied` (`budget_spent`). Also throws what the store throws.
 */
export async function federateRound(
  participants: readonly Participant[],
  { models, aggregate, session, terms: termsOf, sampling, budget, gate }: FederateDeps,
  signal: AbortSignal,
): Promise<RoundRecord> {
  const [model, records] = await Promise.all([models.head(), models.records()])
  const round = records.length + 1
  const terms = { ...termsOf(round), dimension: model.values.length, model: Buffer.from(model.sha256, 'hex') }
  const noise = terms.noise > 0 ? { noise: noiseMultiplier(terms), sampling, rounds: 1 } : null
  const epsilon = spendOn(records, noise, budget)

  const nothing = { counted: [], missing: [], verdicts: [], saturated: 0, clipped: null, transcript: null, ...UNSEEN }
  const base = { round, before: model.sha256, after: model.sha256, noise, epsilon, why: null }
  const keep = async (record: RoundRecord, next: Float64Array | null) => {
    await models.commit(record, next)
    return record
  }

  await models.open({ round, before: model.sha256, noise, asked: participants.map(({ name }) => name) })
  let aggregation: Aggregation
  try {
    aggregation = await aggregate.run({ session, round, terms }, participants, signal)
  } catch (error) {
    if (!isAppError(error) || signal.aborted) throw error
    return keep({ ...base, ...nothing, state: 'aborted', why: error.message }, null)
  }
  const { mean, ...outcome } = aggregation
  const next = model.values.map((value, i) => value + mean[i]!)
  const refused = next.every(Number.isFinite)
    ? ((await gate?.(next, model.values)) ?? null)
    : 'The model is no longer finite.'
  if (refused !== null) return keep({ ...base, ...outcome, state: 'rolledBack', why: refused }, null)
  return keep({ ...base, ...outcome, state: 'committed', after: digestOf(next) }, next)
}

/**
 * The privacy spent once this round has run. A round counts from its beginning, whatever its end, because clients may have
 * answered.
 */
function spendOn(records: readonly RoundRecord[], next: NoisyRounds | null, budget: PrivacyBudget | undefined) {
  if (next === null || budget === undefined) return null
  const past = records.flatMap(({ noise }) => (noise === null ? [] : [noise]))
  return checkBudget([...past, next], budget)
}

function checkBudget(history: readonly NoisyRounds[], budget: PrivacyBudget): number {
  const { epsilon, allowed } = spend(history, budget)
  if (!allowed) {
    const message = `the next round would spend ε ${epsilon.toFixed(2)} in all: the budget is ${budget.epsilon}`
    throw new AppError('denied', message, { reason: 'budget_spent' })
  }
  return epsilon
}
