import { AppError, isAppError, reportOf } from '#core/errors.ts'
import type { Job } from '#core/jobs.ts'
import type { ReviewRow, WindowRow } from '#runtime/catalog/catalog.ts'
import type { Queue } from '#runtime/queue/queue.ts'
import { isSealed } from '#services/encrypt/decision.ts'
import { commitWindow } from '#services/encrypt/pipeline.ts'
import type { OpenedMemory } from '#services/scan/memory/kept/open-memory.ts'
import { catchUpStage, scanStage, type ScanDeps } from '#services/scan/pipeline.ts'
import type { ScoredWindow, ScoreTask } from '#services/scan/score-window.ts'
import { contractOf } from './contract-archive.ts'
import { datasetOf, type SigningSystem, type System } from './system.ts'

export interface ScanOptions {
  /** How a window is scored; usually in worker threads. */
  readonly score: (task: ScoreTask) => Promise<ScoredWindow>
  /** How many windows are processed at once: one more than are scored, so that threads do not wait for a store. */
  readonly windows: number
}

/** The scans that this process runs. */
export interface Scans {
  /** Makes the memory of a dataset reach as far as its windows allow; safe to repeat after an error. */
  catchUp(dataset: string): Promise<void>
}

/** Makes this process run the queue's scans. */
export function consumeScans(system: System, queue: Queue, { score, windows }: ScanOptions): Scans {
  const { config, catalog, vault, keys, step, events } = system
  const settings = async ({ dataset: name, contract: sha256 }: WindowRow) => {
    const { policy, scan, model, detectors, memory } = knownDataset(system, name).dataset
    const contract = await contractOf(system, name, sha256)
    const every = memory === false ? null : memory.every
    return { contract, policy, seed: config.seed, effort: scan.effort, model: model?.onnx, detectors, every }
  }
  const enqueueCommit = (window: string) => queue.enqueue({ stage: 'commit', window })
  const scanning = createOnce<WindowRow>()
  const once = createOnce<OpenedMemory | null>()
  const scanFirst = (window: string): Promise<WindowRow> => scanning(window, () => scanStage(window, deps))
  const isGiven = (review: ReviewRow) => isSealed(review, keys)
  const deps: ScanDeps = { catalog, vault, score, settings, scanFirst, once, isGiven, enqueueCommit, step, events }
  const isLast = async ({ dataset, ordinal }: WindowRow) =>
    (await catalog.windows.list({ dataset, after: ordinal, limit: 1 })).length === 0
  queue.consume(
    'scan',
    async ({ window }) => {
      const row = await scanFirst(window)
      if (!(await isLast(row))) return
      // the window is scanned; where this fails, the next window's scan, or whoever takes up memories, tries again
      await catchUpStage(row, deps).catch(rethrowFaults)
    },
    { concurrency: windows },
  )
  return {
    async catchUp(dataset) {
      const last = await catalog.windows.last(dataset)
      if (last !== null) await catchUpStage(last, deps)
    },
  }
}

function rethrowFaults(error: unknown): void {
  if (!isAppError(error)) throw error
}

/** Simultaneous requests under one name share one run of the work. */
function createOnce<T>(): (name: string, work: () => Promise<T>) => Promise<T> {
  const underWay = new Map<string, Promise<T>>()
  return (name, work) => {
    const shared = underWay.get(name) ?? work().finally(() => underWay.delete(name))
    underWay.set(name, shared)
    return shared
  }
}

/** Makes this process run the queue's commits. */
export function consumeCommits({ catalog, vault, chain, step, events }: SigningSystem, queue: Queue): void {
  queue.consume('commit', async ({ window }) => {
    const row = await catalog.windows.get(window)
    if (row === null) throw new AppError('not_found', `the catalog has no window ${window}`)
    await commitWindow(row, { vault, chain, catalog, step, events })
  })
}

/**
 * Throws a retryable error for an unknown dataset: another process may have a newer configuration, or this one will, so its
 * windows wait.
 */
function knownDataset(system: System, name: string): ReturnType<typeof datasetOf> {
  try {
    return datasetOf(system, name)
  } catch (error) {
    const message = isAppError(error) ? error.message : ''
    throw new AppError('unavailable', message, { cause: error, reason: 'unknown_dataset' })
  }
}

/** Handles a job that was given up: the catalog stores the reason, and an event reports it. */
export async function noteFailure({ catalog, events }: System, job: Job, error: unknown): Promise<void> {
  const report = reportOf(error)
  const isNews = await catalog.windows.failed(job.window, report.code)
  if (isNews) events.emit('window.held', { ...job, ...report })
}
