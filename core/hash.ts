import { hash } from 'node:crypto'
import { canonicalJson, type Value } from './value.ts'
import type { Segment } from './window.ts'

/** SHA-256, hex; text as UTF-8. */
export function sha256Hex(data: Uint8Array | string): string {
  return hash('sha256', data)
}

/** An id that is derived from what it names: the first 128 bits of SHA-256 over canonical JSON, as 32 hex digits. */
export function idOf(kind: string, ...parts: readonly Value[]): string {
  return sha256Hex(canonicalJson([kind, ...parts])).slice(0, 32)
}

/** The id of a window: the same segments of the same source give the same id, so a replay yields the same id. */
export function windowId(dataset: string, source: string, segments: readonly Segment[]): string {
  const named = segments.map(({ partition, from, to }) => [partition, from, to])
  return idOf('window', dataset, source, named)
}

/** The id of a dead letter: the same on every replay. */
export function deadLetterId(dataset: string, source: string, partition: string, position: string): string {
  return idOf('dead letter', dataset, source, partition, position)
}
