import { AppError } from '#core/errors.ts'
import { envelopeSchema, statementSchema, type Predicate, type Statement } from '#core/manifest.ts'
import type { WindowCounts } from '#core/window.ts'
import { readAdmission } from './admission.ts'
import { checkSigners, hasEnded, nextSigner, signerEnded, type SigningOrder } from './signing-order.ts'
import { standingSubjects } from './standing.ts'

/** What a dataset's chain is verified with. Uses only what every standard JavaScript runtime has, and nothing of Node.js. */
export interface VerifyOptions {
  /** The bytes at a path of the object store, such as `manifests/mail/00000001.json`; null where nothing is there. */
  readonly read: (path: string) => Promise<Uint8Array | null>
  /**
   * Ed25519 public keys in PEM, as `credence audit export` writes them: in the order in which they signed, the current one last.
   */
  readonly publicKey: string
  /** The digest of a link that the chain must contain, known from elsewhere. A chain that was cut short verifies without it. */
  readonly head?: string
  /** False: verify the chain only, and not the objects that it signs. */
  readonly objects?: boolean
}

export interface Verified {
  readonly dataset: string
  readonly links: number
  /** SHA-256 of the last link's envelope, hex. */
  readonly head: string
  /** The number of objects whose digest is the signed one; 0 if objects were not verified. */
  readonly objects: number
  /** The sums of the counts of all windows. */
  readonly counts: WindowCounts
}

interface Link {
  readonly ordinal: number
  readonly path: string
  readonly sha256: string
  readonly signers: readonly string[]
  readonly statement: Statement
}

const DATASET = /^[a-z0-9][a-z0-9_-]{0,62}$/

/**
 * Verifies everything that a dataset's chain signs: the signatures (DSSE, Ed25519), the order of the links, the statement of
 * each link, and the digest of each object. Throws `corrupt` at the first thing that does not verify, `not_found` (`unsigned`)
 * if there is no chain, and `invalid` if a key is not an Ed25519 public key in PEM.
 */
export async function verify(dataset: string, options: VerifyOptions): Promise<Verified> {
  if (!DATASET.test(dataset)) throw new AppError('invalid', 'a dataset is named by a-z, 0-9, _ and -')
  const keys = await importKeys(options.publicKey)
  const links = await readChain(dataset, options.read, keys)
  const last = links.at(-1)
  if (last === undefined) throw new AppError('not_found', `${dataset} has no signed link`, { reason: 'unsigned' })
  if (options.head !== undefined && !links.some(({ sha256 }) => sha256 === options.head))
    throw new AppError('corrupt', `the chain of ${dataset} lacks the link that was asked for`, {
      reason: 'chain_truncated',
    })
  await readAdmission(dataset, each(links))
  return {
    dataset,
    links: links.length,
    head: last.sha256,
    objects: options.objects === false ? 0 : await verifyObjects(links, options.read),
    counts: links.reduce((sum, { statement }) => add(sum, statement.predicate), NOTHING),
  }
}

/** Public keys by their id, in the order in which they signed. */
type Keys = ReadonlyMap<string, CryptoKey>

function orderOf(keys: Keys): SigningOrder {
  const ids = [...keys.keys()]
  return { generationOf: (keyid) => ids.indexOf(keyid) + 1 || null, current: ids.length }
}

async function importKeys(pem: string): Promise<Keys> {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []
  const keys = new Map<string, CryptoKey>()
  try {
    for (const block of blocks) {
      const spki = fromBase64(block.replaceAll(/-----[^-]+-----|\s/g, ''))
      const key = await crypto.subtle.importKey('spki', spki, { name: 'Ed25519' }, false, ['verify'])
      keys.set((await digest(spki)).slice(0, 32), key)
    }
  } catch (cause) {
    throw new AppError('invalid', 'not an Ed25519 public key in PEM', { cause, reason: 'public_key' })
  }
  if (keys.size === 0) throw new AppError('invalid', 'not an Ed25519 public key in PEM', { reason: 'public_key' })
  return keys
}

/** How many places beyond a missing link are searched: a link found there proves that the ones before it are missing. */
const AHEAD = 16

/** Reads every link from the first on, until a place after which no link is found. */
async function readChain(dataset: string, read: VerifyOptions['read'], keys: Keys): Promise<Link[]> {
  const pathOf = (ordinal: number) => `manifests/${dataset}/${String(ordinal).padStart(8, '0')}.json`
  const links: Link[] = []
  const order = orderOf(keys)
  let signer: string | null = null
  for (let ordinal = 1; ; ordinal++) {
    const path = pathOf(ordinal)
    const bytes = await read(path)
    if (bytes === null) {
      for (let ahead = 1; ahead <= AHEAD; ahead++)
        if ((await read(pathOf(ordinal + ahead))) !== null) throw refused(`${path} is missing from the chain`, 'gap')
      const last = links.at(-1)
      if (last !== undefined && signer !== null && hasEnded(signer, order)) throw signerEnded(last.path)
      return links
    }
    const { statement, signers } = await openStatement(bytes, keys, path)
    const { ordinal: signed, dataset: of, previous } = statement.predicate
    if (signed !== ordinal || of !== dataset) throw refused(`${path} belongs elsewhere`, 'ordinal')
    if ((previous?.sha256 ?? null) !== (links.at(-1)?.sha256 ?? null))
      throw refused(`${path} does not follow the link before it`, 'chain')
    const link = { ordinal, path, sha256: await digest(bytes), signers, statement }
    signer = nextSigner(link, signer, order)
    links.push(link)
  }
}

/** The statement of a DSSE envelope, once every signature over it verifies; nothing of the payload is read before. */
async function openStatement(
  bytes: Uint8Array,
  keys: Keys,
  path: string,
): Promise<{ readonly statement: Statement; readonly signers: readonly string[] }> {
  const envelope = parsed(() => envelopeSchema.parse(JSON.parse(text(bytes))), path)
  const body = parsed(() => fromBase64(envelope.payload), path)
  const { payloadType: type } = envelope
  const before = new TextEncoder().encode(`DSSEv1 ${new TextEncoder().encode(type).length} ${type} ${body.length} `)
  const signed = new Uint8Array(before.length + body.length)
  signed.set(before)
  signed.set(body, before.length)
  for (const { keyid, sig } of envelope.signatures) {
    const key = envelope.signatures.length > 2 ? undefined : keys.get(keyid)
    if (key === undefined || !(await isSigned(key, sig, signed)))
      throw refused(`${path} is not signed by a key that is trusted, and by it alone`, 'signature')
  }
  const statement = parsed(() => statementSchema.parse(JSON.parse(text(body))), path)
  const signers = envelope.signatures.map(({ keyid }) => keyid)
  checkSigners({ path, signers, statement })
  return { statement, signers }
}

async function isSigned(key: CryptoKey, base64: string, signed: Uint8Array<ArrayBuffer>): Promise<boolean> {
  try {
    return await crypto.subtle.verify('Ed25519', key, fromBase64(base64), signed)
  } catch {
    return false // not canonical base64, so not a signature
  }
}

async function verifyObjects(links: readonly Link[], read: VerifyOptions['read']): Promise<number> {
  const subjects = standingSubjects(links)
  for (const { name, digest: signed } of subjects.values()) {
    const bytes = await read(name)
    if (bytes === null) throw refused(`${name} is gone`, 'missing_object')
    if ((await digest(bytes)) !== signed.sha256)
      throw refused(`${name} is not the object that was signed for`, 'digest')
  }
  return subjects.size
}

const NOTHING: WindowCounts = { received: 0, admitted: 0, quarantined: 0, rejected: 0, deadLettered: 0 }

function add(sum: WindowCounts, { counts, window }: Predicate): WindowCounts {
  if (counts === undefined) return sum
  const { received, admitted, quarantined, rejected, deadLettered } = counts
  if (received !== admitted + quarantined + rejected + deadLettered)
    throw refused(`window ${window ?? ''} accounts for more or fewer records than it received`, 'counts')
  return {
    received: sum.received + received,
    admitted: sum.admitted + admitted,
    quarantined: sum.quarantined + quarantined,
    rejected: sum.rejected + rejected,
    deadLettered: sum.deadLettered + deadLettered,
  }
}

async function digest(bytes: Uint8Array): Promise<string> {
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new Uint8Array(bytes)))
  return Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

const text = (bytes: Uint8Array) => new TextDecoder('utf-8', { fatal: true }).decode(bytes)

/** Decodes base64. Throws for base64 in another spelling than the canonical one: an envelope has exactly one form. */
function fromBase64(encoded: string): Uint8Array<ArrayBuffer> {
  const characters = atob(encoded)
  if (btoa(characters) !== encoded) throw new Error('not base64 as it is written here')
  return Uint8Array.from(characters, (char) => char.charCodeAt(0))
}

function parsed<T>(read: () => T, path: string): T {
  try {
    return read()
  } catch (cause) {
    throw new AppError('corrupt', `${path} is not a manifest`, { cause, reason: 'manifest_format' })
  }
}

const refused = (message: string, reason: string) => new AppError('corrupt', message, { reason })

async function* each(links: readonly Link[]): AsyncGenerator<Link> {
  yield* links
}
