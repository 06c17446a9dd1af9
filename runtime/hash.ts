import { createHash } from 'node:crypto'
import { canonicalJson, type Value } from '#core/value.ts'
import type { Segment } from '#core/window.ts'

/** SHA-256, hex. Text is hashed as UTF-8. */
export function sha256(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A deterministic id: the first 128 bits of SHA-256 over the canonical JSON of the parts, 32 hex digits. */
export function idOf(kind: string, ...parts: readonly Value[]): string {
  return sha256(canonicalJson([kind, ...parts])).slice(0, 32)
}

/** The id of a window: a replay that takes the same from the same source yields the same window. */
export function windowId(dataset: string, source: string, segments: readonly Segment[]): string {
  return idOf(
    'window',
    dataset,
    source,
    segments.map(({ partition, from, to }) => [partition, from, to]),
  )
}
