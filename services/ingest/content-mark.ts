import { hash } from 'node:crypto'
import { canonicalJson } from '#core/value.ts'
import type { Body } from './source.ts'

/** What an item is known again by, whatever file it comes in: 16 hex digits of SHA-256 over its content. */
export function contentMark(body: Body): string {
  return hash('sha256', contentOf(body), 'hex').slice(0, 16)
}

function contentOf(body: Body): string | Uint8Array {
  if (body.kind === 'bytes') return body.bytes
  if (body.kind === 'broken') return body.raw
  try {
    return canonicalJson(body.fields)
  } catch {
    return '' // numbers that no record may hold: it becomes a dead letter
  }
}
