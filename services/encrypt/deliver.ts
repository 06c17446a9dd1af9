import { z } from 'zod'
import { AppError, isAppError } from '#core/errors.ts'
import { decodeRecords } from '#core/record-codec.ts'
import type { Vault } from '#core/vault.ts'
import type { Lease, SourceCatalog } from '#runtime/catalog/catalog.ts'
import { releasedFrom, windowContext } from './layout.ts'
import { readLinks, type Link } from './manifest-chain.ts'
import type { Verifier } from './signer.ts'
import { revocationOf, rowOf, type Seal } from './sinks/sink-rows.ts'
import type { Batch, Sink, SinkRow, SinkSchema, Token } from './sinks/sink.ts'
import type { Store } from './store.ts'

export interface DeliverDeps {
  readonly dataset: string
  readonly sink: Sink
  readonly schema: SinkSchema
  readonly store: Store
  readonly verifier: Verifier
  readonly vault: Vault
  /** For sensitive columns. */
  readonly seal?: Seal
  readonly catalog: { readonly sources: Pick<SourceCatalog, 'positions' | 'move'> }
  /** On this delivery: there is one deliverer at a time. */
  readonly lease: Lease
  readonly signal?: AbortSignal
  readonly now?: () => Date
}

/** How far a delivery has come, as the catalog keeps it. */
const stateSchema = z.strictObject({
  /** The last link that is delivered whole, and the digest of its envelope. */
  done: z.int().nonnegative(),
  sha256: z.string().nullable(),
  /** The link that is being delivered: since when, and the batch that is open. */
  since: z.int().optional(),
  batch: z.strictObject({ into: z.enum(['admitted', 'revoked']), token: z.string() }).optional(),
  /** Revocations of this link are there already. */
  revoked: z.literal(true).optional(),
})
type State = z.infer<typeof stateSchema>

const PARTITION = 'chain'
const ROWS_AT_ONCE = 500

/**
 * Delivers what a dataset's chain admits to a sink, link by link, each row exactly once: the position in the catalog says
 * which link comes next and which batch is open for it, before anything is put into that batch. Safe to stop at any point
 * and to call again. Resolves to the number of links delivered. Throws `conflict` (`lease_lost`) when another deliverer took
 * over, and what the sink, the vault and the catalog throw.
 */
export async function deliverChain(deps: DeliverDeps): Promise<number> {
  const { dataset, store, verifier, catalog, lease, signal, now = () => new Date() } = deps
  let text = (await catalog.sources.positions(lease.source, lease.shard)).get(PARTITION) ?? ''
  let state: State = text === '' ? { done: 0, sha256: null } : stateSchema.parse(JSON.parse(text))
  const keep = async (next: State): Promise<void> => {
    const to = JSON.stringify(next)
    await catalog.sources.move(lease, PARTITION, text, to)
    text = to
    state = next
  }

  let delivered = 0
  const contracts = new Map<string, string>()
  const from = { ordinal: state.done, sha256: state.sha256 }
  for await (const link of readLinks(store, verifier, dataset, from)) {
    if (signal?.aborted) break
    if (state.since === undefined) await keep({ ...state, since: now().getTime() })
    const ingested = new Date(state.since ?? 0)
    const origin = { dataset, ordinal: link.ordinal, ingested }
    const rows = await rowsOf(link, origin, contracts, deps)
    if (rows.revoked.length > 0 && state.revoked !== true) {
      await deliverBatch({ ordinal: link.ordinal, into: 'revoked' }, rows.revoked, () => state, keep, deps)
      const { batch: _, ...rest } = state
      await keep({ ...rest, revoked: true })
    }
    if (rows.admitted.length > 0) {
      await deliverBatch({ ordinal: link.ordinal, into: 'admitted' }, rows.admitted, () => state, keep, deps)
    }
    await keep({ done: link.ordinal, sha256: link.sha256 })
    delivered++
  }
  return delivered
}

/** One batch, under the token that the catalog has or is given. */
async function deliverBatch(
  batch: Batch,
  rows: readonly SinkRow[],
  current: () => State,
  keep: (next: State) => Promise<void>,
  { sink }: DeliverDeps,
): Promise<void> {
  const open = async (): Promise<Token> => {
    const token = await sink.open(batch)
    await keep({ ...current(), batch: { into: batch.into, token } })
    return token
  }
  const known = current().batch
  let token = known?.into === batch.into ? known.token : await open()
  for (;;) {
    try {
      for (let offset = 0; offset < rows.length; offset += ROWS_AT_ONCE)
        await sink.append(token, offset, rows.slice(offset, offset + ROWS_AT_ONCE))
      await sink.commit(token, rows.length)
      return
    } catch (error) {
      if (!(isAppError(error, 'not_found') && error.reason === 'batch_gone')) throw error
      const there = await sink.count(batch)
      if (there === rows.length) return
      if (there > 0) {
        const message = `${sink.name} shows ${there} of the ${rows.length} rows of link ${batch.ordinal}`
        throw new AppError('corrupt', message, { reason: 'partial_batch' })
      }
      token = await open()
    }
  }
}

interface LinkRows {
  readonly admitted: readonly SinkRow[]
  readonly revoked: readonly SinkRow[]
}

/** What a link adds and takes back, in an order that follows from the link alone. */
async function rowsOf(
  { statement: { subject, predicate } }: Link,
  origin: { readonly dataset: string; readonly ordinal: number; readonly ingested: Date },
  contracts: Map<string, string>,
  { vault, schema, seal, dataset, store, verifier }: DeliverDeps,
): Promise<LinkRows> {
  const { kind, window = '', contract, revoked = [] } = predicate
  if (kind === 'reencryption') return { admitted: [], revoked: [] } // the same records, under another key
  if (kind === 'revocation') return { admitted: [], revoked: revoked.map((id) => revocationOf(id, origin)) }
  if (contract !== undefined) contracts.set(window, contract.sha256)
  const admitted: SinkRow[] = []
  const ids: string[] = []
  for (const { name, digest } of subject) {
    if (!name.startsWith('clean/')) continue
    const from = kind === 'window' ? window : (releasedFrom(name) ?? '')
    const sha256 = contracts.get(from) ?? (await contractOf(from, dataset, store, verifier))
    const context = windowContext({ id: from, dataset, contract: sha256 }, 'jsonl+zstd')
    for (const record of decodeRecords(await vault.open(name, context, digest.sha256))) {
      admitted.push(rowOf(record, schema, { ...origin, window: from }, seal))
      ids.push(record.id)
    }
  }
  // What is released may have been released and taken back before: only the newest row of a record stands.
  const before = kind === 'release' ? ids.toSorted().map((id) => revocationOf(id, origin)) : []
  return { admitted, revoked: before }
}

/** The contract of a window that an earlier link committed. */
async function contractOf(window: string, dataset: string, store: Store, verifier: Verifier): Promise<string> {
  for await (const { statement } of readLinks(store, verifier, dataset)) {
    const { kind, contract } = statement.predicate
    if (kind === 'window' && statement.predicate.window === window && contract !== undefined) return contract.sha256
  }
  throw new AppError('corrupt', `the chain of ${dataset} releases from a window that it does not commit`, {
    reason: 'release',
  })
}
