import { isAppError, isRetryable } from '#core/errors.ts'
import type { ScanResult } from '#core/score.ts'

export interface ScanOrHold {
  readonly result: ScanResult
  /** Why the window could not be scanned; absent where it was. */
  readonly unscanned?: string
}

/**
 * A scan that always comes to a result: a window that is too small for any detector, or that a scan fails on for good, is
 * to be held whole, with the reason, instead of standing in the way of its dataset. What is worth another try, and a
 * configuration that names what is not there, still throws. `unscannable`: what an earlier attempt came to, which is not to
 * be repeated.
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
    // Only an error of our own says what may be repeated; another's message could quote a record.
    const why = isAppError(error) ? error.message : error instanceof Error ? error.name : 'unknown'
    const unscanned = `the scan failed: ${why}`
    return { result: held(n, unscanned), unscanned }
  }
}

/** What a configuration names is not there, not installed, may not be read, or is no detector: no record has anything to do with it. */
function isMisconfigured(error: unknown): boolean {
  if (!isAppError(error)) return false
  return error.code === 'not_found' || error.code === 'denied' || MISCONFIGURED.includes(error.reason ?? '')
}

const MISCONFIGURED = ['detector', 'missing_package']

/** Nothing is known of any record: as risky as can be to whoever looks at the risk alone. */
function held(n: number, why: string): ScanResult {
  return {
    risk: new Float64Array(n).fill(1),
    issues: Array.from({ length: n }, () => []), // no detector has said anything
    campaigns: [],
    map: new Float32Array(2 * n),
    detectors: [],
    certified: false,
    notes: [`The window was not scanned: ${why}`],
  }
}
