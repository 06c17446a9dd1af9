import { randomUUID } from 'node:crypto'
import { AppError } from '#core/errors.ts'
import type { Job } from '#core/jobs.ts'
import type { ReviewRow, WindowRow } from '#runtime/catalog/catalog.ts'
import { createInProcessQueue } from '#runtime/queue/in-process.ts'
import { createSweeper } from '#runtime/sweeper.ts'
import { commitWindow } from '#services/encrypt/pipeline.ts'
import { applyReview } from '#services/encrypt/review.ts'
import { ingestDataset, type IngestProgress } from '#services/ingest/pipeline.ts'
import { scanStage } from '#services/scan/pipeline.ts'
import { createScanPool } from '#services/scan/scan-pool.ts'
import type { ScoredWindow, ScoreTask } from '#services/scan/score-window.ts'
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

export interface Failure {
  readonly job: Job
  readonly error: unknown
}

/**
 * All three stages in one process, until every source is read to its end and every window is committed, or until `signal`:
 * then what runs is finished, what waits is left for the next run. Windows that an earlier run left behind come first.
 */
export async function runEmbedded(system: System, options: EmbeddedOptions = {}): Promise<readonly Failure[]> {
  const { config, catalog, vault, chain, step, events } = system
  const failures: Failure[] = []
  const stopping = new AbortController()
  const signal = options.signal === undefined ? stopping.signal : AbortSignal.any([options.signal, stopping.signal])
  await using pool = createScanPool(config.workers)
  const score = options.score ?? ((task: ScoreTask) => pool.score(task))
  const queue = createInProcessQueue({
    // Two windows ahead of each thread: more would only hold memory.
    capacity: 2 * config.workers,
    events,
    onFailed: async (job, error) => {
      failures.push({ job, error })
      await catalog.windows.failed(job.window, error instanceof AppError ? error.code : 'internal')
    },
  })
  const closing = queue.close.bind(queue)
  signal.addEventListener('abort', () => void closing(), { once: true })

  queue.consume(
    'scan',
    async ({ window }) => {
      const scanned = await scanStage(window, {
        catalog,
        vault,
        score,
        settings: (name) => {
          const { dataset, contract } = datasetOf(system, name)
          const { policy, model } = dataset
          return { contract, policy, seed: config.seed, ...(model !== undefined && { model: model.onnx }) }
        },
        enqueueCommit: (id) => queue.enqueue({ stage: 'commit', window: id }),
        step,
      })
      options.onScanned?.(scanned)
    },
    { concurrency: config.workers },
  )
  queue.consume('commit', async ({ window }) => {
    const row = await catalog.windows.get(window)
    if (row === null) throw new AppError('not_found', `the catalog has no window ${window}`)
    const committed = await commitWindow(row, { vault, chain, catalog, step })
    options.onCommitted?.(committed)
  })

  try {
    await discardLeftovers(system)
    const onReview = (review: ReviewRow) => applyReview(review, { vault, chain, catalog, step })
    await createSweeper({ catalog, queue, onReview, events }).sweep('all')
    await Promise.all(
      Object.entries(config.datasets).map(([name, dataset]) => {
        const { contract, sha256 } = datasetOf(system, name)
        return ingestDataset({
          dataset: name,
          source: sourceOf(name, dataset.source),
          contract,
          contractHash: sha256,
          catalog,
          vault,
          enqueue: (job) => queue.enqueue(job),
          limits: dataset.window,
          owner: randomUUID(),
          step,
          signal,
          onProgress: (progress) => options.onStaged?.(name, progress),
        })
      }),
    )
    await queue.onIdle()
  } catch (error) {
    stopping.abort()
    if (options.signal?.aborted !== true) throw error
  } finally {
    await queue.close()
  }
  return failures
}

/**
 * Staged objects that a crash left behind: of a window that is committed, or of one that never got its row (reading comes by
 * again). Nobody else can be using them: the data folder is ours alone.
 */
async function discardLeftovers({ store, catalog, vault }: System): Promise<void> {
  for await (const path of store.list('staging/')) {
    const window =
      path
        .split('/')
        .at(-1)
        ?.replace(/\.\d+$/, '') ?? ''
    const row = await catalog.windows.get(window)
    if (row === null || row.state === 'committed' || row.staged.path !== path) await vault.discard(path)
  }
}
