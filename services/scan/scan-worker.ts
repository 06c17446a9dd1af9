import { createEngine } from './numeric/create-engine.ts'
import type { ScanInput } from './samples.ts'
import { scanWindow, type ScanOptions, type WindowScan } from './scan-window.ts'
import { scoreWindow, type ScoredWindow, type ScoreTask } from './score-window.ts'

/** The part of a scan's options that can cross into a worker thread. */
export type WorkerOptions = Pick<ScanOptions, 'history'>

/** What runs inside a worker thread. One engine serves every task of the thread. */
const engine = createEngine()

export async function scan({ input, options }: { input: ScanInput; options: WorkerOptions }): Promise<WindowScan> {
  return await scanWindow(input, { ...options, engine: await engine })
}

export async function score(task: ScoreTask): Promise<ScoredWindow> {
  return await scoreWindow(task)
}
