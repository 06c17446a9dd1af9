import { createHash } from 'node:crypto'
import { canonicalJson } from '#core/value.ts'
import type { NewReview } from './catalog.ts'

/**
 * The digest of a review's contents. It distinguishes a repetition, or the review in the log, from another review with the same
 * id.
 */
export function reviewDigest({ dataset, action, undoes, records, reason, actor }: NewReview): string {
  return createHash('sha256').update(canonicalJson({ dataset, action, undoes, records, reason, actor })).digest('hex')
}
