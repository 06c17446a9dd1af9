import { createHash } from 'node:crypto'
import { canonicalJson } from '#core/value.ts'
import type { Segment } from '#core/window.ts'

/** SHA-256, hex. */
export function sha256Hex(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}

/** What a window is called: the same for the same segments of the same source, so that a replay yields the same id. */
export function windowId(dataset: string, source: string, segments: readonly Segment[]): string {
  const named = segments.map(({ partition, from, to }) => [partition, from, to])
  return sha256Hex(canonicalJson(['window', dataset, source, named])).slice(0, 32)
}

/** What a dead letter is called: the same on every replay. */
export function deadLetterId(dataset: string, source: string, partition: string, position: string): string {
  return sha256Hex(canonicalJson(['dead letter', dataset, source, partition, position])).slice(0, 24)
}
