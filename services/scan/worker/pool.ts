import { extname } from 'node:path'
import { Piscina } from 'piscina'
import { AppError } from '#core/errors.ts'
import { atMost } from '#runtime/waiting/at-most.ts'
import type { ScanInput } from '../view/samples.ts'
import type { WindowScan } from '../scan-window.ts'
import type { WorkerOptions } from './scan-worker.ts'
import type { ScoredWindow, ScoreTask } from '../score-window.ts'
import { hear, type Told } from './errors.ts'

export interface ScanPool extends AsyncDisposable {
  scan(input: ScanInput, options?: WorkerOptions): Promise<WindowScan>
  /**
   * Runs `scoreWindow` in a worker thread. A window whose scan runs out of memory or time is held as a whole instead.
   * Throws `unavailable` once the pool closes.
   */
  score(task: ScoreTask): Promise<ScoredWindow>
}

export interface ScanPoolOptions {
  /** How long a scan may take before its thread is ended. */
  readonly deadlineMs?: number
  /** The mebibytes of JavaScript heap that a thread may take. */
  readonly heapMiB?: number
  /** In place of the worker's own file. */
  readonly filename?: string
}

const DEADLINE_MS = 30 * 60_000
/** The mebibytes of a thread's young generation: with the 96 that Node.js would give it, a scan is no faster. */
const YOUNG_MIB = 24
const CLOSE_MS = 20_000

/**
 * Scans in worker threads, so that the event loop stays free to renew leases. One thread scans a window from start to
 * end: the number of threads changes the time, and no byte of the result.
 */
export function createScanPool(threads: number, options: ScanPoolOptions = {}): ScanPool {
  const { deadlineMs = DEADLINE_MS, heapMiB } = options
  // Beside this file, with this file's extension: sources run as they are, the published package as compiled.
  const pool = new Piscina({
    filename: options.filename ?? new URL(`./scan-worker${extname(import.meta.url)}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 10_000,
    closeTimeout: CLOSE_MS,
    resourceLimits: {
      maxYoungGenerationSizeMb: YOUNG_MIB,
      ...(heapMiB !== undefined && { maxOldGenerationSizeMb: heapMiB }),
    },
  })
  pool.on('error', () => {}) // a thread that ends while it has no task is replaced
  let isClosing = false
  const threadFree = atMost(threads)

  // A task is handed over when a thread is free for it: until then its time does not run, and it is not copied.
  const run = (task: unknown, name: string) => threadFree(() => runNow(task, name))
  const runNow = async (task: unknown, name: string): Promise<unknown> => {
    const stopping = (cause?: unknown) =>
      new AppError('unavailable', 'the process is stopping', { cause, reason: 'stopped' })
    if (isClosing) throw stopping()
    const late = new AbortController()
    let timer: NodeJS.Timeout | undefined
    try {
      // The time that a thread takes to start does not count.
      await pool.run(null, { name: 'ready' })
      timer = setTimeout(() => late.abort(), deadlineMs)
      return await pool.run(task, { name, signal: late.signal })
    } catch (error) {
      if (isClosing) throw stopping(error)
      throw error
    } finally {
      clearTimeout(timer)
    }
  }
  return {
    scan: async (input, options = {}) => hear<WindowScan>((await run({ input, options }, 'scan')) as Told<WindowScan>),
    async score(task) {
      try {
        return hear<ScoredWindow>((await run(task, 'score')) as Told<ScoredWindow>)
      } catch (error) {
        const why = whyEnded(error, deadlineMs)
        if (why === null) throw error
        return hear<ScoredWindow>((await run({ ...task, unscanned: why }, 'score')) as Told<ScoredWindow>)
      }
    },
    async [Symbol.asyncDispose]() {
      isClosing = true
      await pool.close().catch(() => pool.destroy())
    },
  }
}

/** Why a thread ended during a scan, where the window is the cause; null for every other failure. */
function whyEnded(error: unknown, deadlineMs: number): string | null {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'the scan took more memory than there is'
  if (name === 'AbortError') return `the scan took longer than ${deadlineMs / 1000} s`
  return null
}
