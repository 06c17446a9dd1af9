import { createHash } from 'node:crypto'
import { AppError, isAppError, type ErrorCode } from '#core/errors.ts'
import type { Predicate, Replaced, Subject } from '#core/manifest.ts'
import { canonicalJson } from '#core/value.ts'
import type { ObjectContext, Vault } from '#core/vault.ts'
import { kidOfObject } from '../objects/envelope.ts'
import type { KeyRecords } from '../keys/records.ts'
import { collect } from '../keys/services.ts'
import { reencryptedPath, subjectOf } from '#core/layout.ts'
import type { Link, ManifestChain } from '../chain/chain.ts'
import { parseMessage } from '../objects/message.ts'
import { createReplacements, standingSubjects } from '../chain/standing.ts'
import type { Store } from '../store.ts'

export interface ReencryptOptions {
  readonly dataset: string
  readonly store: Store
  readonly keys: KeyRecords
  readonly vault: Vault
  readonly chain: ManifestChain
  /**
   * Whether the catalog's row for a link is up to date. Until then a retry compares the objects with the link, so they are not
   * replaced.
   */
  readonly settled: (about: Predicate) => Promise<boolean>
  /** Only counts what would be done; opens nothing. */
  readonly dryRun?: boolean | undefined
  /** How many objects one link replaces. */
  readonly batchSize?: number | undefined
  readonly onProgress?: (done: { readonly path: string; readonly at: number; readonly of: number }) => void
  readonly signal?: AbortSignal | undefined
}

export interface ReencryptReport {
  readonly dataset: string
  /** The epoch key under which every object is afterwards. */
  readonly kid: string | null
  /** The number of objects that the chain signs for. */
  readonly objects: number
  /** The number of those that were under another key. */
  readonly due: number
  /** The number of links whose row is not up to date: their objects were not replaced. */
  readonly waiting: number
  readonly reencrypted: number
  /** The number of objects deleted after a signed link replaced them, including those of an interrupted run. */
  readonly deleted: number
  readonly bytes: number
  readonly failed: readonly { readonly path: string; readonly code: ErrorCode; readonly message: string }[]
}

/**
 * Encrypts every object that the chain signs for under the current epoch key: rare and expensive, since objects are immutable.
 * Each is written under a new name and opened to check it; then one signed link says which objects replace which; only then are
 * the old ones deleted. An interruption loses nothing, and the next run continues. Failures are reported, and their objects
 * stay. Objects that no link signs for are ignored: they belong to windows under way, or were left behind.
 */
export async function reencryptDataset(options: ReencryptOptions): Promise<ReencryptReport> {
  const { dataset, store, keys, chain, dryRun = false, batchSize = 32, onProgress, signal } = options
  const links = await collect(chain.links(dataset))
  const settled: Link[] = []
  for (const link of links) if (await options.settled(link.statement.predicate)) settled.push(link)
  let deleted = dryRun ? 0 : await deleteReplaced(store, links)
  const failed: { path: string; code: ErrorCode; message: string }[] = []
  const standing = [...standingSubjects(settled).values()]
  const kid = (dryRun ? await keys.pointer(dataset) : await keys.current(dataset))?.kid ?? null
  let [due, reencrypted, bytes, at] = [0, 0, 0, 0]
  let batch: Moved[] = []
  const flush = async () => {
    if (batch.length === 0) return
    await sign(chain, dataset, batch)
    for (const { from } of batch) await store.delete(from.name)
    reencrypted += batch.length
    deleted += batch.length
    batch = []
  }
  for (const subject of standing) {
    if (signal?.aborted === true) break
    at += 1
    try {
      const found = await read(store, subject)
      if (found.kid === kid) continue
      due += 1
      if (!dryRun) batch.push(await move(subject, found, kid ?? '', options))
      bytes += found.bytes
    } catch (error) {
      if (!isAppError(error)) throw error
      failed.push({ path: subject.name, code: error.code, message: error.message })
    } finally {
      onProgress?.({ path: subject.name, at, of: standing.length })
    }
    if (batch.length >= batchSize) await flush()
  }
  await flush()
  return {
    dataset,
    kid,
    objects: standing.length,
    due,
    waiting: links.length - settled.length,
    reencrypted,
    deleted,
    bytes,
    failed,
  }
}

interface Moved {
  readonly from: Subject
  readonly to: Subject
}

interface Found {
  readonly kid: string
  readonly context: ObjectContext
  readonly bytes: number
}

/** Reads an object's header. It is authenticated only when the object is opened. */
async function read(store: Store, { name, digest }: Subject): Promise<Found> {
  const { bytes } = await store.read(name)
  if (createHash('sha256').update(bytes).digest('hex') !== digest.sha256) {
    throw new AppError('corrupt', `${name} is not the object that was signed for`, { reason: 'digest' })
  }
  const { context } = parseMessage(bytes)
  const entry = (key: string) => context.get(key) ?? ''
  const codec = entry('codec') as ObjectContext['codec'] // opening compares it with the authenticated one
  const about = { dataset: entry('dataset'), window: entry('window'), contract: entry('contract'), codec }
  return { kid: kidOfObject(bytes), context: about, bytes: bytes.length }
}

/** Writes an object under a name that contains its new key, and checks that it opens to the same bytes. */
async function move(from: Subject, { context }: Found, kid: string, { vault }: ReencryptOptions): Promise<Moved> {
  const plaintext = await vault.open(from.name, context, from.digest.sha256)
  const ref = await vault.put(reencryptedPath(from.name, kid), context, plaintext)
  if (ref.kid !== kid) {
    const message = `the epoch key of ${context.dataset} changed meanwhile: run it again`
    throw new AppError('conflict', message, { reason: 'epoch' })
  }
  const back = await vault.open(ref.path, context, ref.sha256)
  if (Buffer.compare(back, plaintext) !== 0) {
    throw new AppError('corrupt', `${ref.path} does not hold what ${from.name} does`, { reason: 'other_content' })
  }
  return { from, to: subjectOf(ref) }
}

async function sign(chain: ManifestChain, dataset: string, moved: readonly Moved[]): Promise<void> {
  const replaced: Replaced[] = moved.map(({ from, to }) => ({ from, by: to.name }))
  const subjects = moved.map(({ to }) => to)
  const batch = createHash('sha256').update(canonicalJson({ replaced, subjects })).digest('hex').slice(0, 32)
  await chain.append(dataset, { about: { kind: 'reencryption', batch }, subjects, details: { replaced } })
}

/** Deletes the objects that an interrupted run had replaced but not deleted. */
async function deleteReplaced(store: Store, links: readonly Link[]): Promise<number> {
  const replacements = createReplacements()
  for (const link of links) replacements.add(link)
  const standing = standingSubjects(links)
  let deleted = 0
  for (const name of replacements.replaced()) {
    if (standing.has(name) || !(await store.exists(name))) continue
    await store.delete(name)
    deleted += 1
  }
  return deleted
}
