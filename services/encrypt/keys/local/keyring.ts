import { randomBytes } from 'node:crypto'
import { access, constants, lstat, readFile, stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { CheckLine } from '#core/check.ts'
import { AppError } from '#core/errors.ts'
import { canonicalJson } from '#core/value.ts'
import { whyUnwritable } from '#runtime/process/unwritable.ts'
import { openSealed, sealBytes } from '../../objects/aes-gcm.ts'
import { createDurably, fileError, makeFolderDurably, replaceDurably, withFileLock } from '../../stores/durable-file.ts'
import type { KeyContext, Keyring, KeyVersion, KeyVersionInfo, Wrap } from '../../keyring.ts'
import { boundContext } from '../errors.ts'
import { DEFAULT_LOG2N, checkPrivate, newSeal, sealSchema, sealingKey, type Seal, type SealSecret } from './seal.ts'

/**
 * Whether the folder of a keyring can be written, which rotating and retiring need, and nothing else does; and whether
 * by its owner alone, for who can write there can put another keyring in its place.
 */
async function checkFolder(file: string): Promise<CheckLine> {
  const folder = path.dirname(file)
  const what = `folder ${folder}`
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    const isOpen = process.platform !== 'win32' && ((await stat(folder)).mode & OTHERS_WRITE) !== 0
    if (isOpen)
      return {
        what,
        state: 'warn',
        says: 'others of this machine can write there, and put another keyring in its place',
        fix: `chmod go-w ${folder}`,
      }
    return { what, state: 'ok', says: 'its keyring opens, and can be written' }
  } catch (error) {
    return { what, state: 'warn', says: `no key can be rotated or retired here: ${whyUnwritable(error)}` }
  }
}

/** Mode bits: group and all others may write. */
const OTHERS_WRITE = 0o022

const FORMAT = 'credence-keyring/1'
const ALG = 'AES-256-GCM'

const fileSchema = z.strictObject({
  format: z.literal(FORMAT),
  keyId: z.string().regex(/^[0-9a-f]{16}$/),
  seal: sealSchema,
  /** The versions, sealed as a whole: whoever cannot open the file cannot add, drop or restore one. */
  sealed: z.base64(),
})
type KeyringFile = z.infer<typeof fileSchema>

const versionsSchema = z
  .array(z.strictObject({ version: z.string(), created: z.iso.datetime(), key: z.base64() }))
  .min(1)
type Versions = z.infer<typeof versionsSchema>

/** A keyring in a file: 256-bit keys by version, the last one current. */
export interface LocalKeyring extends Keyring {
  readonly provider: 'local'
  readonly keyId: string
  /** Oldest first. */
  versions(): Promise<readonly (KeyVersionInfo & { readonly created: Date })[]>
  /** Adds a version, which becomes current; earlier versions still unwrap. */
  rotate(): Promise<KeyVersion>
  /** Destroys a version; what only it wrapped can never be opened again. Throws `conflict` for the current one. */
  retire(version: string): Promise<void>
}

export interface LocalKeyringOptions {
  /** log2 of scrypt's cost; only for new keyrings sealed by a passphrase. */
  readonly log2N?: number
  readonly now?: () => Date
}

/** Creates a keyring file (0600) with its first version. Throws `conflict` if the file exists: it is never replaced. */
export async function createLocalKeyring(
  file: string,
  secret: SealSecret,
  options: LocalKeyringOptions = {},
): Promise<LocalKeyring> {
  const folder = path.dirname(path.resolve(file))
  if (await exists(file)) throw new AppError('conflict', `${path.basename(file)} exists`, { reason: 'keyring_exists' })
  await failing('creating the keyring', () => makeFolderDurably(folder))
  const seal = await newSeal(path.resolve(file), secret, options.log2N ?? DEFAULT_LOG2N)
  const key = await sealingKey(path.resolve(file), seal, secret)
  const now = options.now ?? (() => new Date())
  const content = sealFile({ keyId: randomBytes(8).toString('hex'), seal }, [newVersion('1', now())], key)
  await failing('creating the keyring', () => createDurably(path.resolve(file), content, folder))
  return openLocalKeyring(file, secret, options)
}

/**
 * Opens a keyring file. Throws `not_found`, `denied` (`wrong_passphrase`, or other users may read the file), `corrupt`. Versions
 * that another process adds later are read when they are needed.
 */
export async function openLocalKeyring(
  file: string,
  secret: SealSecret,
  options: LocalKeyringOptions = {},
): Promise<LocalKeyring> {
  const at = path.resolve(file)
  const now = options.now ?? (() => new Date())
  const first = await readKeyring(at)
  const { keyId, seal } = first
  const key = await sealingKey(at, seal, secret)
  let versions = unsealVersions(first, key, at)

  const reload = async (): Promise<Versions> => {
    versions = unsealVersions(await readKeyring(at), key, at)
    return versions
  }
  const rewrite = (change: (held: Versions) => Versions): Promise<void> =>
    withFileLock(`${at}.lock`, async () => {
      const content = sealFile({ keyId, seal }, change(await reload()), key)
      unsealVersions(parseKeyring(content, at), key, at) // never replace a keyring by one that does not open
      await failing('writing the keyring', () => replaceDurably(at, content, path.dirname(at)))
      await reload()
    })
  const keyOf = async (version: string): Promise<Buffer> => {
    const find = (held: Versions) => held.find((entry) => entry.version === version)
    const found = find(versions) ?? find(await reload())
    if (found === undefined) {
      throw new AppError('not_found', `the keyring has no version ${version}`, { reason: 'unknown_version' })
    }
    return Buffer.from(found.key, 'base64')
  }
  const current = async (): Promise<KeyVersion> => ({ keyId, version: last(await reload()).version })

  return {
    provider: 'local',
    keyId,
    current,
    check: async () => [await checkFolder(at)],
    async wrap(epochKey, context) {
      const under = await current()
      const blob = sealBytes(await keyOf(under.version), epochKey, wrapContext(under, context))
      return { provider: 'local', ...under, alg: ALG, blob: blob.toString('base64') }
    },
    async unwrap(wrap, context) {
      if (wrap.keyId !== keyId || wrap.provider !== 'local') {
        throw new AppError('not_found', `key ${wrap.keyId} is not in this keyring`, { reason: 'unknown_key' })
      }
      if (wrap.alg !== ALG) throw new AppError('corrupt', 'a wrap of an unknown algorithm', { reason: 'wrap_altered' })
      return openWrap(await keyOf(wrap.version), wrap, context)
    },
    async versions() {
      return (await reload()).map(({ version, created }) => ({
        keyId,
        version,
        created: new Date(created),
        state: 'enabled',
      }))
    },
    async rotate() {
      await rewrite((held) => [...held, newVersion(String(Number(last(held).version) + 1), now())])
      return { keyId, version: last(versions).version }
    },
    async retire(version) {
      await rewrite((held) => {
        if (last(held).version === version) {
          throw new AppError('conflict', `version ${version} is the current one: rotate first`, { reason: 'current' })
        }
        return held.filter((entry) => entry.version !== version)
      })
    },
  }
}

function openWrap(key: Uint8Array, wrap: Wrap, context: KeyContext): Uint8Array {
  try {
    return openSealed(key, Buffer.from(wrap.blob, 'base64'), wrapContext(wrap, context))
  } catch (error) {
    const message = `the wrap of key ${context.kid} does not open under version ${wrap.version}`
    throw new AppError('corrupt', message, { cause: error, reason: 'wrap_altered' })
  }
}

function wrapContext({ keyId, version }: KeyVersion, context: KeyContext) {
  const { format: _, ...bound } = boundContext(context)
  const purpose = context.said === undefined ? 'credence-wrap/1' : 'credence-wrap/2'
  return { purpose, provider: 'local', keyId, version, ...bound }
}

function newVersion(version: string, created: Date): Versions[number] {
  return { version, created: created.toISOString(), key: randomBytes(32).toString('base64') }
}

function sealFile(header: { keyId: string; seal: Seal }, versions: Versions, key: Uint8Array): Buffer {
  const bound = { format: FORMAT, ...header }
  const sealed = sealBytes(key, Buffer.from(canonicalJson(versions)), bound).toString('base64')
  return Buffer.from(`${canonicalJson({ ...bound, sealed })}\n`)
}

function unsealVersions({ sealed, ...bound }: KeyringFile, key: Uint8Array, file: string): Versions {
  try {
    return versionsSchema.parse(JSON.parse(openSealed(key, Buffer.from(sealed, 'base64'), bound).toString('utf8')))
  } catch (error) {
    const passphrase = bound.seal.kind === 'passphrase'
    const message = passphrase
      ? `wrong passphrase for ${file}, or it was altered`
      : `the key file does not open ${file}: put both back from the same backup`
    throw new AppError('denied', message, { cause: error, reason: passphrase ? 'wrong_passphrase' : 'wrong_key_file' })
  }
}

async function readKeyring(file: string): Promise<KeyringFile> {
  await checkPrivate(file)
  return parseKeyring(await failing(`reading ${file}`, () => readFile(file)), file)
}

function parseKeyring(bytes: Uint8Array, file: string): KeyringFile {
  try {
    return fileSchema.parse(JSON.parse(Buffer.from(bytes).toString('utf8')))
  } catch {
    throw new AppError('corrupt', `${file} is not a keyring file: put it back from your backup`, {
      reason: 'keyring_format',
    })
  }
}

async function exists(file: string): Promise<boolean> {
  return lstat(file).then(
    () => true,
    () => false, // creating the file will report what is wrong with the path
  )
}

async function failing<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action()
  } catch (error) {
    throw fileError(error, what)
  }
}

function last(versions: Versions): Versions[number] {
  const entry = versions.at(-1)
  if (entry === undefined) throw new AppError('corrupt', 'a keyring without a version', { reason: 'keyring_format' })
  return entry
}
