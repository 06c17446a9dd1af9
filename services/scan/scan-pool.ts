import { Piscina } from 'piscina'
import type { ScanInput } from './samples.ts'
import type { WindowScan } from './scan-window.ts'
import type { WorkerOptions } from './scan-worker.ts'
import type { ScoredWindow, ScoreTask } from './score-window.ts'
import { hear } from './worker-errors.ts'

export interface ScanPool extends AsyncDisposable {
  scan(input: ScanInput, options?: WorkerOptions): Promise<WindowScan>
  /** `scoreWindow` in a worker thread. */
  score(task: ScoreTask): Promise<ScoredWindow>
}

/**
 * Scans in worker threads, so that the event loop stays free to renew leases. A window is scanned by one thread from
 * start to end: how many there are changes how long it takes and no byte of what comes out.
 */
export function createScanPool(threads: number): ScanPool {
  // Beside this file, with this file's extension: sources run as they are, the published package as compiled.
  const extension = import.meta.url.slice(import.meta.url.lastIndexOf('.'))
  const pool = new Piscina({
    filename: new URL(`./scan-worker${extension}`, import.meta.url).href,
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 10_000,
  })
  return {
    scan: async (input, options = {}) => hear<WindowScan>(await pool.run({ input, options }, { name: 'scan' })),
    score: async (task) => hear<ScoredWindow>(await pool.run(task, { name: 'score' })),
    async [Symbol.asyncDispose]() {
      await pool.close()
    },
  }
}
