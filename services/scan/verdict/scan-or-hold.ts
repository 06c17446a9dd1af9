import { isAppError, isRetryable } from '#core/errors.ts'
import type { ScanResult } from '#core/score.ts'

export interface ScanOrHold {
  readonly result: ScanResult
  /** Why the window was not scanned; absent where it was. */
  readonly unscanned?: string
}

/**
 * A scan that always has a result: a window that is too small for any detector, or whose scan fails for good, is held
 * as a whole, with the reason, so that it does not block its dataset. It throws errors that are worth another try, and
 * those of a configuration that names something missing. `unscannable` is the reason of an earlier attempt, which is
 * not repeated.
 */
export async function scanOrHold(
  n: number,
  unscannable: string | undefined,
  scan: () => Promise<ScanResult>,
): Promise<ScanOrHold> {
  if (unscannable !== undefined) return { result: held(n, unscannable), unscanned: unscannable }
  try {
    const result = await scan()
    if (result.detectors.length > 0) return { result }
    const unscanned = result.notes[0] ?? 'no detector fits this window'
    return { result: held(n, unscanned), unscanned }
  } catch (error) {
    if (isRetryable(error) || isMisconfigured(error)) throw error
    // Only an AppError's message is safe to store: another error's message could quote a record.
    const why = isAppError(error) ? error.message : error instanceof Error ? error.name : 'unknown'
    const unscanned = `the scan failed: ${why}`
    return { result: held(n, unscanned), unscanned }
  }
}

/**
 * Whether a thing that the configuration names is missing, not installed, not readable or no detector: no record is the
 * cause.
 */
function isMisconfigured(error: unknown): boolean {
  if (!isAppError(error)) return false
  return error.code === 'not_found' || error.code === 'denied' || MISCONFIGURED.includes(error.reason ?? '')
}

const MISCONFIGURED = ['detector', 'missing_package']

/** Every record has the highest risk, since nothing is known of it. */
function held(n: number, why: string): ScanResult {
  return {
    risk: new Float64Array(n).fill(1),
    issues: Array.from({ length: n }, () => []), // no detector has run
    campaigns: [],
    map: new Float32Array(2 * n),
    detectors: [],
    certified: false,
    notes: [`The window was not scanned: ${why}`],
  }
}
