import type { Source, SourceItem } from '#services/ingest/source.ts'
import { DUE, untilDue } from '#services/ingest/until-due.ts'

const LIVE_ITEMS = 1000
const LIVE_MS = 3000

/** All items of a finite source. Of a live one, from the start of each shard: the items of three seconds, at most a thousand. */
export async function* firstItems(source: Source, signal: AbortSignal): AsyncGenerator<SourceItem> {
  for (const { id } of await source.shards()) {
    const left = new AbortController()
    const items = source.read(id, new Map(), { signal: AbortSignal.any([signal, left.signal]) })
    if (!source.live) {
      yield* items
      continue
    }
    const end = performance.now() + LIVE_MS
    let seen = 0
    for await (const item of untilDue(
      items,
      () => end - performance.now(),
      () => left.abort(),
    )) {
      if (item === DUE) break
      yield item
      if (++seen === LIVE_ITEMS || performance.now() > end) break
    }
  }
  await source.close?.()
}
