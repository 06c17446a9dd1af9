import { setTimeout as delay } from 'node:timers/promises'
import { AppError, isRetryable } from '#core/errors.ts'
import { seededRandom, type Random } from '#core/random.ts'

export interface RetryPolicy {
  /** The number of attempts in all, including the first. */
  readonly attempts: number
  readonly firstDelayMs: number
  readonly longestDelayMs: number
}

export const RETRY_POLICY: RetryPolicy = { attempts: 6, firstDelayMs: 100, longestDelayMs: 30_000 }

/**
 * Milliseconds to wait after failed attempt `attempt` (from 1): exponential with "equal jitter", so that at least half of the
 * step is waited, and callers that failed together do not return together (Brooker, Exponential Backoff and Jitter, 2015).
 */
export function backoff(attempt: number, { firstDelayMs, longestDelayMs }: RetryPolicy, random: Random): number {
  const step = Math.min(longestDelayMs, firstDelayMs * 2 ** (attempt - 1))
  return Math.round(step / 2 + (random.next() * step) / 2)
}

export interface RetryOptions {
  readonly policy?: RetryPolicy
  readonly random?: Random
  readonly signal?: AbortSignal | undefined
  readonly onRetry?: (error: unknown, attempt: number, delayMs: number) => void
  /** Resolves after this many milliseconds; rejects when the signal aborts. */
  readonly wait?: (ms: number, signal: AbortSignal | undefined) => Promise<void>
}

/** Runs `work` until it succeeds, fails for good (by its error's code) or has used all attempts. */
export async function retry<T>(work: (attempt: number) => Promise<T>, options: RetryOptions = {}): Promise<T> {
  const { policy = RETRY_POLICY, random = seededRandom(0, 'retry'), signal, onRetry, wait = sleep } = options
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted()
    try {
      return await work(attempt)
    } catch (error) {
      if (!isRetryable(error) || attempt >= policy.attempts) throw error
      const ms = backoff(attempt, policy, random)
      onRetry?.(error, attempt, ms)
      await wait(ms, signal)
    }
  }
}

export async function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal })
}

export type CircuitState = 'closed' | 'open' | 'half_open'

export interface CircuitOptions {
  /** The name of the protected dependency, for the message. */
  readonly name: string
  /** Opens after this many retryable failures in a row. */
  readonly failures?: number
  readonly coolDownMs?: number
  readonly clock?: () => number
  readonly onChange?: (state: CircuitState) => void
}

/**
 * Spares a dependency that is down. Once open, calls fail at once with `unavailable` (`circuit_open`) until the cool-down has
 * passed; then one call is let through, and its result closes or opens the circuit again.
 */
export function circuit(options: CircuitOptions): <T>(work: () => Promise<T>) => Promise<T> {
  const { name, failures = 5, coolDownMs = 10_000, clock = () => performance.now(), onChange } = options
  let state: CircuitState = 'closed'
  let inARow = 0
  let openedAt = 0
  const become = (next: CircuitState) => {
    if (next === state) return
    state = next
    onChange?.(next)
  }
  return async (work) => {
    const coolingDown = state === 'open' && clock() - openedAt < coolDownMs
    if (coolingDown || state === 'half_open') {
      throw new AppError('unavailable', `${name} is not answering; it is left alone for a while`, {
        reason: 'circuit_open',
      })
    }
    const trial = state === 'open'
    if (trial) become('half_open')
    try {
      const result = await work()
      inARow = 0
      become('closed')
      return result
    } catch (error) {
      // A final error is an answer: the dependency is up.
      inARow = isRetryable(error) ? inARow + 1 : 0
      if (inARow >= failures || (trial && inARow > 0)) {
        openedAt = clock()
        become('open')
      } else become('closed')
      throw error
    }
  }
}
