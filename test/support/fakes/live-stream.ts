import type { Shard, Source, SourceItem } from '#services/ingest/source.ts'

/** A stream in memory: shards that grow and end, which any number of sources read. */
export class LiveStream {
  readonly #shards = new Map<string, { after: readonly string[]; items: string[]; ended: boolean }>()
  #changed = Promise.withResolvers<void>()
  readonly acknowledged = new Map<string, string>()

  open(id: string, after: readonly string[] = []): void {
    this.#shards.set(id, { after, items: [], ended: false })
    this.#wake()
  }

  append(shard: string, ...items: readonly string[]): void {
    this.#shards.get(shard)?.items.push(...items)
    this.#wake()
  }

  end(shard: string): void {
    const there = this.#shards.get(shard)
    if (there) there.ended = true
    this.#wake()
  }

  source(name: string): Source {
    return {
      name,
      live: true,
      shards: async () => [...this.#shards].map(([id, { after }]): Shard => ({ id, after })),
      read: (shard, positions, { signal }) => this.#read(shard, positions.get(shard), signal),
      acknowledge: async (shard, positions) => {
        for (const position of positions.values()) this.acknowledged.set(shard, position)
      },
    }
  }

  async *#read(shard: string, position: string | undefined, signal: AbortSignal): AsyncGenerator<SourceItem> {
    const stopped = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
    for (let next = position === undefined ? 0 : Number(position) + 1; ;) {
      const there = this.#shards.get(shard)
      const changed = this.#changed.promise
      const items = there?.items ?? []
      for (; next < items.length; next++) {
        if (signal.aborted) return
        const body = { kind: 'bytes', bytes: Buffer.from(items[next]!), contentType: 'application/json' } as const
        yield { partition: shard, position: String(next), body }
      }
      if (signal.aborted || there?.ended === true) return
      await Promise.race([changed, stopped])
    }
  }

  #wake(): void {
    this.#changed.resolve()
    this.#changed = Promise.withResolvers()
  }
}
