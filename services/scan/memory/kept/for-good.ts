import { isAppError, isRetryable } from '#core/errors.ts'

/** What neither time nor an operator mends: a permission may be granted, a key enabled, but not one that was destroyed. */
export function isForGood(error: unknown): boolean {
  if (!isAppError(error)) return true
  return isAppError(error, 'denied') ? error.reason === 'key_destroyed' : !isRetryable(error)
}
