import { createHash } from 'node:crypto'
import type { AuditCheckpoint, AuditEntry } from './log.ts'
import { canonicalJson, type Value } from '#core/value.ts'

/** The hash in place of an entry before the first. */
export const GENESIS = '0'.repeat(64)

/** SHA-256, hex, over the canonical JSON of an entry without its own hash. */
export function hashEntry(entry: Omit<AuditEntry, 'hash'>): string {
  const { seq, at, actor, action, subject, detail, previous } = entry
  return createHash('sha256').update(canonicalJson({ seq, at, actor, action, subject, detail, previous })).digest('hex')
}

/** The entry that follows `head`. */
export function nextEntry(
  head: { readonly seq: number; readonly hash: string },
  entry: Pick<AuditEntry, 'at' | 'actor' | 'action' | 'subject' | 'detail'>,
): AuditEntry {
  const { at, actor, action, subject, detail } = entry
  const whole = { seq: head.seq + 1, at, actor, action, subject, detail, previous: head.hash }
  return { ...whole, hash: hashEntry(whole) }
}

/** The bytes that a checkpoint's signature covers. */
export function checkpointBytes(checkpoint: Pick<AuditCheckpoint, 'seq' | 'hash' | 'at' | 'heads'>): Uint8Array {
  const { seq, hash, at, heads } = checkpoint
  return Buffer.from(canonicalJson({ seq, hash, at, ...(heads !== undefined && { heads: headsValue(heads) }) }))
}

/** Copies only the plain values, whatever else the objects may carry. */
function headsValue(heads: NonNullable<AuditCheckpoint['heads']>): Value {
  return Object.fromEntries(Object.entries(heads).map(([name, { ordinal, sha256 }]) => [name, { ordinal, sha256 }]))
}
