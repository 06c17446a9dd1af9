import { z } from 'zod'
import { AppError } from '#core/errors.ts'
import { decodeRecords } from '#core/record-codec.ts'
import type { Vault } from '#core/vault.ts'
import type { SourceCatalog } from '#runtime/catalog/catalog.ts'
import type { Lease } from '#runtime/catalog/lease.ts'
import { folderPath, releasedFrom, subjectIn, windowContext } from '#core/layout.ts'
import { readAdmission } from '../chain/admission.ts'
import { admittedFrom } from '../chain/admitted.ts'
import { readLinks, type Link } from '../chain/chain.ts'
import { heldLinks, type ChainLedger } from '../chain/known.ts'
import type { Verifier } from '../chain/verifier.ts'
import { deliverBatch, openBatchSchema, type Progress } from './deliver-batch.ts'
import { revocationOf, rowOf, type RowOrigin, type Seal } from './sink-rows.ts'
import type { Sink, SinkRow, SinkSchema } from '../sink.ts'
import type { Store } from '../store.ts'

export interface DeliverDeps {
  readonly dataset: string
  /** Must be prepared for `schema`. */
  readonly sink: Sink
  readonly schema: SinkSchema
  readonly store: Store
  readonly verifier: Verifier
  /** What is known about the chain from elsewhere, so that nothing is delivered from a chain that was cut short. */
  readonly ledger?: ChainLedger
  readonly vault: Vault
  /** Encrypts sensitive columns. */
  readonly seal?: Seal
  readonly catalog: { readonly sources: Pick<SourceCatalog, 'positions' | 'move'> }
  /** The lease on this delivery: there is one deliverer at a time. */
  readonly lease: Lease
  readonly signal?: AbortSignal
  readonly now?: () => Date
}

/** The progress of a delivery, as the catalog stores it. */
const stateSchema = z.strictObject({
  /** The last link that is delivered completely, and the digest of its envelope. */
  done: z.int().nonnegative(),
  sha256: z.string().nullable(),
  /** The key that may sign the next link; absent in states of earlier versions. */
  signer: z.string().optional(),
  /** For the link that is being delivered: when its delivery began, and the open batch. */
  since: z.int().optional(),
  batch: openBatchSchema.optional(),
  /** Present if the revocations of this link are delivered. */
  revoked: z.literal(true).optional(),
})
type State = z.infer<typeof stateSchema>

const PARTITION = 'chain'

/** The last link that is delivered completely, read from what the catalog stores of a delivery; 0 before the first. */
export function readDelivered(positions: ReadonlyMap<string, string>): number {
  return readState(positions.get(PARTITION) ?? '').done
}

function readState(text: string): State {
  return text === '' ? { done: 0, sha256: null } : stateSchema.parse(JSON.parse(text))
}

/**
 * Delivers what a dataset's chain admits to a sink, link by link, each row exactly once: the position in the catalog says which
 * link comes next and which batch is open for it, before anything is put into that batch. May be stopped at any point and called
 * again. Resolves to the number of links delivered. Throws `conflict` (`lease_lost`) if another deliverer took over, `corrupt`
 * if the chain does not verify or admits what was not scanned, and what the sink, the vault and the catalog throw.
 */
export async function deliverChain(deps: DeliverDeps): Promise<number> {
  const { dataset, store, verifier, ledger, catalog, lease, signal, now = () => new Date() } = deps
  let text = (await catalog.sources.positions(lease.source, lease.shard)).get(PARTITION) ?? ''
  let state = readState(text)
  const keep = async (next: State): Promise<void> => {
    const to = JSON.stringify(next)
    await catalog.sources.move(lease, PARTITION, text, to)
    text = to
    state = next
  }
  const progress: Progress = {
    open: () => state.batch ?? null,
    keep: (batch) => keep({ ...state, batch }),
  }

  let delivered = 0
  const contracts: Contracts = new Map()
  const known = (await ledger?.known(dataset, state.done)) ?? []
  const links = readLinks(store, verifier, dataset, {
    ordinal: state.done,
    sha256: state.sha256,
    signer: state.signer,
  })
  for await (const link of heldLinks(dataset, links, known, state.done)) {
    if (signal?.aborted) break
    const since = state.since ?? now().getTime()
    const { admitted, revoked } = await rowsOf(link, new Date(since), contracts, deps)
    // stored before any row is sent: a repeated attempt must send the same time
    if (state.since === undefined && admitted.length + revoked.length > 0) await keep({ ...state, since })
    const { ordinal } = link
    if (revoked.length > 0 && state.revoked !== true) {
      await deliverBatch(deps.sink, { ordinal, into: 'revoked' }, revoked, progress)
      const { batch: _, ...rest } = state
      await keep({ ...rest, revoked: true })
    }
    if (admitted.length > 0) await deliverBatch(deps.sink, { ordinal, into: 'admitted' }, admitted, progress)
    await keep({ done: ordinal, sha256: link.sha256, signer: link.signers.at(-1) })
    delivered++
  }
  return delivered
}

interface LinkRows {
  readonly admitted: readonly SinkRow[]
  readonly revoked: readonly SinkRow[]
}

/** Digests of contracts by the id of the window. */
type Contracts = Map<string, string>

/** The rows that a link adds and takes back, in an order that depends only on the link. */
async function rowsOf(link: Link, ingested: Date, contracts: Contracts, deps: DeliverDeps): Promise<LinkRows> {
  const { dataset, schema, seal, vault } = deps
  const { subject, predicate } = link.statement
  const origin = { dataset, ordinal: link.ordinal, ingested }
  // the same records, so no rows
  if (predicate.kind === 'reencryption' || predicate.kind === 'rotation') return { admitted: [], revoked: [] }
  if (predicate.kind === 'revocation') {
    return { admitted: [], revoked: (predicate.revoked ?? []).map((id) => revocationOf(id, origin)) }
  }
  if (predicate.kind === 'recall') {
    return { admitted: [], revoked: (predicate.recalled ?? []).map((id) => revocationOf(id, origin)) }
  }
  if (predicate.kind === 'reinstatement') return reinstated(link, origin, deps)
  noteContract(link, contracts)
  const recalled = predicate.kind === 'release' ? await recalledBefore(link, deps) : new Set()
  const admitted: SinkRow[] = []
  const ids: string[] = []
  for (const { name, digest } of subject) {
    if (!name.startsWith(folderPath('clean', dataset))) continue
    const window = predicate.kind === 'window' ? (predicate.window ?? '') : (releasedFrom(name) ?? '')
    const context = windowContext(
      { id: window, dataset, contract: await contractOf(window, contracts, deps) },
      'jsonl+zstd',
    )
    const place: RowOrigin = { ...origin, window }
    for (const record of decodeRecords(await vault.open(name, context, digest.sha256))) {
      ids.push(record.id)
      if (!recalled.has(record.id)) admitted.push(rowOf(record, schema, place, seal))
    }
  }
  // A released record may have been released and taken back before: only its newest row stands.
  const before = predicate.kind === 'release' ? ids.toSorted().map((id) => revocationOf(id, origin)) : []
  return { admitted, revoked: before }
}

/**
 * The rows of a reinstatement: it delivers again the recalled records that the chain up to there admits, and takes back any row
 * of them that was delivered in between.
 */
async function reinstated(link: Link, origin: Omit<RowOrigin, 'window'>, deps: DeliverDeps): Promise<LinkRows> {
  const { dataset, schema, seal, store, verifier, vault } = deps
  const wanted = new Set(link.statement.predicate.recalled ?? [])
  const admitted: SinkRow[] = []
  const links = upTo(link, readLinks(store, verifier, dataset))
  for await (const { record, window } of admittedFrom(dataset, { vault, links }))
    if (wanted.has(record.id)) admitted.push(rowOf(record, schema, { ...origin, window }, seal))
  return { admitted, revoked: [...wanted].map((id) => revocationOf(id, origin)) }
}

/**
 * Records that are recalled before this link; a release admits none of them. A catalog that was restored to an old state may
 * have asked for it.
 */
async function recalledBefore(link: Link, { dataset, store, verifier }: DeliverDeps): Promise<ReadonlySet<string>> {
  const links = upTo(link, readLinks(store, verifier, dataset))
  return new Set((await readAdmission(dataset, links)).recalled.keys())
}

async function* upTo({ ordinal }: Link, links: AsyncIterable<Link>): AsyncGenerator<Link> {
  for await (const link of links) {
    if (link.ordinal > ordinal) return
    yield link
  }
}

/** Notes the contract of a link's window. Throws `corrupt` (`unscanned`) if the link does not say what scanned the window. */
function noteContract({ statement: { subject, predicate }, path }: Link, contracts: Contracts): void {
  const { kind, window, contract, detectors, policy } = predicate
  if (kind !== 'window' || window === undefined || contract === undefined) return
  const isScanned = detectors !== undefined && policy !== undefined
  if (!isScanned || subjectIn(subject, 'scores') === null) {
    throw new AppError('corrupt', `${path} does not say what scanned its window`, { reason: 'unscanned' })
  }
  contracts.set(window, contract.sha256)
}

/** The contract of a window that this link or an earlier one committed. The chain is read again at most once. */
async function contractOf(
  window: string,
  contracts: Contracts,
  { dataset, store, verifier }: DeliverDeps,
): Promise<string> {
  if (!contracts.has(window)) {
    for await (const link of readLinks(store, verifier, dataset)) noteContract(link, contracts)
  }
  const contract = contracts.get(window)
  if (contract !== undefined) return contract
  const message = `the chain of ${dataset} releases from a window that it does not commit`
  throw new AppError('corrupt', message, { reason: 'release' })
}
