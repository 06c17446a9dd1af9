import { AppError, isAppError, reportOf } from '#core/errors.ts'
import type { Queue } from '#runtime/queue/queue.ts'
import { retry, sleep } from '#runtime/waiting/retry.ts'
import { followDataset } from '#services/ingest/follow.ts'
import { ingestDataset, type IngestOptions } from '#services/ingest/pipeline.ts'
import type { Source } from '#services/ingest/source.ts'
import { archiveContract } from './contract-archive.ts'
import { openSource } from './open/source.ts'
import { pinStart } from './pinned-start.ts'
import { datasetOf, type System } from './system.ts'

export interface DatasetIngest {
  readonly owner: string
  /** Ends the reading at once: what is not staged yet is read again next time. */
  readonly signal: AbortSignal
  /** Ends following streams once what was read is staged. */
  readonly drain?: AbortSignal | undefined
  /** Where the opened source is stored by its dataset, so that its lag can be asked. */
  readonly sources?: Map<string, Source> | undefined
}

/** Patience with a queue that is unavailable: callers wait, as they do when it is full. */
const QUEUE_PATIENCE = { attempts: Number.POSITIVE_INFINITY, firstDelayMs: 200, longestDelayMs: 10_000 }

/**
 * Reads one dataset: a finite source to its end, a live one until `signal`. Resolves to what could not be read, file by file.
 * Throws `conflict` (`lease_held`) if another process reads a finite source.
 */
export async function ingestInto(
  system: System,
  name: string,
  queue: Queue,
  { owner, signal, drain, sources }: DatasetIngest,
): Promise<readonly AppError[]> {
  const { config, catalog, vault, step, events } = system
  const { dataset, contract, sha256 } = datasetOf(system, name)
  await archiveContract(system, name)
  const pinned = await pinStart(catalog.sources, name, dataset, { owner, signal })
  const source = await openSource(name, pinned, contract, config)
  sources?.set(name, source)
  events.emit('source.opened', { dataset: name, source: source.name })
  const options: IngestOptions & { readonly signal: AbortSignal } = {
    dataset: name,
    source,
    contract,
    contractHash: sha256,
    catalog,
    vault,
    enqueue: (job, weight) => retry(() => queue.enqueue(job, { weight, signal }), { policy: QUEUE_PATIENCE, signal }),
    limits: dataset.window,
    owner,
    step,
    events,
    signal,
    drain,
  }
  try {
    if (source.live) {
      await followDataset(options)
      return []
    }
    const { held, problems } = await ingestDataset(options)
    if (held.length > 0) throw new AppError('conflict', `another process is reading ${name}`, { reason: 'lease_held' })
    return problems
  } finally {
    await source.close?.()
  }
}

const LOOK_AGAIN_MS = 30_000

/**
 * Reads one dataset until `signal`, as a service: a finite source is read again and again, by one process at a time, and what
 * could not be read is reported.
 */
export async function ingestUntil(system: System, name: string, queue: Queue, options: DatasetIngest): Promise<void> {
  const { signal } = options
  const told = (error: unknown, delayMs: number) => {
    const where = { dataset: name, source: name, shard: '' }
    system.events.emit('source.held', { ...where, ...reportOf(error), attempt: 1, delayMs })
  }
  while (!signal.aborted) {
    try {
      for (const problem of await ingestInto(system, name, queue, options)) told(problem, LOOK_AGAIN_MS)
    } catch (error) {
      const standsBy = isAppError(error, 'conflict') && (error.reason === 'lease_held' || error.reason === 'lease_lost')
      // A defect ends the process; an error of one dataset does not stop the others.
      if (!isAppError(error)) throw error
      if (!standsBy && !signal.aborted) told(error, LOOK_AGAIN_MS)
    }
    await sleep(LOOK_AGAIN_MS, signal).catch(() => {})
  }
}
