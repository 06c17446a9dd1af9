/** Stands in place of an answer that did not come in time. */
export const LATE = Symbol('late')

/** What `work` resolves to, or `LATE` once `ms` milliseconds have passed; rejects if `work` does so first. Work goes on. */
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

/** Stands in place of an answer that nobody waits for any more. */
export const ABORTED = Symbol('aborted')

/** What `work` resolves to, or `ABORTED` once the signal aborts; rejects if `work` does so first. Work goes on, unheard. */
export async function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T | typeof ABORTED> {
  const { promise, resolve } = Promise.withResolvers<typeof ABORTED>()
  const abort = () => resolve(ABORTED)
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    // in this order: what was aborted before is not heard, even if its answer is there
    return await Promise.race([promise, work])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
