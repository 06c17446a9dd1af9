import { AppError, isAppError } from '#core/errors.ts'
import { folderPath, manifestPath, ordinalIn } from '#core/layout.ts'
import type { ChainHead, Predicate, Statement, Subject } from '#core/manifest.ts'
import { envelopeDigest, openStatement, signStatement, type OpenedStatement } from './dsse.ts'
import { createWitness, heldLinks, subjectKey, type ChainLedger } from './known.ts'
import { checkDataset } from '../keys/record.ts'
import type { Signer } from './signer.ts'
import { hasEnded, nextSigner, signerEnded, type SigningOrder } from './signing-order.ts'
import type { Verifier } from './verifier.ts'
import type { Store } from '../store.ts'

/** One verified link of a dataset's chain. */
export interface Link {
  readonly ordinal: number
  readonly path: string
  /** Digest of the envelope. */
  readonly sha256: string
  /** The keys that signed it: one, or for a rotation the old and the new key. */
  readonly signers: readonly string[]
  readonly statement: Statement
}

/** The place after which reading a chain begins: a link that was verified before. */
export interface ChainPlace {
  readonly ordinal: number
  readonly sha256: string | null
  /** The key that may sign the next link; if absent, it is read from the link itself. */
  readonly signer?: string | null | undefined
}

/** What a link is about. Each window, review, batch and round has at most one link. */
export type LinkSubject =
  | { readonly kind: 'window'; readonly window: string }
  | { readonly kind: 'release' | 'revocation' | 'recall' | 'reinstatement'; readonly review: string }
  | { readonly kind: 'reencryption'; readonly batch: string }
  | { readonly kind: 'round'; readonly round: number }

/** The caller's part of a link; the chain adds its place. */
export interface LinkContent {
  readonly about: LinkSubject
  readonly subjects: readonly Subject[]
  readonly details: Omit<
    Predicate,
    'kind' | 'dataset' | 'ordinal' | 'previous' | 'window' | 'review' | 'batch' | 'rotation' | 'round'
  >
}

/**
 * The signed chain of manifests of each dataset: `manifests/<dataset>/<8 digits>.json`. Every method throws `corrupt` if a link
 * on the way does not verify, and (`chain_truncated`, `chain_rewritten`) if the chain is not the one that the ledger knows.
 */
export interface ManifestChain {
  /**
   * Adds a link create-if-absent, after all links that others wrote in the meantime. If a link about the same window or review
   * exists, returns that one.
   */
  append(dataset: string, content: LinkContent): Promise<Link>
  /**
   * Ends the current signing key's right to sign: from the link that this adds on, `to` signs. Adds that link once. Null if the
   * chain began under `to`.
   */
  rotate(dataset: string, to: string): Promise<Link | null>
  /** The link about a window or a review, or null. */
  find(dataset: string, about: LinkSubject): Promise<Link | null>
  /** Every link from the first on, each verified: signature, place, and the digest of the link before. */
  links(dataset: string): AsyncIterable<Link>
}

/** How far this process has verified a chain, and which link is about what. */
interface Head {
  ordinal: number
  sha256: string | null
  signer: string | null
  readonly about: Map<string, ChainHead>
  /** Windows about which the ledger was not asked yet, with the partitions that they read. */
  readonly unasked: Map<string, ReadonlySet<string>>
}

export interface ChainOptions {
  readonly store: Store
  readonly signer: Signer
  /**
   * Asked before the store is read: every link that it knows at that time must be in the store. If absent, the store alone is
   * trusted.
   */
  readonly ledger?: ChainLedger
}

export function createManifestChain({ store, signer, ledger }: ChainOptions): ManifestChain {
  const heads = new Map<string, Head>()
  /** Appends to one dataset run one after another within the process. Between processes, create-if-absent decides. */
  const turns = new Map<string, Promise<unknown>>()

  /** Reads up to the current end of the chain. */
  const advance = async (dataset: string): Promise<Head> => {
    const head = heads.get(dataset) ?? { ordinal: 0, sha256: null, signer: null, about: new Map(), unasked: new Map() }
    heads.set(dataset, head)
    const witness = createWitness(dataset, (await ledger?.known(dataset, head.ordinal)) ?? [])
    for await (const link of readLinks(store, signer.verifier, dataset, head)) {
      witness.see(link)
      remember(head, link, signer.verifier)
    }
    witness.end(head.ordinal)
    return head
  }

  const links = async function* (dataset: string): AsyncGenerator<Link> {
    const known = (await ledger?.known(dataset)) ?? []
    yield* heldLinks(dataset, readLinks(store, signer.verifier, dataset), known)
  }

  const spokenLink = async (dataset: string, head: Head, about: About): Promise<Link | null> => {
    const spoken = head.about.get(keyOf(about))
    if (spoken === undefined) return null
    const link = await readLink(store, signer.verifier, dataset, spoken.ordinal)
    if (link?.sha256 === spoken.sha256) return link
    throw otherLink(linkPath(dataset, spoken.ordinal))
  }

  /**
   * Detects a catalog that was restored to an earlier state. Such a catalog reads again what later windows committed, and under
   * other limits makes other windows of it. It is detected by windows of the same partitions that are in the chain but not in
   * the catalog.
   */
  const checkCatalog = async (dataset: string, head: Head, window: string, details: LinkContent['details']) => {
    if (ledger === undefined) return
    const unknown = new Set(await ledger.unknownWindows([...head.unasked.keys()]))
    for (const id of head.unasked.keys()) if (!unknown.has(id)) head.unasked.delete(id)
    const read = partitionsOf(details)
    const other = [...unknown].find((id) => [...(head.unasked.get(id) ?? [])].some((partition) => read.has(partition)))
    if (other === undefined) return
    const message =
      `window ${window} of ${dataset} may hold what window ${other} of the chain admitted, which the catalog does not know: ` +
      `the catalog is older than the chain, put its newest copy back`
    throw new AppError('conflict', message, { reason: 'catalog_behind' })
  }

  const append = async (dataset: string, content: LinkContent | { readonly to: string }): Promise<Link | null> => {
    for (;;) {
      const head = await advance(dataset)
      const from = head.signer ?? (await signer.keyid())
      const { about, subjects, details } = 'to' in content ? rotationOf(from, content.to) : content
      const spoken = await spokenLink(dataset, head, about)
      if (spoken !== null) {
        if (HAS_NO_ROW.has(about.kind)) await ledger?.remember(dataset, { ...spoken, about: keyOf(about) })
        return spoken
      }
      if (about.kind === 'rotation' && from === about.rotation.to) return null
      if (about.kind === 'window') await checkCatalog(dataset, head, about.window, details)
      const ordinal = head.ordinal + 1
      const statement: Statement = {
        _type: 'https://in-toto.io/Statement/v1',
        subject: subjects.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
        predicateType: 'https://credence.dev/manifest/v1',
        predicate: {
          ...details,
          ...about,
          dataset,
          ordinal,
          ...(head.sha256 === null ? {} : { previous: { sha256: head.sha256 } }),
        },
      }
      const signers = about.kind === 'rotation' ? [from, about.rotation.to] : [from]
      const bytes = await signStatement(statement, signer, signers)
      const path = linkPath(dataset, ordinal)
      try {
        await store.create(path, bytes)
      } catch (error) {
        if (isAppError(error, 'conflict')) continue // another writer's link: read past it
        throw error
      }
      const link = { ordinal, path, sha256: envelopeDigest(bytes), signers, statement }
      remember(head, link, signer.verifier)
      if (HAS_NO_ROW.has(about.kind)) await ledger?.remember(dataset, { ...link, about: keyOf(about) })
      return link
    }
  }

  const inTurn = <T>(dataset: string, action: () => Promise<T>): Promise<T> => {
    const turn = (turns.get(dataset) ?? Promise.resolve()).then(action, action)
    turns.set(dataset, turn)
    return turn
  }

  return {
    async append(dataset, content) {
      const link = await inTurn(dataset, () => append(dataset, content))
      if (link === null) throw new AppError('internal', 'a link was asked for, and none was made')
      return link
    },
    rotate: (dataset, to) => inTurn(dataset, () => append(dataset, { to })),
    find: (dataset, about) => inTurn(dataset, async () => spokenLink(dataset, await advance(dataset), about)),
    links,
  }
}

/** Links for which neither a window nor a review has a row in the catalog. */
const HAS_NO_ROW: ReadonlySet<About['kind']> = new Set(['reencryption', 'rotation', 'round'])

/** What a link is about, including the rotations that only the chain itself adds. */
type About =
  | LinkSubject
  | { readonly kind: 'rotation'; readonly rotation: { readonly from: string; readonly to: string } }

function rotationOf(from: string, to: string): Omit<LinkContent, 'about'> & { readonly about: About } {
  return { about: { kind: 'rotation', rotation: { from, to } }, subjects: [], details: {} }
}

const keyOf = (about: About): string => subjectKey(about)

/**
 * Reads the links of a chain after `from` (default: all). Each is verified against the one before, and must be signed by a key
 * that may sign there. Links signed by an earlier key are yielded only once a link signed by the current key follows them. Needs
 * only the store and the public keys. Throws `corrupt`: `signature`, `signer_ended`, `ordinal`, `chain`, `gap`,
 * `manifest_format`.
 */
export async function* readLinks(
  store: Store,
  verifier: Verifier,
  dataset: string,
  from: ChainPlace = { ordinal: 0, sha256: null },
): AsyncGenerator<Link> {
  await verifier.refresh()
  const { current } = verifier // a rotation that ends while we read applies to later reads
  const order = { generationOf: (keyid: string) => verifier.generationOf(keyid), current }
  let previous = from.sha256
  let signer = from.signer ?? (await signerAt(store, verifier, dataset, from))
  let at = linkPath(dataset, Math.max(1, from.ordinal))
  let unvouched: Link[] = []
  for await (const link of fetchLinks(store, verifier, dataset, from.ordinal + 1)) {
    if ((link.statement.predicate.previous?.sha256 ?? null) !== previous) {
      throw new AppError('corrupt', `${link.path} does not follow the link before it`, { reason: 'chain' })
    }
    signer = nextSigner(link, signer, order)
    previous = link.sha256
    at = link.path
    unvouched.push(link)
    if (hasEnded(signer, order)) continue
    yield* unvouched
    unvouched = []
  }
  if (signer !== null && hasEnded(signer, order)) throw signerEnded(at)
}

/** The key that may sign after a link that was verified before. Throws `corrupt` (`chain`) if another link is at that place. */
async function signerAt(store: Store, verifier: Verifier, dataset: string, from: ChainPlace): Promise<string | null> {
  if (from.ordinal === 0) return null
  const link = await readLink(store, verifier, dataset, from.ordinal)
  if (link?.sha256 === from.sha256) return link.signers.at(-1) ?? null
  const path = linkPath(dataset, from.ordinal)
  throw new AppError('corrupt', `${path} is not the link that was read before`, { reason: 'chain' })
}

const READ_AHEAD = 32

/**
 * Yields links in order. If it starts at the first one, the store's listing says how many there are: they are read ahead, and
 * none may be missing.
 */
async function* fetchLinks(store: Store, verifier: Verifier, dataset: string, first: number): AsyncGenerator<Link> {
  const listed = first === 1 ? await lastOrdinal(store, dataset) : 0
  for (let ordinal = first; ;) {
    const count = Math.max(1, Math.min(READ_AHEAD, listed - ordinal + 1))
    const reads = Array.from({ length: count }, (_, i) => readLink(store, verifier, dataset, ordinal + i))
    for (const read of await Promise.allSettled(reads)) {
      if (read.status === 'rejected') throw read.reason
      if (read.value === null) {
        if (ordinal > listed) return
        throw new AppError('corrupt', `${linkPath(dataset, ordinal)} is missing from the chain`, { reason: 'gap' })
      }
      yield read.value
      ordinal += 1
    }
  }
}

async function lastOrdinal(store: Store, dataset: string): Promise<number> {
  let last = 0
  for await (const path of store.list(folderPath('manifests', dataset))) {
    last = Math.max(last, ordinalIn(path))
  }
  return last
}

async function readLink(store: Store, verifier: Verifier, dataset: string, ordinal: number): Promise<Link | null> {
  const path = linkPath(dataset, ordinal)
  try {
    const { bytes } = await store.read(path)
    const { statement, signers } = await openNow(bytes, verifier, path)
    if (statement.predicate.ordinal !== ordinal || statement.predicate.dataset !== dataset) {
      throw new AppError('corrupt', `${path} belongs elsewhere`, { reason: 'ordinal' })
    }
    return { ordinal, path, sha256: envelopeDigest(bytes), signers, statement }
  } catch (error) {
    if (isAppError(error, 'not_found')) return null
    throw error
  }
}

/** Opens a statement. If its key is unknown, reads the keys again first, as a new one may have been added. */
async function openNow(bytes: Uint8Array, verifier: Verifier, path: string): Promise<OpenedStatement> {
  try {
    return openStatement(bytes, verifier, path)
  } catch (error) {
    if (!isAppError(error, 'corrupt') || error.reason !== 'signature' || !(await verifier.refresh(true))) throw error
    return openStatement(bytes, verifier, path)
  }
}

function otherLink(path: string): AppError {
  return new AppError('corrupt', `${path} is not the link that was read before`, { reason: 'chain_rewritten' })
}

function remember(head: Head, link: Link, order: SigningOrder): void {
  const { ordinal, sha256, statement } = link
  head.signer = nextSigner(link, head.signer, order)
  head.ordinal = ordinal
  head.sha256 = sha256
  const { predicate } = statement
  head.about.set(subjectKey(predicate), { ordinal, sha256 })
  if (predicate.window !== undefined) head.unasked.set(predicate.window, partitionsOf(predicate))
}

/** The partitions that a window read from, each with its source. */
function partitionsOf({ source, segments = [] }: Pick<Predicate, 'source' | 'segments'>): ReadonlySet<string> {
  return new Set(segments.map(({ partition }) => JSON.stringify([source, partition])))
}

function linkPath(dataset: string, ordinal: number): string {
  checkDataset(dataset) // checks that the dataset has an allowed name
  return manifestPath(dataset, ordinal)
}
