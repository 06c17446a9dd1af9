import type { Contract } from '#core/contract.ts'
import { AppError } from '#core/errors.ts'
import type { Job } from '#core/jobs.ts'
import type { DeadReason } from '#core/record.ts'
import type { Vault } from '#core/vault.ts'
import type { Catalog, DeadLetterRow } from '#runtime/catalog/catalog.ts'
import { deadLetterId } from '#core/hash.ts'
import { windowContext } from '#core/layout.ts'
import { createEvents, type Events } from '#runtime/process/events.ts'
import { createSteps, type RunStep } from '#runtime/process/steps.ts'
import type { Fault } from './record/check-fields.ts'
import { holdLease } from '#runtime/waiting/lease.ts'
import { decodeLetters } from './record/letter-codec.ts'
import { createPreparer, type HeldLetter, type Prepared, type PreparedRecord, type Preparer } from './record/prepare.ts'
import type { Source, SourceItem } from './source.ts'
import { stageWindow } from './stage.ts'

export interface RedriveOptions {
  readonly dataset: string
  readonly contract: Contract
  /** SHA-256 of the contract, hex. */
  readonly contractHash: string
  readonly catalog: Pick<Catalog, 'sources' | 'windows' | 'deadLetters'>
  readonly vault: Vault
  readonly enqueue: (job: Job) => Promise<void>
  readonly owner: string
  /** The source of the dataset. Broken items, items too large to keep, and items without labels are read from it again. */
  readonly source?: Source | undefined
  /** Only these dead letters. */
  readonly ids?: readonly string[] | undefined
  readonly reason?: DeadReason | undefined
  /** Only the dead letters that this redrive of the catalog took up. */
  readonly redrive?: string | undefined
  /** At most this many. */
  readonly limit?: number | undefined
  /** At most this many go into one window. */
  readonly windowRecords?: number | undefined
  /** Only reports what would happen; changes nothing. */
  readonly dryRun?: boolean | undefined
  /** Called after each window's worth of attempts. */
  readonly onProgress?: (() => Promise<void>) | undefined
  /** Ends the redrive between two windows. */
  readonly signal?: AbortSignal | undefined
  readonly step?: RunStep | undefined
  readonly events?: Events | undefined
}

export interface RedriveSummary {
  /** The number of dead letters that were tried. */
  readonly tried: number
  /** How many of those are records now. */
  readonly recovered: number
  /** The ids of those dead letters. */
  readonly recoveredIds: readonly string[]
  readonly failed: readonly RedriveFailure[]
  /** Ids of the staged windows. */
  readonly windows: readonly string[]
}

export interface RedriveFailure extends Fault {
  readonly id: string
}

/** The source name of windows of redriven records; the records keep their original source. */
export const REDRIVE_SOURCE = 'redrive'

/**
 * Decodes open dead letters again, by the current contract. New records are staged in their own window and marked as redriven,
 * in one transaction; what fails again stays open, with its attempts counted up. Throws `conflict` while another redrive of the
 * dataset runs.
 */
export async function redriveDeadLetters(options: RedriveOptions): Promise<RedriveSummary> {
  const { dataset, catalog, owner, ids, reason, redrive, limit, windowRecords = 10_000, dryRun = false } = options
  await using held = dryRun ? null : await holdLease(catalog.sources, REDRIVE_SOURCE, dataset, { owner })
  if (!dryRun && !held)
    throw new AppError('conflict', `somebody else is redriving dead letters of ${dataset}`, { reason: 'redriving' })
  const rows = await catalog.deadLetters.list({ dataset, state: 'open', ids, reason, redrive, limit })
  const prepare = createRedrivePreparer(options)
  const seen = new Set<string>()
  const summary = {
    tried: rows.length,
    recovered: 0,
    recoveredIds: [] as string[],
    failed: [] as RedriveFailure[],
    windows: [] as string[],
  }
  for (let start = 0; start < rows.length; start += windowRecords) {
    if (options.signal?.aborted === true) break
    const chunk = rows.slice(start, start + windowRecords)
    const letters = await openLetters(chunk, options)
    await readAgain(letters, options)
    const attempts = await tryAgain(chunk, letters, prepare, options, seen)
    const recovered = attempts.flatMap(({ id, outcome }) => ('reason' in outcome ? [] : [{ id, record: outcome }]))
    const failed = attempts.flatMap(({ id, outcome }) => ('reason' in outcome ? [{ id, ...outcome }] : []))
    summary.recovered += recovered.length
    for (const { id } of recovered) summary.recoveredIds.push(id)
    summary.failed.push(...failed)
    if (!held) continue
    held.check()
    if (recovered.length > 0) {
      const row = await stageRecovered(recovered, held.lease, options)
      if (row === null) throw new AppError('internal', 'what was recovered is not redeliverable')
      await options.enqueue({ stage: 'scan', window: row.id })
      summary.windows.push(row.id)
    }
    if (failed.length > 0) await catalog.deadLetters.failedAgain(failed)
    await options.onProgress?.()
  }
  return summary
}

interface Attempt {
  readonly id: string
  readonly outcome: PreparedRecord | Fault
}

async function tryAgain(
  rows: readonly DeadLetterRow[],
  letters: ReadonlyMap<string, HeldLetter>,
  prepare: (letter: HeldLetter) => Prepared,
  { dataset, contract, catalog }: RedriveOptions,
  seen: Set<string>,
): Promise<Attempt[]> {
  const attempts = rows.map(({ id, window }) => {
    const letter = letters.get(id)
    if (!letter) throw new AppError('corrupt', `window ${window} does not hold its dead letter ${id}`)
    const prepared = prepare(letter)
    if (prepared.kind === 'record') return { id, outcome: prepared }
    return { id, outcome: { reason: prepared.letter.reason, detail: prepared.letter.detail } }
  })
  if (contract.id === undefined) return attempts
  const ids = attempts.flatMap(({ outcome }) => ('record' in outcome ? [outcome.record.id] : []))
  for (const id of await catalog.sources.seenIds(dataset, ids)) seen.add(id)
  return attempts.map((attempt) => {
    if (!('record' in attempt.outcome)) return attempt
    const { id } = attempt.outcome.record
    if (seen.has(id)) return { ...attempt, outcome: { reason: 'duplicate_id', detail: 'an id that was staged before' } }
    seen.add(id)
    return attempt
  })
}

/** The letters of these rows, read from the objects of their windows. */
export async function openLetters(
  rows: readonly DeadLetterRow[],
  { catalog, vault }: Pick<RedriveOptions, 'vault'> & { readonly catalog: Pick<Catalog, 'windows'> },
): Promise<Map<string, HeldLetter>> {
  const wanted = new Set(rows.map((row) => row.id))
  const letters = new Map<string, HeldLetter>()
  for (const window of new Set(rows.map((row) => row.window))) {
    const row = await catalog.windows.get(window)
    if (!row?.deadLetterObject) throw new AppError('corrupt', `window ${window} has no object of dead letters`)
    const { path, sha256 } = row.deadLetterObject
    const context = windowContext(row, 'jsonl+zstd')
    for (const letter of decodeLetters(await vault.open(path, context, sha256))) {
      if (wanted.has(letter.id)) letters.set(letter.id, letter)
    }
  }
  return letters
}

/**
 * Replaces the bodies of incomplete items by what the source has in their places now, if that is complete. A letter that stood
 * for the rest of a partition is skipped: normal reading continues there.
 */
async function readAgain(
  letters: Map<string, HeldLetter>,
  { dataset, source, catalog }: RedriveOptions,
): Promise<void> {
  if (!source?.reread) return
  const wanted = new Map<string, Set<string>>()
  for (const { id, body, provenance } of letters.values()) {
    const { partition, position } = provenance
    const isItem = provenance.source === source.name && id === deadLetterId(dataset, source.name, partition, position)
    // rows of arrays are read again too, because their labels may have been added
    const isWorthIt = body.kind === 'broken' || (body.kind === 'fields' && !body.untyped)
    if (!isItem || !isWorthIt) continue
    wanted.set(partition, (wanted.get(partition) ?? new Set()).add(position))
  }
  if (wanted.size === 0) return
  for (const { id: shard } of await source.shards()) {
    const positions = await catalog.sources.positions(source.name, shard)
    for await (const { partition, position, body } of source.reread(shard, wanted, positions, () => {})) {
      const id = deadLetterId(dataset, source.name, partition, position)
      const letter = letters.get(id)
      if (letter && body.kind !== 'broken') letters.set(id, { ...letter, body })
    }
  }
}

function createRedrivePreparer({ contract, dataset }: RedriveOptions): (letter: HeldLetter) => Prepared {
  const preparers = new Map<string, Preparer>()
  return ({ provenance, body, extra }) => {
    const { source, ...place } = provenance
    let preparer = preparers.get(source)
    if (!preparer) preparers.set(source, (preparer = createPreparer(contract, { dataset, source })))
    const item: SourceItem = { ...place, body, ...(extra ? { extra } : {}) }
    return preparer.prepare(item)
  }
}

/** Stages recovered records. Positions of the redrive source count the records recovered so far. */
async function stageRecovered(
  recovered: readonly { readonly id: string; readonly record: PreparedRecord }[],
  lease: Parameters<typeof stageWindow>[2],
  { dataset, contract, contractHash, catalog, vault, step = createSteps(), events = createEvents() }: RedriveOptions,
) {
  const from = (await catalog.sources.positions(REDRIVE_SOURCE, dataset)).get(dataset) ?? ''
  const to = String(Number(from) + recovered.length)
  const preparer = createPreparer(contract, { dataset, source: REDRIVE_SOURCE })
  const guardsIds = contract.id !== undefined
  // without `item`, a record cannot become a dead letter again: a race for an id is then a conflict
  const items = recovered.map(({ record }) => ({ ...record, item: null }))
  return stageWindow(
    { dataset, source: REDRIVE_SOURCE, contractHash, guardsIds, catalog, vault, preparer, step, events },
    { segments: [{ partition: dataset, from, to }], items },
    lease,
    recovered.map(({ id }) => id),
  )
}
