import { createEngine } from '../numeric/create-engine.ts'
import { loadDetectors } from '../own-detectors.ts'
import type { ScanInput } from '../view/samples.ts'
import { scanWindow, type ScanOptions, type WindowScan } from '../scan-window.ts'
import { scoreWindow, type ScoredWindow, type ScoreTask } from '../score-window.ts'
import { tell, type Told } from './errors.ts'

/** The part of a scan's options that can cross into a worker thread. */
export interface WorkerOptions extends Pick<ScanOptions, 'history' | 'against'> {
  /** Modules with the user's own detectors. */
  readonly detectors?: readonly string[] | undefined
}

/** The thread's engine, which serves all its tasks. */
const engine = createEngine()

/** Resolves when the thread can take a window. */
export async function ready(): Promise<void> {
  await engine
}

export function scan({ input, options }: { input: ScanInput; options: WorkerOptions }): Promise<Told<WindowScan>> {
  const { detectors = [], ...rest } = options
  return tell(async () => scanWindow(input, { ...rest, own: await loadDetectors(detectors), engine: await engine }))
}

export function score(task: ScoreTask): Promise<Told<ScoredWindow>> {
  return tell(async () => scoreWindow(task, await engine))
}
