import type { ShardLease } from '#runtime/catalog/catalog.ts'
import type { Shard } from './source.ts'

export interface BalanceInput {
  readonly shards: readonly Shard[]
  readonly leases: readonly ShardLease[]
  /** Everybody who reads the source now, in order, this reader among them. */
  readonly readers: readonly string[]
  readonly owner: string
  /** The shards that this reader reads at present. */
  readonly reading: readonly string[]
}

export interface Balance {
  readonly take: readonly string[]
  readonly leave: readonly string[]
}

/**
 * What a reader is to take up and to leave, so that every shard is read and the shares differ by one at most. Every reader
 * works it out for itself from what the catalog says; leases see to it that no two read one shard. A shard waits until those
 * it comes after are finished, so that records of one key stay in order when a stream is split.
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
  // Everybody begins at another place, so that few ask for the same.
  const start = free.length === 0 ? 0 : Math.floor((rank * free.length) / count)
  const inTurn = [...free.slice(start), ...free.slice(0, start)]
  return { take: inTurn.slice(0, Math.max(0, share - mine.length)), leave }
}
