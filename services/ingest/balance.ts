import type { ShardLease } from '#runtime/catalog/catalog.ts'
import type { Shard } from './source.ts'

export interface BalanceInput {
  readonly shards: readonly Shard[]
  readonly leases: readonly ShardLease[]
  /** All current readers of the source, in order, including this one. */
  readonly readers: readonly string[]
  readonly owner: string
  /** The shards that this reader reads now. */
  readonly reading: readonly string[]
}

export interface Balance {
  readonly take: readonly string[]
  readonly leave: readonly string[]
}

/**
 * Which shards a reader should take and give up, so that every shard is read and the shares differ by one at most. Every reader
 * computes this for itself from the catalog; leases ensure that no two read one shard. A shard waits until the shards before it
 * (`after`) are finished, so that records of one key stay in order when a stream is split.
 */
export function balance({ shards, leases, readers, owner, reading }: BalanceInput): Balance {
  const byShard = new Map(leases.map((lease) => [lease.shard, lease]))
  const listed = new Set(shards.map(({ id }) => id))
  const isFinished = (id: string) => byShard.get(id)?.finished ?? false
  const open = shards
    .filter(
      ({ id, after = [] }) => !isFinished(id) && after.every((parent) => isFinished(parent) || !listed.has(parent)),
    )
    .map(({ id }) => id)
    .sort()

  const rank = Math.max(0, readers.indexOf(owner))
  const count = Math.max(1, readers.length)
  const share = Math.floor(open.length / count) + (rank < open.length % count ? 1 : 0)

  const mine = reading.filter((id) => open.includes(id)).sort()
  const leave = [...reading.filter((id) => !open.includes(id)), ...mine.slice(share)]
  const free = open.filter((id) => !reading.includes(id) && (byShard.get(id)?.owner ?? owner) === owner)
  // Each reader starts at another place, so that few ask for the same shard.
  const start = free.length === 0 ? 0 : Math.floor((rank * free.length) / count)
  const inTurn = [...free.slice(start), ...free.slice(0, start)]
  return { take: inTurn.slice(0, Math.max(0, share - mine.length)), leave }
}
