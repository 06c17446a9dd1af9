import { isAppError, isRetryable } from '#core/errors.ts'

/** Something that could not be done. Everything else was done, and the next run retries this. */
export interface Failure {
  /** What failed, such as `scan of window …` or `reading mail`. */
  readonly what: string
  readonly error: unknown
}

/** What could not be done so far: each thing once, with its latest reason, and only until it is done. */
export interface Failures {
  failed(what: string, error: unknown): void
  /** Marks a thing as done after all: a key came back, a service answers again. */
  done(what: string): void
  /** Whether any of them may succeed later. */
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
