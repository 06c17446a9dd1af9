import { AppError } from '#core/errors.ts'

export interface Buckets {
  /** Takes one of what `who` has left. Throws `throttled` (`rate`) where nothing is. */
  take(who: string): void
}

const MOST = 10_000

/** So many at once, and so many a second after that, for each; kept for those alone who asked lately. */
export function createBuckets({
  atOnce,
  perSecond,
  clock = () => performance.now(),
}: {
  readonly atOnce: number
  readonly perSecond: number
  /** Milliseconds. */
  readonly clock?: () => number
}): Buckets {
  const buckets = new Map<string, { left: number; at: number }>()
  return {
    take(who) {
      const at = clock()
      const bucket = buckets.get(who) ?? { left: atOnce, at }
      bucket.left = Math.min(atOnce, bucket.left + ((at - bucket.at) / 1000) * perSecond)
      bucket.at = at
      // what was asked for last is at the end; what is forgotten is full again
      buckets.delete(who)
      buckets.set(who, bucket)
      for (const oldest of buckets.keys()) {
        if (buckets.size <= MOST) break
        buckets.delete(oldest)
      }
      if (bucket.left < 1) {
        throw new AppError('throttled', 'too many requests: wait a moment, and try again', { reason: 'rate' })
      }
      bucket.left -= 1
    },
  }
}
