import { createPublicKey } from 'node:crypto'
import { AppError, isAppError } from '#core/errors.ts'
import type { HeldClient, ParticipantRow } from '#runtime/catalog/federation-rows.ts'
import { digestOf, type StoredModel } from '#services/federate/model-store.ts'
import { replayRounds } from '#services/federate/models/encrypted.ts'
import type { KeptRecord } from '#services/federate/models/record.ts'
import { proveAgreement } from '#services/federate/secure/agreement.ts'
import { isName } from '#services/federate/secure/message.ts'
import { campaignsAmong } from '#services/federate/validate/campaigns.ts'
import { federationOf, openFederation } from '../federate/federation.ts'
import type { SigningSystem } from '../system.ts'

/** Enrols a client by its public key: 64 hex digits, or an Ed25519 key in PEM. Throws `invalid` (`client_name`, `client_key`). */
export async function enrolClient(
  system: SigningSystem,
  federation: string,
  client: string,
  key: string,
): Promise<ParticipantRow> {
  federationOf(system, federation)
  if (!isName(client)) {
    const message = 'the name of a client is made of a-z, 0-9, dot, - and _, at most 64; none is called aggregator'
    throw new AppError('invalid', message, { reason: 'client_name' })
  }
  return system.catalog.federations.enrol(federation, client, hexKeyOf(key))
}

function hexKeyOf(text: string): string {
  const trimmed = text.trim()
  if (/^[0-9a-f]{64}$/i.test(trimmed)) return trimmed.toLowerCase()
  try {
    const key = createPublicKey(trimmed)
    const spki = key.export({ type: 'spki', format: 'der' })
    if (key.asymmetricKeyType === 'ed25519' && !/PRIVATE/.test(trimmed)) return spki.subarray(-32).toString('hex')
  } catch {
    // reported below
  }
  const message = 'expected the public half of an Ed25519 key: 64 hex digits, or PEM'
  throw new AppError('invalid', message, { reason: 'client_key' })
}

/** What clients are configured with, besides their own keys: public, but must not be altered in transit. */
export interface Peers {
  readonly federation: string
  readonly session: string
  readonly aggregate: 'masked' | 'judged'
  /** Ed25519, hex. */
  readonly aggregator: string
  readonly peers: Readonly<Record<string, string>>
}

export async function peersOf(system: SigningSystem, federation: string): Promise<Peers> {
  const { settings, row, identity } = await openFederation(system, federation)
  const enrolled = await system.catalog.federations.participants(federation)
  return {
    federation,
    session: row.session,
    aggregate: settings.aggregate,
    aggregator: Buffer.from(identity.publicKey).toString('hex'),
    peers: Object.fromEntries(
      enrolled.filter(({ state }) => state !== 'revoked').map(({ name, publicKey }) => [name, publicKey]),
    ),
  }
}

/** Clients that are held in any federation: reviewers examine them besides held records. */
export function heldClients(
  { catalog }: Pick<SigningSystem, 'catalog'>,
  federation?: string,
): Promise<readonly HeldClient[]> {
  return catalog.federations.held({ federation, standing: 'held' })
}

/** Groups of a federation's held clients that keep acting alike, as one attacker's do: examine and decide over them together. */
export async function campaignsOfClients(
  system: Pick<SigningSystem, 'catalog'>,
  federation: string,
): Promise<readonly (readonly string[])[]> {
  const held = await heldClients(system, federation)
  return campaignsAmong(unique(held.map(({ client }) => client)), await system.catalog.federations.means(federation))
}

const unique = (names: readonly string[]) => [...new Set(names)]

/**
 * Clears these clients, in which a reviewer saw no harm. Returns in how many rounds they were held. Throws `not_found` if one is
 * not enrolled; then none is cleared.
 */
export async function clearClients(
  { catalog }: Pick<SigningSystem, 'catalog'>,
  federation: string,
  clients: readonly string[],
  reason: string,
): Promise<number> {
  for (const client of clients) await checkEnrolled({ catalog }, federation, client)
  let rounds = 0
  for (const client of unique(clients)) rounds += await catalog.federations.clear(federation, client, reason)
  return rounds
}

/** Throws `not_found` for a client that was never enrolled. */
export async function checkEnrolled(
  { catalog }: Pick<SigningSystem, 'catalog'>,
  federation: string,
  client: string,
): Promise<void> {
  const enrolled = await catalog.federations.participants(federation)
  if (!enrolled.some(({ name }) => name === client))
    throw new AppError('not_found', `${client} is not enrolled in ${federation}`)
}

/** The action of the audit entry about the export of a model. */
const MODEL_EXPORTED = 'model.exported'

/**
 * Passes the model that a round made, or the initial one (round 0), to `write` as little-endian doubles, and adds an entry to
 * the audit log. The chain is replayed up to it. Throws `not_found` if the round made none, and `corrupt`.
 */
export async function exportModel(
  system: SigningSystem,
  name: string,
  round: number,
  write: (model: Float64Array) => Promise<void>,
): Promise<StoredModel> {
  const { row, chain } = await openFederation(system, name)
  for await (const { link, next } of replayRounds({ federation: row, vault: system.vault, chain })) {
    if (link.statement.predicate.round !== round) continue
    if (next === null) break
    await write(next)
    const sha256 = digestOf(next)
    await system.catalog.audit.append(system.actor, MODEL_EXPORTED, name, { round, sha256 })
    return { values: next, sha256 }
  }
  const message = `round ${round} of ${name} made no model: \`credence federate rounds\` says which did`
  throw new AppError('not_found', message)
}

export interface FederationReport {
  readonly federation: string
  /** The number of rounds whose objects and links fit together. */
  readonly rounds: number
  readonly committed: number
  /** The number of masked rounds whose clients' signatures were verified again. */
  readonly proven: number
  /** SHA-256 of the last verified model, hex; null before the first. */
  readonly model: string | null
  readonly problems: readonly { readonly code: string; readonly message: string }[]
}

/**
 * Replays a federation: every link, record and model, each from the one before, and for each masked round what its clients
 * signed. Reports what is wrong; throws only what prevents the check.
 */
export async function verifyFederation(system: SigningSystem, name: string): Promise<FederationReport> {
  const { row, chain } = await openFederation(system, name)
  const problems: { code: string; message: string }[] = []
  const note = (error: unknown, what: string) => {
    if (!isAppError(error) || ['unavailable', 'throttled', 'internal'].includes(error.code)) throw error
    problems.push({ code: error.reason ?? error.code, message: `${what}: ${error.message}` })
  }
  let [rounds, committed, proven] = [0, 0, 0]
  let model: string | null = null
  const session = Buffer.from(row.session, 'hex')
  try {
    for await (const { record, link } of replayRounds({ federation: row, vault: system.vault, chain })) {
      model = link.statement.predicate.outcome?.after ?? model
      if (record === null) continue
      rounds++
      if (record.state === 'committed') committed++
      try {
        if (prove(record, session)) proven++
      } catch (error) {
        note(error, `round ${record.round}`)
      }
    }
  } catch (error) {
    note(error, name)
  }
  return { federation: name, rounds, committed, proven, model, problems }
}

/** Verifies a masked round; false if there is nothing to prove. Throws the fault by which the round differs from its record. */
function prove({ agreement, round, before, counted, transcript, keys }: KeptRecord, session: Uint8Array): boolean {
  if (agreement === null) return false
  const raw = new Map(Object.entries(keys).map(([name, hex]) => [name, Buffer.from(hex, 'hex')]))
  const proven = proveAgreement(agreement, { session, round }, raw)
  const same =
    Buffer.from(proven.terms.model).toString('hex') === before &&
    Buffer.from(proven.transcript).toString('hex') === transcript &&
    JSON.stringify(proven.survivors) === JSON.stringify(counted)
  if (!same) throw new AppError('corrupt', 'its clients signed for something else', { reason: 'round_chain' })
  return true
}
