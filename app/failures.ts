import { isAppError, isRetryable } from '#core/errors.ts'

/** One thing that could not be done; everything else was, and this is tried again by the next run. */
export interface Failure {
  /** Such as `scan of window …` or `reading mail`. */
  readonly what: string
  readonly error: unknown
}

/** What could not be done so far: each thing once, with the reason it had last, and only for as long as it is not done. */
export interface Failures {
  failed(what: string, error: unknown): void
  /** It was done after all: a key came back, a service answers again. */
  done(what: string): void
  /** Whether time may mend any of them. */
  isWaiting(): boolean
  list(): readonly Failure[]
}

export function createFailures(): Failures {
  const errors = new Map<string, unknown>()
  return {
    failed: (what, error) => void errors.set(what, error),
    done: (what) => void errors.delete(what),
    isWaiting: () => [...errors.values()].some((error) => isRetryable(error) || isAppError(error, 'denied')),
    list: () => [...errors].map(([what, error]) => ({ what, error })),
  }
}
