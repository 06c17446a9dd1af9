import { isAppError, isRetryable } from '#core/errors.ts'
import { isOfLaterVersion } from '#core/later-version.ts'

/**
 * Whether neither time nor an operator mends an error: a permission may be granted and a key enabled, but a destroyed
 * key stays destroyed. A later version reads what it wrote: who passed that over would make another memory than the
 * processes of that version.
 */
export function isForGood(error: unknown): boolean {
  if (!isAppError(error)) return true
  if (isOfLaterVersion(error)) return false
  return isAppError(error, 'denied') ? error.reason === 'key_destroyed' : !isRetryable(error)
}
