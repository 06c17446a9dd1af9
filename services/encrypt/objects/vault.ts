import { createHash } from 'node:crypto'
import { promisify } from 'node:util'
import zlib from 'node:zlib'
import { AppError, isAppError, isRetryable } from '#core/errors.ts'
import { datasetIn, zoneIn } from '#core/layout.ts'
import type { ObjectContext, ObjectRef, Vault } from '#core/vault.ts'
import type { Events } from '#runtime/process/events.ts'
import { encryptObject, openObject } from './envelope.ts'
import type { KeyRecords } from '../keys/records.ts'
import type { Store } from '../store.ts'

const compress = promisify(zlib.zstdCompress)
const decompress = promisify(zlib.zstdDecompress)

export interface VaultOptions {
  readonly store: Store
  readonly keys: KeyRecords
  /** An object that decompresses to more bytes than this is refused. */
  readonly maxPlaintextBytes?: number
  readonly events?: Events | undefined
}

/** Bytes of ciphertext that are kept to repeat writes that got no answer. */
const KEPT_BYTES = 128 * 1024 * 1024

interface Sealed {
  readonly ciphertext: Uint8Array
  readonly ref: ObjectRef
}

/** Objects in `store`, compressed, then encrypted under their dataset's epoch key. */
export function createVault({ store, keys, maxPlaintextBytes = 1024 ** 3, events }: VaultOptions): Vault {
  /** Writes that failed without an answer. They may have succeeded, so a repetition must send the same bytes. */
  const unconfirmed = new Map<string, Sealed>()
  const keep = (identity: string, sealed: Sealed): void => {
    unconfirmed.set(identity, sealed)
    let bytes = [...unconfirmed.values()].reduce((sum, { ref }) => sum + ref.size, 0)
    for (const [oldest, { ref }] of unconfirmed) {
      if (bytes <= KEPT_BYTES) return
      unconfirmed.delete(oldest)
      bytes -= ref.size
    }
  }

  const seal = async (path: string, context: ObjectContext, plaintext: Uint8Array): Promise<Sealed> => {
    const key = await keys.current(context.dataset)
    const ciphertext = await encryptObject(await compress(plaintext), { ...context, path }, key)
    return { ciphertext, ref: { path, sha256: sha256(ciphertext), size: ciphertext.length, kid: key.kid } }
  }

  const unseal = async (path: string, context: ObjectContext, ciphertext: Uint8Array) => {
    const keyOf = (kid: string) => keys.get(context.dataset, kid)
    const { plaintext, kid } = await openObject(ciphertext, { ...context, path }, keyOf)
    try {
      return { plaintext: await decompress(plaintext, { maxOutputLength: maxPlaintextBytes }), kid }
    } catch (error) {
      const tooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE'
      const reason = tooLarge ? 'decompressed_size' : 'not_zstd'
      throw new AppError('corrupt', `${path} does not decompress`, { cause: error, reason })
    }
  }

  /** The object at the path, if it opens to the same bytes. */
  const adopt = async (
    path: string,
    context: ObjectContext,
    plaintext: Uint8Array,
    ours: Sealed,
  ): Promise<ObjectRef> => {
    const { bytes } = await store.read(path)
    const digest = sha256(bytes)
    if (digest === ours.ref.sha256) return ours.ref
    const there = await unseal(path, context, bytes).catch((error: unknown) => {
      if (isAppError(error, 'corrupt') && error.reason === 'wrong_context') return null
      throw error
    })
    if (there === null || Buffer.compare(there.plaintext, plaintext) !== 0) {
      throw new AppError('conflict', `${path} holds something else`, { reason: 'other_content' })
    }
    return { path, sha256: digest, size: bytes.length, kid: there.kid }
  }

  return {
    async put(path, context, plaintext) {
      checkZone(path, context.dataset)
      const identity = sha256(
        Buffer.from(JSON.stringify([path, Object.entries(context).map(String).sort(), sha256(plaintext)])),
      )
      const kept = unconfirmed.get(identity)
      // not under a key that is no longer current: it may be destroyed by the time that this write arrives
      const isKept = kept !== undefined && kept.ref.kid === (await keys.current(context.dataset)).kid
      const sealed = isKept ? kept : await seal(path, context, plaintext)
      try {
        await store.create(path, sealed.ciphertext)
        unconfirmed.delete(identity)
        return sealed.ref
      } catch (error) {
        if (isRetryable(error)) keep(identity, sealed)
        else unconfirmed.delete(identity)
        if (isAppError(error, 'conflict')) return await adopt(path, context, plaintext, sealed)
        throw error
      }
    },
    async open(path, context, digest) {
      checkZone(path, context.dataset)
      const { bytes } = await store.read(path).catch((error: unknown) => {
        throw isAppError(error, 'not_found') ? objectGone(path, error) : error
      })
      try {
        if (digest !== undefined && sha256(bytes) !== digest)
          throw new AppError('corrupt', `${path} is not the object that was committed`, { reason: 'digest' })
        return (await unseal(path, context, bytes)).plaintext
      } catch (error) {
        if (isAppError(error, 'corrupt')) events?.emit('object.corrupt', { object: path, reason: error.reason ?? '' })
        throw error
      }
    },
    async discard(path) {
      if (zoneIn(path) !== 'staging') throw new AppError('invalid', `${path} is not staging: it stays`)
      await store.delete(path)
    },
  }
}

/** Tells an object that is gone from a key that is gone, which is `not_found` too. */
function objectGone(path: string, cause: unknown): AppError {
  const advice =
    zoneIn(path) === 'staging' ? '' : ': put it back from a backup; `credence verify` names what else is gone'
  return new AppError('not_found', `${path} is gone from the store${advice}`, { cause, reason: 'object_gone' })
}

function checkZone(path: string, dataset: string): void {
  if (zoneIn(path) === null || datasetIn(path) !== dataset) {
    throw new AppError('invalid', `${path} is not in a zone of dataset ${dataset}`)
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
