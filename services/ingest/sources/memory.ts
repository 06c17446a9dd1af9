import type { Body, Source } from '../source.ts'

/** One partition of a memory source: positions are indices in the list. */
export interface MemoryPartition {
  readonly name: string
  readonly contributor?: string
  readonly bodies: readonly Body[]
}

export interface MemorySource extends Source {
  /** The highest positions acknowledged so far. */
  readonly acknowledged: ReadonlyMap<string, string>
}

/** A source over given items, partition after partition: for tests, and for data that is in memory already. */
export function createMemorySource(name: string, partitions: readonly MemoryPartition[]): MemorySource {
  const acknowledged = new Map<string, string>()
  return {
    name,
    acknowledged,
    shards: async () => [{ id: 'all' }],
    async *read(_shard, positions, { signal }) {
      for (const { name, contributor, bodies } of partitions) {
        const start = positions.has(name) ? Number(positions.get(name)) + 1 : 0
        for (let index = start; index < bodies.length; index++) {
          if (signal.aborted) return
          const from = contributor === undefined ? {} : { contributor }
          yield { partition: name, position: String(index), ...from, body: bodies[index]! }
        }
      }
    },
    async acknowledge(_shard, positions) {
      for (const [partition, position] of positions) acknowledged.set(partition, position)
    },
  }
}
