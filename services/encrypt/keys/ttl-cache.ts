/**
 * Caches values for a while; simultaneous requests for one key share one call. Failures are cached too, but briefly: a service
 * that is down, or a disabled key, is asked once a second and not by every caller.
 */
export interface TtlCache<T> {
  get(key: string, make: () => Promise<T>): Promise<T>
  forget(): void
}

const FAILURE_SECONDS = 1

/** The longest time that a process may be configured to cache an unwrapped key or the choice of the current one. */
export const LONGEST_TTL_SECONDS = 86_400

export function createTtlCache<T>(
  seconds: number,
  now: () => Date,
  failureSeconds: number = FAILURE_SECONDS,
): TtlCache<T> {
  const entries = new Map<string, { readonly value: Promise<T>; until: number }>()
  return {
    get(key, make) {
      const time = now().getTime()
      for (const [old, { until }] of entries) if (until <= time) entries.delete(old)
      const found = entries.get(key)
      if (found !== undefined) return found.value
      const entry = { value: make(), until: time + seconds * 1000 }
      entries.set(key, entry)
      entry.value.catch(() => {
        entry.until = now().getTime() + failureSeconds * 1000
      })
      return entry.value
    },
    forget: () => entries.clear(),
  }
}
