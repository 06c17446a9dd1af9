import type { ScanResult } from '#core/score.ts'
import type { Bulk } from './calibrate/history.ts'

/** A scan's result, and what `updateHistory` takes from it. Structured-cloneable. */
export interface WindowScan extends ScanResult {
  readonly bulk: Bulk
  /** Its records as they are worth another look among many windows, where families take turns; empty where nothing was scanned. */
  readonly order: Int32Array
}
