import type { Source } from 'credence'

/** A source over lists of JSON texts, one list a partition; a position is a place in its list. */
export function listSource(name: string, partitions: Readonly<Record<string, readonly string[]>>): Source {
  return {
    name,
    shards: async () => [{ id: 'all' }],
    async *read(_shard, positions, { signal }) {
      for (const [partition, texts] of Object.entries(partitions)) {
        // From after the position that was staged last: a crash may have come at any moment since.
        const from = positions.has(partition) ? Number(positions.get(partition)) + 1 : 0
        for (let index = from; index < texts.length && !signal.aborted; index++) {
          const bytes = new TextEncoder().encode(texts[index])
          const body = { kind: 'bytes', bytes, contentType: 'application/json' } as const
          yield { partition, position: String(index), body }
        }
      }
    },
  }
}
