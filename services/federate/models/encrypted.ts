import { AppError, isAppError } from '#core/errors.ts'
import { objectPath, roundName, subjectOf } from '#core/layout.ts'
import type { Statement, Subject } from '#core/manifest.ts'
import type { ObjectContext, ObjectRef, Vault } from '#core/vault.ts'
import type {
  FederationCatalog,
  FederationRow,
  RoundClient,
  RoundEnd,
  RoundRow,
} from '#runtime/catalog/federation-rows.ts'
import type { Lease } from '#runtime/catalog/lease.ts'
import type { RunStep } from '#runtime/process/steps.ts'
import { digestOf, type ModelStore, type RoundRecord, type StoredModel } from '../model-store.ts'
import { decodeModel, decodeRecord, encodeModel, encodeRecord, type KeptRecord } from './record.ts'

/** The signed chain whose links are a federation's rounds. */
export interface RoundChain {
  /** Adds the link about a round; there is only one. */
  append(round: number, subjects: readonly Subject[], outcome: Statement['predicate']['outcome']): Promise<RoundLink>
  /** Every link, each verified. */
  links(): AsyncIterable<RoundLink>
}

export interface RoundLink {
  /** Place in the chain. */
  readonly ordinal: number
  readonly statement: Statement
}

export interface EncryptedModelsOptions {
  readonly federation: FederationRow
  readonly vault: Vault
  readonly chain: RoundChain
  readonly rows: FederationCatalog
  /** The lease under which rounds are opened. */
  readonly lease: () => Lease
  readonly step: RunStep
  /** Keys of the enrolled clients, hex, by name; stored with each round. */
  readonly keys: () => ReadonlyMap<string, string>
}

export interface EncryptedModels extends ModelStore {
  /** Stores the initial model, once. Throws `conflict` (`other_model`) if the federation has another one. */
  begin(initial: Float64Array): Promise<void>
  /**
   * Ends a round that a process left open. If its result was stored already, it ends with that, else it is aborted. Null if no
   * round is open, or it is not the round `only`.
   */
  settle(why: (row: RoundRow) => string, only?: number): Promise<RoundRecord | null>
}

/**
 * Stores models and records as encrypted objects, and a signed link for each round. The order decides: the record's object,
 * which is written once, says how the round ended; the link proves it; the row in the catalog follows.
 */
export function createEncryptedModels(options: EncryptedModelsOptions): EncryptedModels {
  const { federation, vault, chain, rows, lease, step, keys } = options
  const { name } = federation
  let known: { readonly records: KeptRecord[]; model: StoredModel } | undefined

  const load = async () => {
    if (known !== undefined) return known
    const records: KeptRecord[] = []
    let model: StoredModel | undefined
    for await (const { record, next } of replayRounds(options)) {
      if (record !== null) records.push(record)
      if (next !== null) model = { values: next, sha256: digestOf(next) }
    }
    if (model === undefined) throw new AppError('not_found', `${name} has no model yet`)
    return (known = { records, model })
  }

  const writeModel = (round: number, model: Float64Array) =>
    vault.put(modelPath(name, round), contextOf(federation, round), encodeModel(model))

  const publish = async (record: KeptRecord, model: Float64Array | null) => {
    const { round } = record
    const objects: ObjectRef[] = model === null ? [] : [await step('round.model', () => writeModel(round, model))]
    const context = contextOf(federation, round)
    const result = await step('round.result', () =>
      vault.put(recordPath(name, round), context, encodeRecord(record)),
    ).catch((error: unknown) => {
      if (!isAppError(error, 'conflict')) throw error
      const message = `round ${round} of ${name} ended before, and otherwise: another aggregator ended it`
      throw new AppError('conflict', message, { reason: 'committed_differently', cause: error })
    })
    const subjects = [...objects, result].map(subjectOf)
    const { ordinal } = await step('round.manifest', () => chain.append(round, subjects, outcomeOf(record)))
    await step('round.transaction', () => rows.end(name, round, endOf(record, ordinal)))
  }

  /** The stored record of the round with its model; null if there is none. */
  const written = async (round: number): Promise<readonly [KeptRecord, Float64Array | null] | null> => {
    const context = contextOf(federation, round)
    try {
      const record = decodeRecord(await vault.open(recordPath(name, round), context), recordPath(name, round))
      if (record.state !== 'committed') return [record, null]
      return [record, decodeModel(await vault.open(modelPath(name, round), context), modelPath(name, round))]
    } catch (error) {
      if (isGone(error)) return null
      throw error
    }
  }

  return {
    async begin(initial) {
      const sha256 = digestOf(initial)
      const other = (cause?: unknown) => {
        const message = `${name} began with another model: name that one, or give the federation another name`
        return new AppError('conflict', message, { reason: 'other_model', cause })
      }
      // once the federation has begun, a missing object must be restored from a copy: a new one would not have the signed digest
      const began = await beginningOf(chain)
      if (began !== null) {
        const { subject, predicate } = began.statement
        if (predicate.outcome?.after !== sha256) throw other()
        await chain.append(0, subject, predicate.outcome)
        return
      }
      const object = await writeModel(0, initial).catch((error: unknown) => {
        throw isAppError(error, 'conflict') ? other(error) : error
      })
      const begun = {
        state: 'committed',
        before: sha256,
        after: sha256,
        transcript: null,
        counted: 0,
        epsilon: null,
      } as const
      await chain.append(0, [subjectOf(object)], begun)
    },

    async settle(why, only) {
      const [row] = await rows.rounds(name, 1)
      if (row === undefined || row.state !== 'open' || row.round !== (only ?? row.round)) return null
      known = undefined
      const { round, model: before, asked } = row
      const found = await written(round)
      const noise = row.noise === null ? null : { ...row.noise, rounds: 1 }
      const missing = asked.map((client) => ({ client, why: 'The round was aborted.' }))
      const empty = { counted: [], missing, verdicts: [], saturated: 0, clipped: null, transcript: null, digests: [] }
      const aborted = { ...empty, round, state: 'aborted', why: why(row), before, after: before, noise } as const
      const [record, model] = found ?? [
        { ...aborted, agreement: null, epsilon: null, keys: keysOf(asked, keys()) },
        null,
      ]
      await publish(record, model)
      return record
    },

    head: async () => (await load()).model,
    records: async () => (await load()).records,

    open: ({ round, before, noise, asked }) =>
      step('round.open', () =>
        rows.open(
          name,
          { round, asked, model: before, noise: noise && { noise: noise.noise, sampling: noise.sampling } },
          lease(),
        ),
      ),

    async commit(record, model) {
      const { records } = await load()
      const asked = [
        ...record.counted,
        ...record.missing.map(({ client }) => client),
        ...record.verdicts.map(({ client }) => client),
      ]
      const kept = { ...record, keys: keysOf(asked, keys()) }
      await publish(kept, model)
      known = {
        records: [...records, kept],
        model: model === null ? (await load()).model : { values: model, sha256: digestOf(model) },
      }
    },
  }
}

/** A round with its link, its record and its model; round 0 holds the initial model. */
export interface ReplayedRound {
  readonly record: KeptRecord | null
  /** The model that the round made; null if it made none. */
  readonly next: Float64Array | null
  readonly link: RoundLink
}

/**
 * Reads a federation's chain and opens everything that it signs for; each round is checked against the ones before. Throws
 * `corrupt` (`round_chain`) if records, models and links contradict each other, and (`missing_object`) if one of them is gone.
 */
export async function* replayRounds({
  federation,
  vault,
  chain,
}: Pick<EncryptedModelsOptions, 'federation' | 'vault' | 'chain'>): AsyncGenerator<ReplayedRound> {
  const { name } = federation
  let model: string | null = null
  let round = 0
  for await (const link of chain.links()) {
    const { subject, predicate } = link.statement
    if (predicate.kind === 'rotation') continue
    const { outcome } = predicate
    const wrong = (what: string) =>
      new AppError('corrupt', `round ${round} of ${name} does not fit: ${what}`, { reason: 'round_chain' })
    if (predicate.kind !== 'round' || predicate.round !== round || outcome === undefined)
      throw wrong('its link is of something else')
    const open = async (path: string) => {
      const signed = subject.find((one) => one.name === path)
      if (signed === undefined) throw wrong(`${path} is not signed for`)
      return vault.open(path, contextOf(federation, round), signed.digest.sha256).catch((error: unknown) => {
        if (!isGone(error)) throw error
        const message = `${path} is gone, although round ${round} of ${name} is signed for it: put it back from a copy of the store`
        throw new AppError('corrupt', message, { reason: 'missing_object', cause: error })
      })
    }
    const makes = outcome.state === 'committed'
    const next = makes ? decodeModel(await open(modelPath(name, round)), modelPath(name, round)) : null
    if (next !== null && digestOf(next) !== outcome.after) throw wrong('its model is another')
    if (!makes && outcome.after !== outcome.before) throw wrong('it made no model, and names one')
    if (model !== null && outcome.before !== model) throw wrong('it began with another model')
    const record = round === 0 ? null : decodeRecord(await open(recordPath(name, round)), recordPath(name, round))
    if (
      record !== null &&
      (record.round !== round || JSON.stringify(outcomeOf(record)) !== JSON.stringify(ordered(outcome)))
    )
      throw wrong('its link says something else than its record')
    yield { record, next, link }
    model = outcome.after
    round++
  }
}

/** The link about the initial model; null if the federation has not begun. */
async function beginningOf(chain: Pick<RoundChain, 'links'>): Promise<RoundLink | null> {
  for await (const link of chain.links()) {
    const { kind, round } = link.statement.predicate
    if (kind === 'round' && round === 0) return link
  }
  return null
}

function contextOf({ name, session }: FederationRow, round: number): ObjectContext {
  return { dataset: name, window: roundName(round), contract: session, codec: 'json+zstd' }
}

const modelPath = (name: string, round: number) => objectPath('clean', name, roundName(round))
const recordPath = (name: string, round: number) => objectPath('scores', name, roundName(round))

function outcomeOf({ state, before, after, transcript, counted, epsilon }: RoundRecord) {
  return { state, before, after, transcript, counted: counted.length, epsilon }
}

/** Not where it is the object's key that is gone. */
function isGone(error: unknown): boolean {
  return isAppError(error, 'not_found') && error.reason === 'object_gone'
}

function ordered({ state, before, after, transcript, counted, epsilon }: ReturnType<typeof outcomeOf>) {
  return { state, before, after, transcript, counted, epsilon }
}

function endOf(record: RoundRecord, manifest: number): RoundEnd {
  const { state, why, after, epsilon } = record
  return { state, why, model: after, epsilon, manifest, clients: clientsOf(record) }
}

/** Score and risk of an update that nobody could see. */
const UNSEEN = { score: 0, risk: null } as const

const RULINGS = { accept: 'counted', clip: 'clipped', hold: 'held', reject: 'rejected' } as const

/** The outcome for each client. If the round had no result, no update counts. */
function clientsOf({ state, counted, missing, verdicts }: RoundRecord): RoundClient[] {
  const judged = verdicts.map(({ ruling, risk = null, ...verdict }) => ({ ...verdict, ruling: RULINGS[ruling], risk }))
  const seen = new Set(judged.map(({ client }) => client))
  const blind = counted
    .filter((client) => !seen.has(client))
    .map((client) => ({ ...UNSEEN, client, ruling: 'counted', why: [] }) as const)
  const silent = missing.map(({ client, why }) => ({ ...UNSEEN, client, ruling: 'missing', why: [why] }) as const)
  return state === 'aborted' ? silent : [...judged, ...blind, ...silent]
}

function keysOf(names: readonly string[], keys: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(
    [...new Set(names)].sort().flatMap((name) => (keys.has(name) ? [[name, keys.get(name)!]] : [])),
  )
}
