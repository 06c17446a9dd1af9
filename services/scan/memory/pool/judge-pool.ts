import { isAppError, isRetryable } from '#core/errors.ts'
import { decodeSidecar } from '#core/sidecar.ts'
import type { WindowRow } from '#runtime/catalog/catalog.ts'
import type { ScoredWindow, ScoreTask } from '../../score-window.ts'
import type { ScanSettings } from '../../settings.ts'
import type { PoolVerdict } from '../learn.ts'
import type { Mark } from '../marks.ts'
import type { PoolRow } from '../places/named.ts'

/** A pool as it is scanned: the lines of its records, and the marks that are sought in all of them. */
export interface GatheredPool {
  /** The last window that gave to it; all windows have its contract. */
  readonly last: WindowRow
  readonly lines: Uint8Array
  readonly marks: readonly Mark[]
  /** By window: the lines that it gave after its records, with its columns, prints, words, places and keys. */
  readonly behind: readonly Uint8Array[]
  /** By record of `lines`: where it is from; parts are places in `behind`. */
  readonly from: readonly PoolRow[]
}

export interface JudgeDeps {
  readonly score: (task: ScoreTask) => Promise<ScoredWindow>
  readonly settings: (window: WindowRow) => Promise<ScanSettings>
}

/**
 * Scans a pool like one window, without what earlier windows taught, which holds for windows and not for a selection.
 * Null where it cannot be scanned. Throws errors that are worth another try.
 */
export async function judgePool(
  { last, lines, marks, behind, from }: GatheredPool,
  deps: JudgeDeps,
): Promise<PoolVerdict | null> {
  try {
    const { contract, policy, seed, model, detectors } = await deps.settings(last)
    const how = { contract, policy, seed, model, detectors }
    const task = { window: `pool-${last.ordinal}`, plaintext: lines, ...how, marks, behind, from }
    const { sidecar, bearers, ...shown } = await deps.score(task)
    const { spikes = [], floods = [], hunted = [], inserted = [], natural = [] } = shown
    const { leads = [], followed = [], overdrawn = [] } = shown
    const { unscanned, records, campaigns } = decodeSidecar(sidecar)
    if (unscanned !== undefined || bearers === undefined) return null
    const risk = records.map((record) => record.risk)
    return { risk, campaigns, bearers, spikes, floods, hunted, inserted, natural, leads, followed, overdrawn }
  } catch (error) {
    if (!isAppError(error) || isRetryable(error)) throw error
    return null
  }
}
