import type { Source, SourceItem } from '#services/ingest/source.ts'

/** What a catalog remembers of a live source, in memory: positions, what was staged, and who read last. */
export class StagedItems {
  readonly items: SourceItem[] = []
  readonly #positions = new Map<string, Map<string, string>>()
  readonly #seen = new Set<string>()
  #fence = 0

  nextFence(): number {
    return ++this.#fence
  }

  positions(shard: string): ReadonlyMap<string, string> {
    return new Map(this.#positions.get(shard))
  }

  /** Stages items of a shard in one step, without those that a redelivery brought again; the positions to acknowledge. */
  stage(shard: string, items: readonly SourceItem[]): ReadonlyMap<string, string> {
    const staged = this.#positions.get(shard) ?? new Map<string, string>()
    this.#positions.set(shard, staged)
    const marks = new Map(items.map((item) => [item.partition, item.mark ?? item.position]))
    for (const [partition, mark] of marks) staged.set(partition, mark)
    for (const item of items) {
      const key = JSON.stringify([item.partition, item.position])
      if (item.redeliverable && this.#seen.has(key)) continue
      this.#seen.add(key)
      this.items.push(item)
    }
    return marks
  }
}

export interface LiveReading {
  /** How many items to wait for, redelivered ones too. */
  readonly count?: number
  /** Until how many items are staged in all to wait instead. */
  readonly staged?: number
  /** For how long to watch for more than that; without it, the reading is aborted at once. */
  readonly quietMs?: number
  /** So many items of a shard are staged and acknowledged together; those of an unfinished window are dropped. */
  readonly window?: number
  /** Whether what is staged is acknowledged too. */
  readonly acknowledges?: boolean
  /** Reads these shards alone. */
  readonly shards?: readonly string[]
}

export interface LiveItem {
  readonly shard: string
  readonly item: SourceItem
}

/** Far above what any reading takes, on a machine that does ten other things too. */
const GIVES_UP_MS = 200_000

/**
 * Reads all shards of a live source at once, as the pipeline does, until enough items came (or it gives up), then
 * aborts; what came, in the order in which it came. Rejects with what a reading throws; a test may do something else
 * before it awaits that.
 */
export function readLive(source: Source, catalog: StagedItems, reading: LiveReading): Promise<LiveItem[]> {
  const items = readUntilEnough(source, catalog, reading)
  items.catch(() => {})
  return items
}

async function readUntilEnough(source: Source, catalog: StagedItems, reading: LiveReading): Promise<LiveItem[]> {
  const { count = 0, staged, quietMs = 0, window: windowSize = 1, acknowledges = true } = reading
  const stop = new AbortController()
  const seen: LiveItem[] = []
  let timer = setTimeout(() => stop.abort(), GIVES_UP_MS)
  const enough = () => {
    if (staged === undefined ? seen.length < count : catalog.items.length < staged) return
    clearTimeout(timer)
    if (quietMs === 0) stop.abort()
    else timer = setTimeout(() => stop.abort(), quietMs)
  }

  const readShard = async (shard: string) => {
    let window: SourceItem[] = []
    const options = { signal: stop.signal, fence: catalog.nextFence() }
    for await (const item of source.read(shard, catalog.positions(shard), options)) {
      if (stop.signal.aborted) break
      seen.push({ shard, item })
      window.push(item)
      if (window.length === windowSize) {
        const marks = catalog.stage(shard, window)
        window = []
        if (acknowledges) await source.acknowledge?.(shard, marks)
      }
      enough()
    }
  }
  enough()
  const shards = reading.shards ?? (await source.shards()).map(({ id }) => id)
  const ended = await Promise.allSettled(
    shards.map((shard) =>
      readShard(shard).catch((error: unknown) => {
        stop.abort()
        throw error
      }),
    ),
  )
  clearTimeout(timer)
  for (const result of ended) if (result.status === 'rejected') throw result.reason
  return seen
}

/** Resolves once the condition holds; rejects when it has waited in vain. */
export async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const givesUp = performance.now() + GIVES_UP_MS
  while (!(await condition())) {
    if (performance.now() > givesUp) throw new Error(`waited in vain until ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** A number once it has stayed the same for a while. */
export async function settled(read: () => number, quietMs: number): Promise<number> {
  let [value, since] = [read(), performance.now()]
  while (performance.now() - since < quietMs) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    const now = read()
    if (now !== value) [value, since] = [now, performance.now()]
  }
  return value
}
