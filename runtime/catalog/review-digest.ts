import { createHash } from 'node:crypto'
import { canonicalJson } from '#core/value.ts'
import type { NewReview } from './catalog.ts'

/** What a review says, so that one repeated, or one that the log tells of, is told from another of the same id. */
export function reviewDigest({ dataset, action, undoes, records, reason, actor }: NewReview): string {
  return createHash('sha256').update(canonicalJson({ dataset, action, undoes, records, reason, actor })).digest('hex')
}
