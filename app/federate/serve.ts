import type { KeyObject } from 'node:crypto'
import { AsyncDisposableStack } from '#core/disposal.ts'
import { AppError } from '#core/errors.ts'
import type { ParticipantRow } from '#runtime/catalog/federation-rows.ts'
import type { HealthServer } from '#runtime/process/health.ts'
import { createMetrics } from '#runtime/process/metrics.ts'
import { holdLease, type HeldLease } from '#runtime/waiting/lease.ts'
import { sleep } from '#runtime/waiting/retry.ts'
import type { Aggregate } from '#services/federate/aggregate.ts'
import { createJudgedAggregate } from '#services/federate/aggregates/judged.ts'
import { createMaskedAggregate } from '#services/federate/aggregates/masked.ts'
import type { FederationConfig } from '#services/federate/config.ts'
import { createDesk } from '#services/federate/http/desk.ts'
import { serveDesk, type ClientOutcome } from '#services/federate/http/server.ts'
import type { PastStore } from '#services/federate/past-store.ts'
import { noiseFor } from '#services/federate/privacy/protect.ts'
import { publicKeyOf } from '#services/federate/secure/primitives.ts'
import { federateUntil } from '#services/federate/service.ts'
import { JUDGE_DEFAULTS } from '#services/federate/validate/judge.ts'
import { SKETCH_DEFAULTS } from '#services/federate/validate/sketches.ts'
import { ownerOf } from '../embedded.ts'
import type { SigningSystem } from '../system.ts'
import { modelsOf, openFederation } from './federation.ts'
import { registryOf } from './registry.ts'
import { loadGate, readModel, readNamed } from './load-files.ts'

export interface FederateOptions {
  readonly signal: AbortSignal
  readonly health?: HealthServer | undefined
  /** Called once clients can connect. */
  readonly onListening?: ((port: number) => void) | undefined
}

/** The most bytes of a message besides the numbers of an update: keys, shares and lists. */
const MESSAGE_BYTES = 65_536
const OTHER_AGGREGATOR_MS = 1000
const LEASE_SECONDS = 15

/**
 * Runs the aggregator of a federation until all rounds are done or `signal` aborts. Waits while another process has the
 * federation, and takes over from one that died. Throws errors that waiting would not resolve.
 */
export async function serveFederation(system: SigningSystem, name: string, options: FederateOptions): Promise<void> {
  const { catalog, events } = system
  const rows = catalog.federations
  const federation = await openFederation(system, name)
  const { settings, row, identity } = federation
  const initial = await readModel(settings.model)
  const gate = settings.gate === undefined ? undefined : await loadGate(settings.gate)
  const registry = registryOf(name, settings)
  const tls = await readTls(settings.listen)
  await using stack = new AsyncDisposableStack()
  const held = await leaseOf(system, name, options.signal)
  if (held === null) return
  stack.use(held)

  const identities = new Map<string, Uint8Array>()
  const keys = new Map<string, string>()
  const objects = new Map<string, KeyObject>()
  const enrolled = (participants: readonly ParticipantRow[]) => {
    for (const known of [identities, keys, objects]) known.clear()
    for (const { name: client, publicKey, state } of participants) {
      if (state === 'revoked') continue
      const raw = Buffer.from(publicKey, 'hex')
      keys.set(client, publicKey)
      objects.set(client, publicKeyOf('ed25519', raw))
      identities.set(client, raw)
    }
  }
  enrolled(await rows.participants(name))

  const models = modelsOf(system, federation, keys, held.lease)
  await models.begin(initial)
  const desk = createDesk(Date.now)
  const metrics = createMetrics({ events, collect: async () => {} })
  const outcome = async (round: number, client: string): Promise<ClientOutcome | null> => {
    const [newest] = await rows.rounds(name, 1)
    if (newest === undefined || newest.round < round) return null
    const found = (await rows.rounds(name, newest.round - round + 1)).at(-1)
    if (found?.round !== round || found.state === 'open') return null
    const ruling = (await rows.clients(name, round)).find((one) => one.client === client)?.ruling ?? null
    return { state: found.state, why: found.why, model: found.model, ruling }
  }
  const model = async () => {
    const { values } = await models.head()
    return new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
  }
  const server = stack.use(
    await serveDesk({
      ...settings.listen,
      tls,
      desk,
      session: row.session,
      mode: settings.aggregate,
      keyOf: (client) => objects.get(client),
      model,
      outcome,
      mostBytes: 8 * initial.length + MESSAGE_BYTES,
    }),
  )
  const probes = [{ what: 'catalog', check: async () => void (await rows.get(name)) }]
  options.health?.watch({ probes, metrics, isDraining: () => options.signal.aborted })
  options.onListening?.(server.port)
  const stageBegins = (round: number, stage: string) => system.step('round.stage', () => rows.stage(name, round, stage))
  const pasts: PastStore = {
    barred: () => rows.barred(name),
    means: () => rows.means(name),
    learn: (round, learned) => system.step('round.past', () => rows.learn(name, round, learned)),
  }
  await federateUntil(
    {
      federation: name,
      models,
      aggregate: aggregateOf(settings, {
        identity,
        identities,
        patience: settings.stageSeconds * 1000,
        stageBegins,
        pasts,
      }),
      rows,
      desk,
      events,
      registry,
      enrolled,
      renew: async () => held.check(),
      rounds: settings.rounds,
      minimum: settings.minimum,
      gatherMs: settings.gatherSeconds * 1000,
      clock: Date.now,
      sleep: (ms, signal) => sleep(ms, signal).catch(() => {}),
      session: Buffer.from(row.session, 'hex'),
      terms: () => termsOf(settings, initial.length),
      sampling: 1,
      budget: settings.privacy,
      gate,
    },
    held.signal,
  )
  held.check()
}

type Shared = Parameters<typeof createMaskedAggregate>[0]

function aggregateOf({ aggregate, weightCap, attackers }: FederationConfig, shared: Shared): Aggregate {
  if (aggregate === 'masked') return createMaskedAggregate({ ...shared, rules: { ...SKETCH_DEFAULTS, attackers } })
  return createJudgedAggregate({ ...shared, rules: { ...JUDGE_DEFAULTS, attackers, weightCap } })
}

function termsOf({ bits, range, weightCap, minimum, clip, sketch = 0, privacy }: FederationConfig, dimension: number) {
  const terms = {
    bits,
    range: Math.max(range, privacy === undefined ? 0 : clip),
    weightCap,
    minimum,
    clip,
    countNoise: 0,
    sketch,
  }
  const noise = privacy === undefined ? 0 : noiseFor(privacy.noise, { ...terms, dimension, model: new Uint8Array(32) })
  return { ...terms, noise }
}

/** Null if `signal` aborts before the federation is free. */
async function leaseOf(system: SigningSystem, name: string, signal: AbortSignal): Promise<HeldLease | null> {
  const { catalog, events } = system
  const owner = ownerOf(system)
  while (!signal.aborted) {
    const options = { owner, leaseSeconds: LEASE_SECONDS, signal, events }
    const held = await holdLease(catalog.sources, `federation:${name}`, 'rounds', options)
    if (held !== null) return held
    await sleep(OTHER_AGGREGATOR_MS, signal).catch(() => {})
  }
  return null
}

async function readTls({ certificate, key, clients }: FederationConfig['listen']) {
  if (certificate === undefined || key === undefined) return undefined
  const read = async (path: string, what: string) => Buffer.from(await readNamed(path, what)).toString()
  const files = { certificate: await read(certificate, 'the certificate'), key: await read(key, 'the private key') }
  if (!/BEGIN CERTIFICATE/.test(files.certificate)) {
    throw new AppError('invalid', `${certificate} holds no certificate in PEM`, { reason: 'certificate' })
  }
  return { ...files, clients: clients === undefined ? undefined : await read(clients, 'the authority of clients') }
}
