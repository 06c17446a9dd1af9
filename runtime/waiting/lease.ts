import { AppError, isRetryable } from '#core/errors.ts'
import type { SourceCatalog } from '../catalog/catalog.ts'
import type { Lease } from '../catalog/lease.ts'

/** A lease that is renewed until it is disposed of, which gives it back. */
export interface HeldLease extends AsyncDisposable {
  readonly lease: Lease
  /** Aborted by the caller's signal, or with `conflict` (`lease_lost`) once another owner has the lease. */
  readonly signal: AbortSignal
  /** Throws what ended the lease, if anything did. */
  check(): void
}

/** The process's events that concern a lease. */
interface LeaseEvents {
  emit(
    name: 'lease.acquired' | 'lease.lost',
    fields: { readonly source: string; readonly shard: string; readonly fence: number },
  ): void
}

export interface LeaseOptions {
  readonly owner: string
  readonly leaseSeconds?: number | undefined
  readonly signal?: AbortSignal | undefined
  readonly events?: LeaseEvents | undefined
}

/** Takes the lease of a shard; null while another owner holds it. */
export async function holdLease(
  sources: SourceCatalog,
  source: string,
  shard: string,
  { owner, leaseSeconds = 30, signal, events }: LeaseOptions,
): Promise<HeldLease | null> {
  const lease = await sources.acquire(source, shard, owner, leaseSeconds)
  if (!lease) return null
  const about = { source, shard, fence: lease.fence }
  events?.emit('lease.acquired', about)
  const ended = new AbortController()
  let failure: unknown
  const renew = async () => {
    try {
      if (await sources.renew(lease, leaseSeconds)) return
      events?.emit('lease.lost', about)
      failure = new AppError('conflict', `another reader took over ${source}`, { reason: 'lease_lost' })
    } catch (error) {
      if (isRetryable(error)) return // the next renewal tries again; the fence protects what is written meanwhile
      failure = error
    }
    ended.abort(failure)
  }
  const timer = setInterval(() => void renew(), (leaseSeconds * 1000) / 3)
  timer.unref()
  return {
    lease,
    signal: signal ? AbortSignal.any([signal, ended.signal]) : ended.signal,
    check() {
      if (failure !== undefined) throw failure
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      // If it cannot be given back, it expires; the error to report is the one that ended the work.
      if (failure === undefined) await sources.release(lease).catch(() => {})
    },
  }
}
