import { AppError } from '#core/errors.ts'
import { decodeHeld, encodeRecords } from '#core/record-codec.ts'
import type { DataRecord } from '#core/record.ts'
import type { ObjectRef, Vault } from '#core/vault.ts'
import type { AuditCatalog } from '#runtime/audit/log.ts'
import type { FlaggedCatalog, ReviewCatalog, ReviewRow } from '#runtime/catalog/catalog.ts'
import type { Events } from '#runtime/process/events.ts'
import type { RunStep } from '#runtime/process/steps.ts'
import { objectPath, subjectIn, subjectOf, windowContext } from '#core/layout.ts'
import type { Link, ManifestChain } from './chain/chain.ts'
import type { Signer } from './chain/signer.ts'
import { checkDecided } from './decision.ts'

export interface ReviewDeps {
  readonly vault: Vault
  readonly chain: ManifestChain
  readonly catalog: {
    readonly flagged: Pick<FlaggedCatalog, 'list'>
    readonly reviews: Pick<ReviewCatalog, 'get' | 'applied'>
    readonly audit: Pick<AuditCatalog, 'about'>
  }
  readonly signer: Pick<Signer, 'verifier'>
  readonly step: RunStep
  readonly events: Events
}

/**
 * Carries out a review from the catalog. A release writes the released records as objects beside the clean ones, and a link that
 * admits them; undoing a release adds a link that revokes them. A recall adds a link that names records which nothing admits any
 * more; undoing it adds another link. A reject, and undoing one, moves no record, so the chain gets no link. It may be repeated
 * from any point. Throws `not_found` if a record is not in its window's quarantine, and `denied` (`review_unsigned`,
 * `review_unlogged`) for a row that nobody decided.
 */
export async function applyReview(review: ReviewRow, deps: ReviewDeps): Promise<void> {
  if (review.state === 'applied') return
  await checkDecided(review, { verifier: deps.signer.verifier, audit: deps.catalog.audit })
  const link = await say(review, deps)
  await deps.step('review.transaction', () =>
    deps.catalog.reviews.applied(review.id, link?.ordinal ?? null, link?.sha256),
  )
  const { dataset, id, records } = review
  deps.events.emit('review.applied', { dataset, review: id, records: records.length })
}

/**
 * Withdraws a review that is not carried out yet: because nobody decided it, or it is no longer wanted. Throws `conflict` once
 * the chain has its link.
 */
export async function withdrawReview(
  review: ReviewRow,
  by: { readonly actor: string; readonly reason: string },
  { chain, catalog }: { readonly chain: ManifestChain; readonly catalog: { readonly reviews: ReviewCatalog } },
): Promise<void> {
  const undone = review.undoes === null ? null : await catalog.reviews.get(review.undoes)
  const kind = linkKind(review, undone)
  if (kind !== null && (await chain.find(review.dataset, { kind, review: review.id })) !== null) {
    throw new AppError('conflict', `review ${review.id} is carried out: undo it instead`, { reason: 'carried_out' })
  }
  await catalog.reviews.withdraw(review.id, by.actor, by.reason)
}

/** The kind of link that carries out a review; null if the review moves no record. */
function linkKind({ action }: ReviewRow, undone: Pick<ReviewRow, 'action'> | null) {
  if (action === 'release' || action === 'recall') return action
  if (undone === null || undone.action === 'reject') return null
  return undone.action === 'recall' ? ('reinstatement' as const) : ('revocation' as const)
}

async function say(review: ReviewRow, deps: ReviewDeps): Promise<Link | null> {
  const undone = review.undoes === null ? null : await deps.catalog.reviews.get(review.undoes)
  if (review.action === 'undo' && undone === null)
    throw new AppError('not_found', `review ${review.id} undoes a review that is not there`)
  const kind = linkKind(review, undone)
  if (kind === null) return null
  if (kind === 'release') return release(review, deps)
  if (kind === 'revocation') await checkCarriedOut('release', review, deps)
  if (kind === 'reinstatement') await checkCarriedOut('recall', review, deps)
  const named = review.records.toSorted()
  const details = kind === 'revocation' ? { revoked: named } : { recalled: named }
  const about = { kind, review: review.id }
  return deps.step('review.manifest', () => deps.chain.append(review.dataset, { about, subjects: [], details }))
}

async function release(review: ReviewRow, deps: ReviewDeps): Promise<Link> {
  const { vault, chain, catalog, step } = deps
  const { id, dataset } = review
  const rows = await catalog.flagged.list({ dataset, records: review.records })
  const flagged = new Set(rows.map(({ record }) => record))
  if (review.records.some((record) => !flagged.has(record))) {
    throw new AppError('not_found', `review ${id} names a record that was never flagged`)
  }
  const windows = Map.groupBy(rows, ({ window }) => window)
  const objects = await step('review.object', async () => {
    const refs: ObjectRef[] = []
    for (const window of [...windows.keys()].sort()) {
      const wanted = new Set(windows.get(window)?.map(({ record }) => record))
      const { records, contract } = await quarantined(dataset, window, wanted, deps)
      const context = windowContext({ id: window, dataset, contract }, 'jsonl+zstd')
      refs.push(await vault.put(objectPath('clean', dataset, window, id), context, encodeRecords(records)))
    }
    return refs
  })
  return step('review.manifest', () =>
    chain.append(dataset, { about: { kind: 'release', review: id }, subjects: objects.map(subjectOf), details: {} }),
  )
}

/**
 * The wanted records of a window's quarantine object, in its order; the object is verified by the digest in the window's
 * manifest.
 */
async function quarantined(
  dataset: string,
  window: string,
  wanted: ReadonlySet<string>,
  { vault, chain }: ReviewDeps,
): Promise<{ records: DataRecord[]; contract: string }> {
  const link = await chain.find(dataset, { kind: 'window', window })
  const subject = link === null ? null : subjectIn(link.statement.subject, 'quarantine')
  const contract = link?.statement.predicate.contract?.sha256
  if (subject === null || contract === undefined) {
    throw new AppError('not_found', `no manifest says that window ${window} of ${dataset} holds records back`)
  }
  const context = windowContext({ id: window, dataset, contract }, 'jsonl+zstd')
  const held = decodeHeld(await vault.open(subject.name, context, subject.digest.sha256))
  const records = held.map(({ record }) => record).filter(({ id }) => wanted.has(id))
  if (records.length !== wanted.size) {
    throw new AppError('not_found', `${wanted.size - records.length} records are not in the quarantine of ${window}`)
  }
  return { records, contract }
}

async function checkCarriedOut(
  kind: 'release' | 'recall',
  { dataset, undoes }: ReviewRow,
  { chain }: ReviewDeps,
): Promise<void> {
  if ((await chain.find(dataset, { kind, review: undoes ?? '' })) !== null) return
  const message = `review ${undoes} has not been carried out yet: it cannot be undone`
  throw new AppError('conflict', message, { reason: 'release_pending' })
}
