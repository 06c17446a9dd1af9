import { isAppError, isRetryable } from '#core/errors.ts'

/**
 * Whether neither time nor an operator mends an error: a permission may be granted and a key enabled, but a destroyed
 * key stays destroyed.
 */
export function isForGood(error: unknown): boolean {
  if (!isAppError(error)) return true
  return isAppError(error, 'denied') ? error.reason === 'key_destroyed' : !isRetryable(error)
}
