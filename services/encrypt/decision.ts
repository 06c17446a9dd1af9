import { AppError, isRetryable } from '#core/errors.ts'
import { canonicalJson } from '#core/value.ts'
import type { AuditCatalog } from '#runtime/audit/log.ts'
import type { NewReview, ReviewRow } from '#runtime/catalog/catalog.ts'
import { reviewDigest } from '#runtime/catalog/review-digest.ts'
import { preAuthentication } from './chain/dsse.ts'
import type { Signer } from './chain/signer.ts'
import { hasEnded } from './chain/signing-order.ts'
import type { Verifier } from './chain/verifier.ts'
import type { KeyRecords } from './keys/records.ts'
import { encryptObject, openObject, type EnvelopeContext } from './objects/envelope.ts'

const PAYLOAD_TYPE = 'application/vnd.credence.review+json'

/**
 * Signs a review with the key of the process in which a person decided. Any process that carries it out later trusts this
 * signature and not the row of the catalog: whoever can write to the catalog cannot sign.
 */
export async function signReview(review: NewReview, signer: Pick<Signer, 'sign'>): Promise<NewReview> {
  return { ...review, signature: await signer.sign(decisionBytes(review)) }
}

/**
 * Seals a review under the dataset's epoch key, for scanning processes, which hold that key but no signing key. Whoever can only
 * write to the catalog holds neither.
 */
export async function sealReview(review: NewReview, keys: Pick<KeyRecords, 'current'>): Promise<NewReview> {
  const digest = Buffer.from(reviewDigest(review), 'utf8')
  const sealed = await encryptObject(digest, sealContext(review), await keys.current(review.dataset))
  return { ...review, sealed: Buffer.from(sealed).toString('base64') }
}

/** Whether a holder of the dataset's keys sealed exactly this review. Throws only errors that are worth a retry. */
export async function isSealed(review: NewReview, keys: Pick<KeyRecords, 'get'>): Promise<boolean> {
  const { sealed, dataset } = review
  if (sealed === undefined) return false
  try {
    const bytes = Buffer.from(sealed, 'base64')
    const { plaintext } = await openObject(bytes, sealContext(review), (kid) => keys.get(dataset, kid))
    return Buffer.from(plaintext).toString('utf8') === reviewDigest(review)
  } catch (error) {
    if (isRetryable(error)) throw error
    return false
  }
}

function sealContext({ dataset, id }: NewReview): EnvelopeContext {
  return { dataset, window: id, contract: '-', codec: 'json+zstd', path: 'review' }
}

/** Whether a trusted key, current or earlier, signed exactly this decision. */
export function isDecided(review: NewReview, verifier: Verifier): boolean {
  const { signature } = review
  return signature !== undefined && verifier.verify(signature.keyid, decisionBytes(review), signature.sig)
}

/**
 * Throws `denied` for a review that nobody decided: `review_unsigned` if no key that may sign now signed it, `review_unlogged`
 * if the audit log has no entry for it.
 */
export async function checkDecided(
  review: ReviewRow,
  { verifier, audit }: { readonly verifier: Verifier; readonly audit: Pick<AuditCatalog, 'about'> },
): Promise<void> {
  await verifier.refresh()
  const { signature } = review
  if (!isDecided(review, verifier) || signature === undefined || hasEnded(signature.keyid, verifier))
    throw undecided(review, 'no key that may sign now signed it', 'review_unsigned')
  const digest = reviewDigest(review)
  const entries = await audit.about(review.id)
  if (entries.some(({ action, detail }) => action === 'review.added' && detail['digest'] === digest)) return
  throw undecided(review, 'the audit log does not tell of it', 'review_unlogged')
}

function undecided({ id }: ReviewRow, why: string, reason: string): AppError {
  const message = `review ${id} is not carried out, ${why}: look at it (credence quarantine history), and withdraw it`
  return new AppError('denied', message, { reason })
}

/** The part of a review that is signed, as canonical JSON. */
export function decisionText({ id, dataset, action, undoes, records, reason, actor }: NewReview): string {
  return canonicalJson({ id, dataset, action, undoes, records, reason, actor })
}

function decisionBytes(review: NewReview): Uint8Array {
  return preAuthentication(PAYLOAD_TYPE, Buffer.from(decisionText(review), 'utf8'))
}
