import { AppError } from '#core/errors.ts'
import type { ReviewCatalog } from '#runtime/catalog/catalog.ts'
import type { Link, ManifestChain } from '../chain/chain.ts'
import { hasEnded } from '../chain/signing-order.ts'
import type { Signer } from '../chain/signer.ts'
import { isDecided } from '../decision.ts'
import { SIGNING } from '../keys/record.ts'
import type { EpochKey, KeyRecords } from '../keys/records.ts'

/** The steps in their order; `link` runs once for each chain. */
export const ROTATION_STEPS = ['key', 'link', 'pointer', 'memory'] as const
type RotationStep = (typeof ROTATION_STEPS)[number]

export interface RotateSigningOptions {
  readonly keys: KeyRecords
  readonly signer: Signer
  readonly chain: Pick<ManifestChain, 'rotate'>
  readonly reviews: Pick<ReviewCatalog, 'list'>
  /** Every dataset that has a chain or may begin one. */
  readonly datasets: readonly string[]
  /** Runs each step. */
  readonly step?: <T>(step: RotationStep, work: () => Promise<T>) => Promise<T>
}

export interface SigningRotation {
  readonly key: EpochKey
  readonly from: string
  readonly to: string
  /** For each dataset, the link from which on only the new key signs; null for a chain that the new key began. */
  readonly links: ReadonlyMap<string, Link | null>
}

/**
 * Ends the current signing key's right to sign: makes the next key, lets both keys sign a link of every chain that says so, and
 * only then makes the new key current. After an interruption the next call finishes it with the same key, and each chain has
 * only one such link. Throws `not_found` (`unsigned`) if nothing was signed yet, and `conflict` (`reviews_pending`) while
 * reviews wait that the current key signed, because nobody could carry them out afterwards.
 */
export async function rotateSigningKey(options: RotateSigningOptions): Promise<SigningRotation> {
  const { keys, signer, chain, datasets, step = (_, work) => work() } = options
  if ((await keys.chosen(SIGNING)).length === 0)
    throw new AppError('not_found', 'nothing was ever signed here', { reason: 'unsigned' })
  await checkReviews(options)
  const from = await signer.keyid()
  const key = await step('key', () => keys.next(SIGNING))
  const to = await signer.keyidOf(key)
  const links = new Map<string, Link | null>()
  for (const dataset of datasets) links.set(dataset, await step('link', () => chain.rotate(dataset, to)))
  await keys.succeed(SIGNING, key, step)
  await signer.verifier.refresh()
  return { key, from, to, links }
}

async function checkReviews({ reviews, signer }: RotateSigningOptions): Promise<void> {
  const pending = await reviews.list({ state: 'pending' })
  const waiting = pending.filter(
    (review) => isDecided(review, signer.verifier) && !hasEnded(review.signature?.keyid ?? '', signer.verifier),
  )
  if (waiting.length === 0) return
  const message =
    `${waiting.length} decisions of review wait to be carried out, which the present key signed: ` +
    'carry them out first (credence run, or the sweeper), or withdraw them'
  throw new AppError('conflict', message, { reason: 'reviews_pending' })
}
