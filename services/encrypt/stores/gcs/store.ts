import { Storage, type Bucket, type File } from '@google-cloud/storage'
import { AppError, isAppError } from '#core/errors.ts'
import { given } from '#core/given.ts'
import type { CheckLine } from '#core/check.ts'
import { endpointUrl } from '#clouds/endpoint.ts'
import { restError, statusOf } from '#clouds/gcp/errors.ts'
import { checkKeyName } from '#clouds/gcp/key-name.ts'
import { checkPath, checkPrefix } from '../path.ts'
import { refusedWrites } from '../refused.ts'
import type { Store, Version } from '../../store.ts'
import type { GcsStoreOptions } from './options.ts'
import { checkGcs, fetchBucket, requirePrivate } from './check.ts'
import { checksum, readObject, writeObject } from './transfer.ts'

export interface GcsStore extends Store {
  /** Checks what stands between this store and working safely, and reports it line by line. Never throws. */
  check(): Promise<CheckLine[]>
}

const PUBLIC_ENDPOINT = 'https://storage.googleapis.com'
const PAGE = 1000

/**
 * A store in a Cloud Storage bucket. A version is an object's generation; conditions are the service's own
 * (`ifGenerationMatch`), so they hold across processes. Throws `invalid` if the bucket may be made public or lacks uniform
 * access, and what reading the bucket's settings throws.
 */
export async function openGcsStore(options: GcsStoreOptions): Promise<GcsStore> {
  const storage = clientFor(options)
  const bucket = storage.bucket(options.bucket)
  const prefix = prefixOf(options.prefix ?? '')
  const shown = (path: string) => `gs://${options.bucket}/${prefix}${path}`
  const { kmsKey } = options
  const fileOf = (path: string, generation?: Version): File => {
    checkPath(path)
    return bucket.file(`${prefix}${path}`, {
      ...given({ generation, kmsKeyName: kmsKey }),
    })
  }
  requirePrivate(await fetchBucket(bucket))
  const refused = refusedWrites()

  const stands = async (path: string): Promise<boolean> => {
    const file = fileOf(path)
    try {
      await file.getMetadata()
      return true
    } catch (error) {
      if (statusOf(error) === 404) return false
      throw restError(error, `looking at ${shown(path)}`)
    }
  }
  const remove = async (path: string, generation?: Version): Promise<void> => {
    const conditions = generation === undefined ? {} : { ifGenerationMatch: generation }
    try {
      await fileOf(path).delete({ ignoreNotFound: true, ...conditions })
    } catch (error) {
      throw restError(error, `deleting ${shown(path)}`)
    }
  }

  return {
    name: 'gcs',
    async create(path, bytes) {
      refused.refuse(path)
      const written = await writeObject(fileOf(path), bytes, '0', `creating ${shown(path)}`)
      if (underKey(written.kmsKeyName, kmsKey)) return written.generation
      const refusal = wrongKey(shown(path), written.kmsKeyName, kmsKey)
      return refused.takeAway(path, refusal, () => remove(path, written.generation))
    },
    async replace(path, bytes, expected) {
      const file = fileOf(path)
      const what = `replacing ${shown(path)}`
      if (!/^[1-9]\d{0,18}$/.test(expected)) throw new AppError('conflict', `${what}: not a version of this store`)
      try {
        const written = await writeObject(file, bytes, expected, what)
        if (!underKey(written.kmsKeyName, kmsKey)) throw wrongKey(shown(path), written.kmsKeyName, kmsKey)
        return written.generation
      } catch (error) {
        // an object that is gone has no matching generation either
        if (!isAppError(error, 'conflict') || (await stands(path))) throw error
        throw new AppError('not_found', `${what}: it is gone`, { cause: error })
      }
    },
    async read(path) {
      const { bytes, generation, crc32c } = await readObject(
        (generation) => fileOf(path, generation),
        `reading ${shown(path)}`,
      )
      if (crc32c !== checksum(bytes)) {
        throw new AppError('corrupt', `${shown(path)} does not match what was stored: its CRC32C differs`, {
          reason: 'crc32c',
        })
      }
      return { bytes, version: generation }
    },
    exists: stands,
    async *list(under) {
      checkPrefix(under)
      yield* listNames(bucket, `${prefix}${under}`, prefix.length)
    },
    delete: (path) => remove(path),
    check: () => checkGcs({ storage, bucket, options }),
  }
}

async function* listNames(bucket: Bucket, prefix: string, cut: number): AsyncGenerator<string> {
  let pageToken: string | undefined
  do {
    const query = { prefix, maxResults: PAGE, autoPaginate: false, fields: 'items(name),nextPageToken' }
    const more: { pageToken?: string } = pageToken === undefined ? {} : { pageToken }
    const [files, next] = await bucket.getFiles({ ...query, ...more }).catch((error: unknown) => {
      throw restError(error, `listing gs://${bucket.name}/${prefix}`)
    })
    for (const file of files) yield file.name.slice(cut)
    pageToken = (next as { pageToken?: string } | null)?.pageToken
  } while (pageToken !== undefined)
}

function clientFor(options: GcsStoreOptions): Storage {
  const { endpoint = PUBLIC_ENDPOINT, emulator = false, project, credentials, authClient, kmsKey } = options
  endpointUrl(endpoint, 'Cloud Storage', emulator)
  checkKeyName(kmsKey)
  const storage = new Storage({
    apiEndpoint: endpoint,
    retryOptions: { autoRetry: false, maxRetries: 0, retryableErrorFn: () => false },
    useAuthWithCustomEndpoint: !emulator || credentials !== undefined || authClient !== undefined,
    ...given({ projectId: project, credentials, authClient }),
  })
  // inside the SDK, STORAGE_EMULATOR_HOST takes precedence and would send production's objects elsewhere
  if (!storage.baseUrl.startsWith(endpoint)) {
    throw new AppError('invalid', `STORAGE_EMULATOR_HOST leads to ${storage.baseUrl}: unset it`)
  }
  return storage
}

function prefixOf(prefix: string): string {
  const trimmed = prefix.replace(/\/+$/, '')
  if (trimmed === '') return ''
  checkPath(trimmed)
  if (trimmed.length > 100) throw new AppError('invalid', 'a prefix in a bucket has at most 100 characters')
  return `${trimmed}/`
}

/**
 * Whether an object is under the wanted key. A write's answer names the version of the key; if no key is configured, the
 * bucket's default is fine.
 */
function underKey(found: string | undefined, asked: string | undefined): boolean {
  return asked === undefined || (found !== undefined && (found === asked || found.startsWith(`${asked}/`)))
}

function wrongKey(shown: string, found: string | undefined, asked: string | undefined): AppError {
  const message = `${shown} was encrypted under ${found ?? "Google's own key"}, not ${asked ?? 'the one asked for'}`
  return new AppError('invalid', `${message}: check the endpoint and the bucket`, { reason: 'kms_key_mismatch' })
}
