/** Remembers what was made for a key for a while; asks once when many want the same, and remembers no failure. */
export interface TtlCache<T> {
  get(key: string, make: () => Promise<T>): Promise<T>
  forget(): void
}

export function createTtlCache<T>(seconds: number, now: () => Date): TtlCache<T> {
  const entries = new Map<string, { readonly value: Promise<T>; readonly until: number }>()
  return {
    get(key, make) {
      const time = now().getTime()
      for (const [old, { until }] of entries) if (until <= time) entries.delete(old)
      const found = entries.get(key)
      if (found !== undefined) return found.value
      const entry = { value: make(), until: time + seconds * 1000 }
      entries.set(key, entry)
      entry.value.catch(() => {
        if (entries.get(key) === entry) entries.delete(key)
      })
      return entry.value
    },
    forget: () => entries.clear(),
  }
}
