import { AppError, isAppError } from '#core/errors.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import { createInProcessQueue } from '#runtime/queue/in-process.ts'
import type { Queue } from '#runtime/queue/queue.ts'
import { createSweeper } from '#runtime/sweeper.ts'
import { commitWindow } from '#services/encrypt/pipeline.ts'
import { applyReview } from '#services/encrypt/review.ts'
import { ingestDataset, type IngestProgress } from '#services/ingest/pipeline.ts'
import { scanStage } from '#services/scan/pipeline.ts'
import { createScanPool } from '#services/scan/scan-pool.ts'
import type { ScoredWindow, ScoreTask } from '#services/scan/score-window.ts'
import { archiveContract, contractOf } from './contract-archive.ts'
import { sourceOf } from './source-of.ts'
import { datasetOf, type System } from './system.ts'

export interface EmbeddedOptions {
  readonly signal?: AbortSignal
  readonly onStaged?: (dataset: string, progress: IngestProgress) => void
  readonly onScanned?: (window: WindowRow) => void
  readonly onCommitted?: (window: WindowRow) => void
  /** In place of the worker threads: how a window is scored. */
  readonly score?: (task: ScoreTask) => Promise<ScoredWindow>
}

/** One thing that could not be done; everything else was, and this is tried again by the next run. */
export interface Failure {
  /** Such as `scan of window …` or `reading mail`. */
  readonly what: string
  readonly error: unknown
}

/**
 * All three stages in one process, until every source is read to its end and every window is committed, or until `signal`:
 * then what runs is finished, what waits is left for the next run. Windows that an earlier run left behind come first. What
 * fails for one file, dataset, window or review does not hold up the others.
 */
export async function runEmbedded(system: System, options: EmbeddedOptions = {}): Promise<readonly Failure[]> {
  const { config, catalog, events } = system
  const { signal } = options
  const failures: Failure[] = []
  const fail = (what: string) => (error: unknown) => {
    if (signal?.aborted !== true) failures.push({ what, error })
  }
  await using pool = createScanPool(config.workers)
  const queue = createInProcessQueue({
    // Two windows ahead of each thread: more would only hold memory.
    capacity: 2 * config.workers,
    events,
    onFailed: async (job, error) => {
      failures.push({ what: `${job.stage} of window ${job.window}`, error })
      await catalog.windows.failed(job.window, isAppError(error) ? error.code : 'internal')
    },
  })
  const close = () => void queue.close()
  signal?.addEventListener('abort', close, { once: true })
  try {
    consume(system, queue, { ...options, score: options.score ?? ((task) => pool.score(task)) })
    await discardLeftovers(system)
    const sweeper = createSweeper({
      catalog,
      queue,
      events,
      onReview: (review) => applyReview(review, system).catch(fail(`review ${review.id}`)),
    })
    await sweeper.sweep('all').catch(fail('taking up what an earlier run left'))
    await Promise.all(
      Object.keys(config.datasets).map(async (name) => {
        const failed = fail(`reading ${name}`)
        try {
          for (const problem of await ingest(system, name, queue, options)) failed(problem)
        } catch (error) {
          failed(error)
        }
      }),
    )
    await queue.onIdle()
  } finally {
    signal?.removeEventListener('abort', close)
    await queue.close()
  }
  return failures
}

function consume(
  system: System,
  queue: Queue,
  { score, onScanned, onCommitted }: EmbeddedOptions & Required<Pick<EmbeddedOptions, 'score'>>,
): void {
  const { config, catalog, vault, chain, step } = system
  const settings = async ({ dataset: name, contract: sha256 }: WindowRow) => {
    const { policy, model } = datasetOf(system, name).dataset
    const contract = await contractOf(system, name, sha256)
    return { contract, policy, seed: config.seed, ...(model !== undefined && { model: model.onnx }) }
  }
  const enqueueCommit = (window: string) => queue.enqueue({ stage: 'commit', window })
  queue.consume(
    'scan',
    async ({ window }) => {
      const scanned = await scanStage(window, { catalog, vault, score, settings, enqueueCommit, step })
      onScanned?.(scanned)
    },
    { concurrency: config.workers },
  )
  queue.consume('commit', async ({ window }) => {
    const row = await catalog.windows.get(window)
    if (row === null) throw new AppError('not_found', `the catalog has no window ${window}`)
    const committed = await commitWindow(row, { vault, chain, catalog, step })
    onCommitted?.(committed)
  })
}

/** Reads one dataset's source to its end; what could not be read of it, file by file. */
async function ingest(
  system: System,
  name: string,
  queue: Queue,
  { signal, onStaged }: EmbeddedOptions,
): Promise<readonly AppError[]> {
  const { catalog, vault, step } = system
  const { dataset, contract, sha256 } = datasetOf(system, name)
  await archiveContract(system, name)
  const { held, problems } = await ingestDataset({
    dataset: name,
    source: sourceOf(name, dataset.source, contract.limits.recordBytes),
    contract,
    contractHash: sha256,
    catalog,
    vault,
    enqueue: (job) => queue.enqueue(job),
    limits: dataset.window,
    // The data folder is ours alone: a lease that a killed run left behind is ours to take up.
    owner: 'embedded',
    step,
    ...(signal !== undefined && { signal }),
    onProgress: (progress) => onStaged?.(name, progress),
  })
  if (held.length > 0) throw new AppError('conflict', `another process is reading ${name}`, { reason: 'lease_held' })
  return problems
}

/**
 * Staged objects that a crash left behind: of a window that is committed, or of one that never got its row (reading comes by
 * again). Nobody else can be using them: the data folder is ours alone.
 */
async function discardLeftovers({ store, catalog, vault }: System): Promise<void> {
  for await (const path of store.list('staging/')) {
    const [window = ''] = (path.split('/')[2] ?? '').split('.')
    const row = await catalog.windows.get(window)
    if (row === null || row.state === 'committed' || row.staged.path !== path) await vault.discard(path)
  }
}
