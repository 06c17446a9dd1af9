import { isAppError, reportOf } from '#core/errors.ts'
import type { FederationCatalog, ParticipantRow, RoundRow } from '#runtime/catalog/federation-rows.ts'
import type { Events } from '#runtime/process/events.ts'
import type { Aggregate } from './aggregate.ts'
import type { Desk } from './http/desk.ts'
import type { ModelStore, RoundRecord } from './model-store.ts'
import type { EncryptedModels } from './models/encrypted.ts'
import type { Participant } from './participant.ts'
import type { ModelRegistry } from './registry.ts'
import { federateRound, type FederateDeps } from './pipeline.ts'

export interface ServiceDeps extends Omit<FederateDeps, 'models' | 'aggregate'> {
  readonly federation: string
  readonly models: EncryptedModels
  readonly aggregate: Aggregate
  readonly rows: FederationCatalog
  readonly desk: Desk
  readonly events: Events
  /** The registry in which the rounds' models are looked up. */
  readonly registry?: ModelRegistry | undefined
  /** Called before each round with the clients that may take part. */
  readonly enrolled: (participants: readonly ParticipantRow[]) => void
  /** Throws `conflict` (`lease_lost`) once another aggregator has taken over the federation. */
  readonly renew: () => Promise<void>
  readonly rounds: number
  readonly minimum: number
  readonly gatherMs: number
  readonly clock: () => number
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>
}

/** Milliseconds between two checks of which clients are present. */
const LOOK_MS = 200
/** Milliseconds since its last call for which a client counts as present: longer than a client pauses between calls. */
const THERE_MS = 5000
/** The longest time that registering a model may take. */
const REGISTRY_MS = 20_000
/** Milliseconds for which clients can still ask how the last round ended. */
const LINGER_MS = 3000

/**
 * Runs rounds until all are done, the budget is spent or `signal` aborts. A round that was left open is ended first, and a round
 * that is interrupted now is aborted, so that its clients learn of it. Throws errors that another round would not resolve.
 */
export async function federateUntil(deps: ServiceDeps, signal: AbortSignal): Promise<void> {
  const { federation, models, desk, events } = deps
  let seats = new Map<string, Participant>()
  // clients learn of a round only once it is recorded, so that a round they know of is never begun again
  const seating: ModelStore = {
    ...models,
    async open(opened) {
      await models.open(opened)
      seats = new Map(desk.open(opened.round, opened.asked).map((participant) => [participant.name, participant]))
      events.emit('round.opened', { federation, round: opened.round, clients: opened.asked.length })
    },
  }
  const seat = (name: string): Participant => ({ name, answer: (...asked) => seats.get(name)!.answer(...asked) })
  const settled = await models.settle(
    ({ stage }: RoundRow) => `The aggregator stopped${stage === null ? '' : ` at ${stage}`}.`,
  )
  if (settled !== null) tell(deps, settled, 0)
  const newest = (await models.records()).findLast(({ state }) => state === 'committed')
  if (newest !== undefined) await register(deps, newest, signal)
  while (!signal.aborted) {
    const done = (await models.records()).length
    if (done >= deps.rounds) {
      events.emit('federation.finished', { federation, says: `all ${deps.rounds} rounds are done` })
      return deps.sleep(LINGER_MS, signal)
    }
    const asked = await gather(deps, signal)
    if (asked === null) return
    const began = deps.clock()
    try {
      const record = await federateRound(asked.map(seat), { ...deps, models: seating }, signal)
      tell(deps, record, deps.clock() - began)
      if (record.state === 'committed') await register(deps, record, signal)
    } catch (error) {
      if (isAppError(error) && error.reason === 'budget_spent') {
        events.emit('federation.finished', { federation, says: error.message })
        return deps.sleep(LINGER_MS, signal)
      }
      if (!signal.aborted) throw error
      await deps.renew() // an aggregator that has lost the federation must not end the round
      const aborted = await models.settle(() => 'The aggregator was told to stop.', done + 1)
      if (aborted !== null) tell(deps, aborted, 0)
    } finally {
      desk.close()
    }
  }
}

/**
 * The clients to ask next: all enrolled ones that are present, once there are at least `minimum` and the others had time to
 * appear; null when `signal` aborts.
 */
async function gather(
  { federation, rows, desk, events, enrolled, renew, minimum, gatherMs, clock, sleep }: ServiceDeps,
  signal: AbortSignal,
): Promise<readonly string[] | null> {
  let enough: number | null = null
  let told = -1
  for (;;) {
    if (signal.aborted) return null
    await renew()
    const participants = await rows.participants(federation)
    enrolled(participants)
    const able = participants.filter(({ state }) => state === 'enrolled').map(({ name }) => name)
    const there = new Set(desk.present(THERE_MS))
    const asked = able.filter((name) => there.has(name))
    if (asked.length >= minimum) {
      enough ??= clock()
      if (asked.length === able.length || clock() - enough >= gatherMs) return asked
    } else enough = null
    if (asked.length !== told) events.emit('federation.gathering', { federation, clients: (told = asked.length) })
    await sleep(LOOK_MS, signal)
  }
}

/** Registers a model. A failing registry does not stop rounds: it gets the next model, and the newest one at the next start. */
async function register({ federation, registry, events }: ServiceDeps, record: RoundRecord, signal: AbortSignal) {
  if (registry === undefined) return
  const { round, after, counted, transcript, epsilon } = record
  const model = { federation, round, sha256: after, clients: counted.length, transcript, epsilon }
  try {
    await registry.register(model, AbortSignal.any([signal, AbortSignal.timeout(REGISTRY_MS)]))
    events.emit('model.registered', { federation, round })
  } catch (error) {
    const { code, says } = reportOf(error)
    events.emit('model.unregistered', { federation, round, code, says })
  }
}

function tell({ federation, events }: ServiceDeps, record: RoundRecord, ms: number): void {
  const { round, state, why, counted, verdicts } = record
  for (const { client, ruling, why: reasons } of verdicts)
    if (ruling === 'hold') events.emit('client.held', { federation, round, client, says: reasons.join(' ') })
  if (state === 'committed') events.emit('round.committed', { federation, round, clients: counted.length, ms })
  else if (state === 'aborted') events.emit('round.aborted', { federation, round, says: why ?? '' })
  else events.emit('round.rolled_back', { federation, round, says: why ?? '' })
}
