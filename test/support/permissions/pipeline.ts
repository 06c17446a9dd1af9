import { appendFile } from 'node:fs/promises'
import { signReview } from '#services/encrypt/decision.ts'
import { join } from 'node:path'
import type { Command } from 'commander'
import { AppError, isAppError } from '#core/errors.ts'
import type { WindowState } from '#core/window.ts'
import { loadConfig } from '#app/config/load.ts'
import type { StepPoint } from '#runtime/process/steps.ts'
import type { Queue } from '#runtime/queue/queue.ts'
import { createSweeper } from '#runtime/queue/sweeper.ts'
import { recordPath, serialize, wrapContext } from '#services/encrypt/keys/record.ts'
import { createKeyRecords } from '#services/encrypt/keys/records.ts'
import { auditCommand } from '#cli/commands/audit.ts'
import { checkCommand } from '#cli/commands/check.ts'
import { deadletterCommand } from '#cli/commands/deadletter.ts'
import { exportCommand } from '#cli/commands/export.ts'
import { keysCommand } from '#cli/commands/keys.ts'
import { quarantineCommand } from '#cli/commands/quarantine.ts'
import { verifyCommand } from '#cli/commands/verify.ts'
import { deliverOnce, sunkDatasets } from '#app/delivery.ts'
import { ingestInto } from '#app/ingest-dataset.ts'
import { openQueue } from '#app/open/queue.ts'
import { consumeCommits, consumeScans, noteFailure } from '#app/stages.ts'
import { sweepUntil } from '#app/sweep-service.ts'
import { openSigningSystem, openSystem, type SigningSystem, type System } from '#app/system.ts'
import { scoreByHash } from '#test/chaos/score-by-hash.ts'
import { until } from '#test/conformance/source/live-reading.ts'
import { FEDERATION } from '#test/federate/support/federation.ts'
import type { Principal } from '../../../infra/permissions/entry.ts'
import { runRound, workAtConsole } from './desks.ts'
import type { SeenCall } from './match.ts'

export const DATASET = 'mail'
/** What `{dataset}` stands for, by whom it serves. */
export function servedBy(principal: Principal): readonly string[] {
  if (principal === 'federate') return [FEDERATION]
  return principal === 'operator' ? [DATASET, FEDERATION] : [DATASET]
}

/** What `send` is given: as many records as two windows take, and one that is none. */
export const BODIES: readonly string[] = Array.from({ length: 120 }, (_, i) =>
  i === 17
    ? '{"broken":'
    : JSON.stringify({ id: `mail-${i}`, a: i % 7, b: i % 11, kind: i % 2 === 0 ? 'low' : 'high' }),
)
export const CONTRACT = `version: 1
features: { kind: table, columns: [{ name: a, type: number }, { name: b, type: number }] }
label: kind
id: id
schema:
  type: object
  required: [id, a, b, kind]
  properties:
    id: { type: string }
    a: { type: number }
    b: { type: number }
    kind: { enum: [low, high] }
`

/** An installation over emulators, with one dataset that reads a stream. */
export interface Installation {
  /** Holds the configuration, `mail.contract.yaml` and the data folder. */
  readonly folder: string
  readonly config: string
  /** Every call that any emulator has answered so far. */
  readonly calls: () => readonly SeenCall[]
  /** The next write of an object is done, and its answer lost. */
  readonly tear: () => void
  /** What else a principal does in this installation. */
  readonly also?: (principal: Principal) => Promise<void>
}

/** Takes records from the stream to the export, each principal in a process's life of its own; the calls of each. */
export async function runPrincipals(installation: Installation): Promise<ReadonlyMap<Principal, readonly SeenCall[]>> {
  const LIVES: Readonly<Record<Principal, (installation: Installation) => Promise<void>>> = {
    ingest,
    scan,
    encrypt,
    sweep,
    reviewer,
    console: atConsole,
    federate,
    exporter,
    operator,
  }
  const seen = new Map<Principal, readonly SeenCall[]>()
  for (const [principal, live] of Object.entries(LIVES) as [Principal, typeof ingest][]) {
    if (principal === 'operator') await leaveStaged(installation)
    const before = installation.calls().length
    await live(installation)
    await installation.also?.(principal)
    seen.set(principal, installation.calls().slice(before))
  }
  return seen
}

/** Opens the system as a service does; answers are lost at the points given. */
async function open({ config, tear }: Installation, torn: readonly StepPoint[] = []): Promise<System> {
  return openSystem(await loadConfig(config, process.env), tornAt(torn, tear))
}

/** The same with the signing key. */
async function openSigning({ config, tear }: Installation, torn: readonly StepPoint[] = []): Promise<SigningSystem> {
  return openSigningSystem(await loadConfig(config, process.env), tornAt(torn, tear))
}

function tornAt(torn: readonly StepPoint[], tear: () => void) {
  const due = new Set(torn)
  const onStep = (point: StepPoint) => {
    if (due.delete(point)) tear()
  }
  return { command: 'permissions test', onStep }
}

/** Two processes make the first key of somebody at the same moment. */
async function raceForKey({ store, keys }: System, of: string): Promise<void> {
  const processes = [1, 2].map(() => createKeyRecords({ store, keyrings: [...keys.keyrings] as never }))
  await Promise.all(processes.map((process) => process.current(of)))
}

async function ingest(installation: Installation): Promise<void> {
  await using system = await open(installation, ['stage.object:before', 'stage.deadletters:before'])
  await raceForKey(system, DATASET)
  const queue = await openQueue(system.config, { events: system.events, onFailed: () => {} })
  const drain = new AbortController()
  let items = 0
  system.events.on('item.read', () => {
    if (++items === BODIES.length) drain.abort()
  })
  installation.tear() // the first write is the contract's
  await ingestInto(system, DATASET, queue, {
    owner: 'ingest',
    signal: new AbortController().signal,
    drain: drain.signal,
  })
  await queue.close()
}

async function scan(installation: Installation): Promise<void> {
  // the contract has changed since: windows are judged by the one that is kept
  await appendFile(join(installation.folder, 'mail.contract.yaml'), '    note: { type: string }\n')
  await using system = await open(installation, ['scan.scores:before'])
  await runStage(system, 'scan', (queue) => consumeScans(system, queue, { score: scoreByHash, windows: 1 }))
}

async function encrypt(installation: Installation): Promise<void> {
  {
    await using early = await open(installation)
    await raceForKey(early, '_signing')
  }
  const torn = ['commit.clean:before', 'commit.quarantine:before', 'commit.manifest:before'] as const
  await using system = await openSigning(installation, torn)
  let crashed = false
  const step: System['step'] = (name, work) => {
    if (name !== 'commit.discard' || crashed) return system.step(name, work)
    crashed = true // what is left in staging is for the sweeper
    throw new AppError('internal', 'a crash')
  }
  await runStage(system, 'commit', (queue) => consumeCommits({ ...system, step }, queue))
  for (const dataset of sunkDatasets(system)) await deliverOnce(system, dataset, 'encrypt')
  await system[Symbol.asyncDispose]()
  await deliverMore(installation)
}

/** The contract has gained a field by the next start of the process: so do the tables. */
async function deliverMore(installation: Installation): Promise<void> {
  await appendFile(join(installation.folder, 'mail.contract.yaml'), '    more: { type: string }\n')
  await using system = await openSigning(installation)
  for (const dataset of sunkDatasets(system)) await deliverOnce(system, dataset, 'encrypt')
}

/** What a crash of ingest leaves behind, and nobody may remove yet. */
async function leaveStaged(installation: Installation): Promise<void> {
  await using system = await open(installation)
  const context = { dataset: DATASET, window: 'left', contract: '', codec: 'jsonl+zstd' } as const
  await system.vault.put(`staging/${DATASET}/left`, context, Buffer.from('left'))
}

async function runStage(system: System, stage: 'scan' | 'commit', consume: (queue: Queue) => void): Promise<void> {
  const { catalog, events, config } = system
  const from: WindowState = stage === 'scan' ? 'staged' : 'scanned'
  const failures: unknown[] = []
  const queue = await openQueue(config, {
    events,
    onFailed: async (job, error) => {
      if (!isAppError(error, 'internal')) failures.push(error)
      await noteFailure(system, job, error)
    },
  })
  consume(queue)
  await createSweeper({ catalog, queue, events }).sweep('all')
  const isDone = async () => (await catalog.windows.list({ state: from })).length === 0
  await until(async () => failures.length > 0 || (await isDone()), `no window is ${from}`)
  await queue.close()
  if (failures.length > 0) throw failures[0]
}

async function sweep(installation: Installation): Promise<void> {
  await using system = await openSigning(installation, ['review.object:before', 'review.manifest:before'])
  const { catalog, config, events } = system
  const [held] = await catalog.flagged.list({ dataset: DATASET, standing: 'quarantined', limit: 1 })
  if (held === undefined) throw new Error('nothing is held')
  const review = {
    id: 'review-1',
    dataset: DATASET,
    action: 'release',
    undoes: null,
    reason: 'test',
    actor: 'test',
  } as const
  await catalog.reviews.add(await signReview({ ...review, records: [held.record] }, system.signer))
  const queue = await openQueue(config, { events, onFailed: () => {} })
  const stop = new AbortController()
  const before = installation.calls().length
  const sweeping = sweepUntil(system, { queue, owner: 'sweep', signal: stop.signal })
  const discarded = () =>
    installation
      .calls()
      .slice(before)
      .some(({ action }) => /delete/i.test(action))
  const applied = async () => (await catalog.reviews.get(review.id))?.state === 'applied'
  await until(async () => (await applied()) && discarded(), 'the review is carried out, and staging swept')
  stop.abort()
  await sweeping
  await queue.close()
}

async function reviewer({ config }: Installation): Promise<void> {
  await command(quarantineCommand(), ['list', '-c', config])
  await command(quarantineCommand(), ['show', await heldRecord(config), '-c', config])
  await command(deadletterCommand(), ['list', '-c', config])
  await command(deadletterCommand(), ['show', await deadLetter(config), '-c', config])
}

async function deadLetter(config: string): Promise<string> {
  await using system = await openSystem(await loadConfig(config, process.env), { command: 'test' })
  const [letter] = await system.catalog.deadLetters.list({ dataset: DATASET })
  return letter?.id ?? ''
}

async function heldRecord(config: string): Promise<string> {
  const system = await openSystem(await loadConfig(config, process.env), { command: 'test' })
  await using _ = system
  const [held] = await system.catalog.flagged.list({ dataset: DATASET, standing: 'quarantined', limit: 1 })
  return held?.record ?? ''
}

async function exporter({ config, folder }: Installation): Promise<void> {
  await command(exportCommand(), ['-c', config, '--out', join(folder, 'mail.jsonl')])
  await command(verifyCommand(), ['-c', config])
  await command(auditCommand(), ['verify', '-c', config])
}

async function atConsole(installation: Installation): Promise<void> {
  await using system = await openSigning(installation, ['review.object:before', 'review.manifest:before'])
  await workAtConsole(system, DATASET)
}

async function federate(installation: Installation): Promise<void> {
  await using system = await openSigning(installation, ['round.result:before', 'round.manifest:before'])
  await raceForKey(system, FEDERATION)
  installation.tear() // the first write is the model's that it begins with
  await runRound(system)
}

async function operator(installation: Installation): Promise<void> {
  const { config } = installation
  const keys = (...args: string[]) => command(keysCommand(), [...args, '-c', config])
  const { version, kid } = await currentKeys(installation)
  await keys('status', '--objects')
  await keys('rotate', '--new-epochs')
  // AWS ends whole keys only, and says so
  await keys('retire', version, '--yes').catch((error: unknown) => {
    if (!isAppError(error) || error.reason !== 'not_retirable') throw error
  })
  await keys('rotate', '--signing')
  await keys('reencrypt')
  await makeOld(installation)
  await keys('destroy', kid, '--yes')
  await keys('destroy', kid, '--yes') // done again, it finds its report
  await command(checkCommand(), ['-c', config], [0, 1])
}

/** Two days pass for the epoch keys: no process takes the one before for the current one any more. */
async function makeOld(installation: Installation): Promise<void> {
  await using system = await open(installation)
  for await (const record of system.keys.list(DATASET)) {
    const created = new Date(Date.parse(record.created) - 2 * 86_400_000).toISOString()
    const at = recordPath(DATASET, record.kid)
    const { key } = await system.keys.get(DATASET, record.kid)
    const older = { ...record, created }
    const wraps = await Promise.all(system.keys.keyrings.map((keyring) => keyring.wrap(key, wrapContext(older))))
    await system.store.replace(at, serialize({ ...older, wraps }), (await system.store.read(at)).version)
  }
}

async function currentKeys(installation: Installation): Promise<{ version: string; kid: string }> {
  await using system = await openSigning(installation)
  const { version } = await system.keys.keyrings[0]!.current()
  return { version, kid: (await system.keys.pointer(DATASET))?.kid ?? '' }
}

/** Runs a command of the command line in this process; throws where it ends with another exit code. */
async function command(parsed: Command, args: readonly string[], exits: readonly number[] = [0]): Promise<void> {
  process.exitCode = 0
  await parsed.parseAsync([...args], { from: 'user' })
  const code = exitCode()
  process.exitCode = 0
  if (!exits.includes(code)) throw new Error(`${parsed.name()} ${args.join(' ')} ended with ${code}`)
}

function exitCode(): number {
  return Number(process.exitCode ?? 0)
}
