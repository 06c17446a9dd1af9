import { hash } from 'node:crypto'
import { canonicalJson } from '#core/value.ts'
import type { Body } from './source.ts'

/** A mark of an item's content, by which it is recognised in any file: 16 hex digits of SHA-256. */
export function contentMark(body: Body): string {
  return hash('sha256', contentOf(body), 'hex').slice(0, 16)
}

function contentOf(body: Body): string | Uint8Array {
  if (body.kind === 'bytes') return body.bytes
  if (body.kind === 'broken') return body.raw
  try {
    return canonicalJson(body.fields)
  } catch {
    return '' // numbers that no record may hold: the item becomes a dead letter
  }
}
