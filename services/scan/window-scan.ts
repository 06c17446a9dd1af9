import type { ScanResult } from '#core/score.ts'
import type { Bulk } from './calibrate/history.ts'

/** A scan's result, and what `updateHistory` takes from it. Structured-cloneable. */
export interface WindowScan extends ScanResult {
  readonly bulk: Bulk
  /**
   * Its records in the order in which a pool takes them, where families take turns; empty where nothing was scanned.
   */
  readonly order: Int32Array
}
