import { createHash } from 'node:crypto'
import { z } from 'zod'
import { AppError, isAppError } from '#core/errors.ts'
import { destroyedPath, folderPath } from '#core/layout.ts'
import { subjectSchema, type Subject } from '#core/manifest.ts'
import { ZONES } from '#core/vault.ts'
import { openInToto, signInToto } from '../chain/dsse.ts'
import { kidOfObject } from '../objects/envelope.ts'
import { SIGNING, type KeyRecord } from '../keys/record.ts'
import type { KeyRecords } from '../keys/records.ts'
import type { Signer } from '../chain/signer.ts'
import type { Verifier } from '../chain/verifier.ts'
import type { Store } from '../store.ts'

const PREDICATE_TYPE = 'https://credence.dev/destroyed-key/v1'

const reportSchema = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  /** Every object that was encrypted under the key. Nobody can open them any more. */
  subject: z.array(subjectSchema),
  predicateType: z.literal(PREDICATE_TYPE),
  predicate: z.strictObject({
    dataset: z.string(),
    kid: z.string(),
    epoch: z.int().positive(),
    created: z.iso.datetime(),
    destroyed: z.iso.datetime(),
    by: z.string(),
  }),
})
/** The report of a destroyed epoch key: a signed statement of what became unreadable with it. */
export type ShredReport = Readonly<z.infer<typeof reportSchema>>

export interface ShredOptions {
  readonly kid: string
  readonly keys: KeyRecords
  readonly store: Store
  readonly signer: Signer
  /** The person who does it, for the report. */
  readonly by: string
  readonly now?: () => Date
}

/** The record of an epoch key and the objects encrypted under it. Reads every object of its dataset. */
export async function objectsUnder(
  kid: string,
  { keys, store }: Pick<ShredOptions, 'keys' | 'store'>,
): Promise<{ readonly record: KeyRecord; readonly objects: readonly Subject[] }> {
  const record = await recordOf(kid, keys)
  const objects: Subject[] = []
  for (const zone of ZONES) {
    for await (const name of store.list(folderPath(zone, record.dataset))) {
      const sha256 = await digestUnder(store, name, kid)
      if (sha256 !== null) objects.push({ name, digest: { sha256 } })
    }
  }
  return { record, objects }
}

/**
 * Crypto-shredding: destroys every wrap of an epoch key, for good, and signs a report of what became unreadable. After an
 * interruption the next run finishes it. Throws `not_found`; `conflict` (`current`, `too_young`) while objects may still be
 * encrypted under it, as `KeyRecords.destroy` says; `corrupt` (`destroyed_report`) if another report is in its place; `invalid`
 * for a signing key, without which manifests could not be verified.
 */
export async function shredKey(
  options: ShredOptions,
): Promise<{ readonly path: string; readonly report: ShredReport }> {
  const { kid, keys, store, signer, by, now = () => new Date() } = options
  const { dataset, epoch, created } = await recordOf(kid, keys)
  if (dataset === SIGNING) throw new AppError('invalid', `${kid} signs manifests: it stays, to verify what it signed`)
  await keys.destroy(dataset, kid) // no new object can use the key now, so this count is final
  const { objects } = await objectsUnder(kid, options)
  const report: ShredReport = {
    _type: 'https://in-toto.io/Statement/v1',
    subject: [...objects],
    predicateType: PREDICATE_TYPE,
    predicate: { dataset, kid, epoch, created, destroyed: now().toISOString(), by },
  }
  const path = destroyedPath(dataset, kid)
  try {
    await store.create(path, await signInToto(report, signer))
    return { path, report }
  } catch (error) {
    if (!isAppError(error, 'conflict')) throw error
    const earlier = await readShredReport(store, path, signer.verifier) // the report from when it was destroyed
    checkReport(earlier, report, path)
    return { path, report: earlier }
  }
}

/** Throws unless an existing report is about this key and names every object that is found under it now. */
function checkReport(earlier: ShredReport, found: ShredReport, path: string): void {
  const { dataset, kid, epoch } = found.predicate
  const isOfKey =
    earlier.predicate.dataset === dataset && earlier.predicate.kid === kid && earlier.predicate.epoch === epoch
  const named = new Set(earlier.subject.map(({ name, digest }) => `${name} ${digest.sha256}`))
  if (isOfKey && found.subject.every(({ name, digest }) => named.has(`${name} ${digest.sha256}`))) return
  const message = `${path} does not tell of all that was encrypted under key ${kid}: keep it elsewhere, take it away, and destroy the key again`
  throw new AppError('corrupt', message, { reason: 'destroyed_report' })
}

/** Throws `corrupt` unless a trusted key signed it. */
export async function readShredReport(store: Store, path: string, verifier: Verifier): Promise<ShredReport> {
  await verifier.refresh()
  return openInToto((await store.read(path)).bytes, verifier, path, reportSchema)
}

async function recordOf(kid: string, keys: KeyRecords): Promise<KeyRecord> {
  for await (const record of keys.list()) if (record.kid === kid) return record
  throw new AppError('not_found', `there is no epoch key ${kid}`)
}

/** The digest of an object under this key; null if it is under another key, or was removed meanwhile. */
async function digestUnder(store: Store, name: string, kid: string): Promise<string | null> {
  try {
    const { bytes } = await store.read(name)
    return kidOfObject(bytes) === kid ? createHash('sha256').update(bytes).digest('hex') : null
  } catch (error) {
    if (isAppError(error, 'not_found') || isAppError(error, 'corrupt')) return null
    throw error
  }
}
