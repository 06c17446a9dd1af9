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
   * `scoreWindow` in a worker thread. A window that takes all memory, or all the time there is, is held whole instead.
   * Throws `unavailable` once the pool closes.
   */
  score(task: ScoreTask): Promise<ScoredWindow>
}

export interface ScanPoolOptions {
  /** How long a scan may take before its thread is ended. */
  readonly deadlineMs?: number
  /** Mebibytes of JavaScript heap that a thread may take. */
  readonly heapMiB?: number
  /** In place of the worker's own file. */
  readonly filename?: string
}

const DEADLINE_MS = 30 * 60_000
/** What is young in a thread's heap: of the 96 MiB that Node.js would give it, a scan is no faster. */
const YOUNG_MIB = 24
const CLOSE_MS = 20_000

/**
 * Scans in worker threads, so that the event loop stays free to renew leases. A window is scanned by one thread from
 * start to end: how many there are changes how long it takes and no byte of what comes out.
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

  // A task is handed over when a thread is free for it: until then its time does not run, and no copy of it is made.
  const run = (task: unknown, name: string) => threadFree(() => runNow(task, name))
  const runNow = async (task: unknown, name: string): Promise<unknown> => {
    const stopping = (cause?: unknown) =>
      new AppError('unavailable', 'the process is stopping', { cause, reason: 'stopped' })
    if (isClosing) throw stopping()
    const late = new AbortController()
    let timer: NodeJS.Timeout | undefined
    try {
      // What a thread takes to start is no time of the window's.
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

/** Why a thread ended in the middle of a scan, where that is the window's doing; null for every other failure. */
function whyEnded(error: unknown, deadlineMs: number): string | null {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown }
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'the scan took more memory than there is'
  if (name === 'AbortError') return `the scan took longer than ${deadlineMs / 1000} s`
  return null
}
