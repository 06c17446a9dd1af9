/** The result in place of an answer that did not come in time. */
export const LATE = Symbol('late')

/** The result of `work`, or `LATE` after `ms` milliseconds; rejects if `work` rejects first. `work` is not stopped. */
export async function within<T>(work: Promise<T>, ms: number): Promise<T | typeof LATE> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<typeof LATE>((resolve) => {
    timer = setTimeout(() => resolve(LATE), Math.max(0, ms))
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/** The result in place of an answer that is no longer awaited. */
export const ABORTED = Symbol('aborted')

/**
 * The result of `work`, or `ABORTED` once the signal aborts; rejects if `work` rejects first. `work` is not stopped, and its
 * result is then ignored.
 */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | typeof ABORTED> {
  const { promise, resolve } = Promise.withResolvers<typeof ABORTED>()
  const abort = () => resolve(ABORTED)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    // in this order, so that an earlier abort wins even over an existing answer
    return await Promise.race([promise, work])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
