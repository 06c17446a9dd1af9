import { AppError } from '#core/errors.ts'
import { canonicalJson } from '#core/value.ts'
import type { AuditCatalog } from '#runtime/audit/log.ts'
import type { NewReview, ReviewRow } from '#runtime/catalog/catalog.ts'
import { reviewDigest } from '#runtime/catalog/review-digest.ts'
import { preAuthentication } from './chain/dsse.ts'
import type { Signer, Verifier } from './chain/signer.ts'

const PAYLOAD_TYPE = 'application/vnd.credence.review+json'

/**
 * A review with the signature of the process in which a person decided. Whoever carries it out later, in whatever process,
 * believes this and not the row of the catalog: who can write there cannot sign.
 */
export async function signReview(review: NewReview, signer: Pick<Signer, 'sign'>): Promise<NewReview> {
  return { ...review, signature: await signer.sign(decisionBytes(review)) }
}

/** Whether a trusted key signed this very decision. */
export function isDecided(review: NewReview, verifier: Verifier): boolean {
  const { signature } = review
  return signature !== undefined && verifier.verify(signature.keyid, decisionBytes(review), signature.sig)
}

/**
 * Throws `denied` for a review that nobody decided: `review_unsigned` where no trusted key signed it, `review_unlogged` where
 * the audit log does not tell of it.
 */
export async function checkDecided(
  review: ReviewRow,
  { verifier, audit }: { readonly verifier: Verifier; readonly audit: Pick<AuditCatalog, 'about'> },
): Promise<void> {
  if (!isDecided(review, verifier)) throw undecided(review, 'no trusted key signed it', 'review_unsigned')
  const digest = reviewDigest(review)
  const entries = await audit.about(review.id)
  if (entries.some(({ action, detail }) => action === 'review.added' && detail['digest'] === digest)) return
  throw undecided(review, 'the audit log does not tell of it', 'review_unlogged')
}

function undecided({ id }: ReviewRow, why: string, reason: string): AppError {
  const message = `review ${id} is not carried out, ${why}: look at it (credence quarantine history), and withdraw it`
  return new AppError('denied', message, { reason })
}

function decisionBytes({ id, dataset, action, undoes, records, reason, actor }: NewReview): Uint8Array {
  const body = canonicalJson({ id, dataset, action, undoes, records, reason, actor })
  return preAuthentication(PAYLOAD_TYPE, Buffer.from(body, 'utf8'))
}
