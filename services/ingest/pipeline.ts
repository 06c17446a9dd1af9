import type { Contract } from '#core/contract.ts'
import type { AppError } from '#core/errors.ts'
import type { Job } from '#core/jobs.ts'
import type { Vault } from '#core/vault.ts'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import { createEvents, type Events } from '#runtime/process/events.ts'
import { createSteps, type RunStep } from '#runtime/process/steps.ts'
import { holdLease } from '#runtime/waiting/lease.ts'
import { contentMark } from './content-mark.ts'
import { createPreparer } from './record/prepare.ts'
import type { Source } from './source.ts'
import { stageWindow, type StageContext } from './stage.ts'
import { DUE, untilDue } from './until-due.ts'
import { WindowCollector, type OpenWindow, type WindowLimits } from './window.ts'

export interface IngestOptions {
  readonly dataset: string
  readonly source: Source
  readonly contract: Contract
  /** SHA-256 of the contract, hex. */
  readonly contractHash: string
  readonly catalog: Pick<Catalog, 'sources' | 'windows'>
  readonly vault: Vault
  /** Resolves when the queue has room again, which slows reading down. `weight` is the number of records. */
  readonly enqueue: (job: Job, weight: number) => Promise<void>
  readonly limits: WindowLimits
  /** The owner of the leases: unique to this process. */
  readonly owner: string
  readonly leaseSeconds?: number | undefined
  readonly step?: RunStep | undefined
  readonly events?: Events | undefined
  /** Ends the reading at once: what is not staged yet is read again next time. */
  readonly signal?: AbortSignal | undefined
  /** Ends the reading of a live source as if it were finite: what was read is staged. */
  readonly drain?: AbortSignal | undefined
}

export interface IngestSummary {
  readonly windows: number
  readonly records: number
  readonly deadLetters: number
  /** Shards that another process was reading. */
  readonly held: readonly string[]
  /** Errors that kept single partitions from being read, such as a file that changed or may not be opened. */
  readonly problems: readonly AppError[]
}

/**
 * Reads a source to its end, or until `signal`: each shard under a lease, from the catalog's positions on, as windows that are
 * staged one by one. Only what is staged is acknowledged. A partition that cannot be read is reported in `problems`. Resolves
 * when done or aborted. Throws `conflict` (`lease_lost`) if another process took a shard over, and what the source, the vault or
 * the catalog throw. May be called again at any time.
 */
export async function ingestDataset(options: IngestOptions): Promise<IngestSummary> {
  const context = stageContext(options)
  const shards = (await options.source.shards()).map(({ id }) => id)
  const results = await allOrNone(shards, options.signal, (shard, signal) =>
    ingestShard(shard, context, { ...options, signal }),
  )
  const done = results.filter((result) => result !== null)
  const records = sum(done.map((result) => result.records))
  const { dataset, source } = options
  const isWhole = done.length === shards.length && options.signal?.aborted !== true
  if (isWhole) context.events.emit('source.exhausted', { dataset, source: source.name, records })
  return {
    windows: sum(done.map((result) => result.windows)),
    records,
    deadLetters: sum(done.map((result) => result.deadLetters)),
    held: shards.filter((_, index) => results[index] === null),
    problems: done.flatMap((result) => result.problems),
  }
}

/** Runs all tasks at once. If one fails, stops the others, and throws the first failure once all have ended. */
async function allOrNone<T>(
  shards: readonly string[],
  outer: AbortSignal | undefined,
  run: (shard: string, signal: AbortSignal) => Promise<T>,
): Promise<T[]> {
  const failed = new AbortController()
  const signal = outer ? AbortSignal.any([outer, failed.signal]) : failed.signal
  const ended = await Promise.allSettled(
    shards.map(async (shard) => {
      try {
        return await run(shard, signal)
      } catch (error) {
        failed.abort(error)
        throw error
      }
    }),
  )
  if (failed.signal.aborted) throw failed.signal.reason
  return ended.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []))
}

export type ShardSummary = Omit<IngestSummary, 'held'>

/** The context that all readings of one dataset share. Throws `invalid` if the contract's schema is wrong. */
export function stageContext(options: IngestOptions): StageContext {
  return {
    dataset: options.dataset,
    source: options.source.name,
    contractHash: options.contractHash,
    guardsIds: options.contract.id !== undefined,
    catalog: options.catalog,
    vault: options.vault,
    preparer: createPreparer(options.contract, { dataset: options.dataset, source: options.source.name }),
    step: options.step ?? createSteps(),
    events: options.events ?? createEvents(),
  }
}

/**
 * Reads one shard under its lease to its end, or until `signal`; null if another process is reading it. A live source's shard
 * that has ended is marked as finished. The last window of an aborted reading is dropped: its items are read again.
 */
export async function ingestShard(
  shard: string,
  context: StageContext,
  options: IngestOptions,
): Promise<ShardSummary | null> {
  const { source, catalog, limits } = options
  await using held = await holdLease(catalog.sources, source.name, shard, options)
  if (!held) return null
  const total = { windows: 0, records: 0, deadLetters: 0, problems: [] as AppError[] }
  const staged = new Set<string>()

  const commit = async (window: OpenWindow): Promise<void> => {
    const row = await stageWindow(context, window, held.lease)
    const positions = new Map(window.segments.map(({ partition, to }) => [partition, to]))
    await context.step('stage.acknowledge', async () => source.acknowledge?.(shard, positions))
    if (row === null) return // everything was staged before
    await options.enqueue({ stage: 'scan', window: row.id }, row.records)
    staged.add(row.id)
    total.windows++
    total.records += row.records
    total.deadLetters += row.deadLetters
  }

  const positions = await catalog.sources.positions(source.name, shard)
  const collector = new WindowCollector(limits, positions, { finite: !source.live })
  const report = (problem: AppError) => void total.problems.push(problem)
  const left = new AbortController()
  const { drain } = options
  const signal = AbortSignal.any([held.signal, left.signal, ...(drain === undefined ? [] : [drain])])
  const items = source.read(shard, positions, { signal, report, fence: held.lease.fence })
  const dueIn = () => (source.live ? collector.dueInMs() : null)
  for await (const item of untilDue(items, dueIn, () => left.abort())) {
    if (held.signal.aborted) break
    if (item !== DUE) context.events.emit('item.read', { dataset: context.dataset, source: source.name, shard })
    // a stream has no deliveries of its own
    const content = item === DUE || source.live ? undefined : contentMark(item.body)
    const full = item === DUE ? collector.finish() : collector.add(context.preparer.prepare(item), item.mark, content)
    if (full) await commit(full)
  }
  held.check()
  // an aborted reading drops its last window; the next reading makes the same windows from the same positions
  if (held.signal.aborted) return total
  for (let last = collector.finish(); last !== null; last = collector.finish()) await commit(last)
  if (!source.live) await tellRepeated(context, staged)
  if (source.live && drain?.aborted !== true) await catalog.sources.finish(held.lease)
  return total
}

/** Reports which of the deliveries just read repeat an earlier one. A single part of a delivery would not show that. */
async function tellRepeated({ dataset, catalog, events }: StageContext, staged: ReadonlySet<string>): Promise<void> {
  if (staged.size === 0) return
  for (const { window, partition, earlier, share } of await catalog.sources.repeated(dataset)) {
    if (staged.has(window)) events.emit('delivery.repeated', { dataset, window, partition, earlier, share })
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
