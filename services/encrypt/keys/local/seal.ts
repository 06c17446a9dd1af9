import { randomBytes, scrypt } from 'node:crypto'
import { lstat, readFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { AppError, isAppError } from '#core/errors.ts'
import { createDurably, fileError } from '../../stores/durable-file.ts'

const scryptAsync = promisify<string, Uint8Array, number, { N: number; r: number; p: number; maxmem: number }, Buffer>(
  scrypt,
)
const KEY_BYTES = 32
const SHORTEST_PASSPHRASE = 8 // NIST SP 800-63B

/** What seals a keyring file: a passphrase, or a key file beside it that only its owner may read. */
export type SealSecret = { readonly passphrase: string } | { readonly keyFile: true }

export const sealSchema = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('passphrase'),
    kdf: z.literal('scrypt'),
    /** log2 of scrypt's N; the bounds keep a hostile file from exhausting memory (N = 2^20, r = 8 takes 1 GiB). */
    log2N: z.int().min(10).max(20),
    r: z.literal(8),
    p: z.int().min(1).max(4),
    salt: z.base64(),
  }),
  z.strictObject({ kind: z.literal('keyfile'), name: z.string().regex(/^[A-Za-z0-9._-]+$/) }),
])
export type Seal = z.infer<typeof sealSchema>

/** OWASP's minimum for scrypt in 2024, N = 2^17: 128 MiB and some tenths of a second. */
export const DEFAULT_LOG2N = 17

/** The seal of a new keyring. With a key file: creates the file, or reuses the one that an interrupted creation left. */
export async function newSeal(keyringFile: string, secret: SealSecret, log2N: number): Promise<Seal> {
  if ('passphrase' in secret) {
    if (secret.passphrase.length < SHORTEST_PASSPHRASE) {
      throw new AppError('invalid', `a passphrase has at least ${SHORTEST_PASSPHRASE} characters`, {
        reason: 'short_passphrase',
      })
    }
    return { kind: 'passphrase', kdf: 'scrypt', log2N, r: 8, p: 1, salt: randomBytes(16).toString('base64') }
  }
  const name = `${path.basename(keyringFile)}.key`
  const folder = path.dirname(keyringFile)
  try {
    await createDurably(path.join(folder, name), Buffer.from(`${randomBytes(KEY_BYTES).toString('base64')}\n`), folder)
  } catch (error) {
    const mapped = fileError(error, `creating ${name}`)
    if (!isAppError(mapped, 'conflict')) throw mapped
  }
  return { kind: 'keyfile', name }
}

/**
 * The 256-bit key that opens a keyring file. Throws `invalid` if the secret is of the wrong kind, `denied` if other users may
 * read the key file, `not_found` if it does not exist.
 */
export async function sealingKey(keyringFile: string, seal: Seal, secret: SealSecret): Promise<Uint8Array> {
  if (seal.kind === 'keyfile') return readKeyFile(path.join(path.dirname(keyringFile), seal.name))
  if (!('passphrase' in secret)) {
    throw new AppError('invalid', 'this keyring is sealed by a passphrase: give it', { reason: 'passphrase_needed' })
  }
  const N = 2 ** seal.log2N
  const maxmem = 128 * N * seal.r * 2 // scrypt needs 128·N·r bytes and a little
  const salt = Buffer.from(seal.salt, 'base64')
  return scryptAsync(secret.passphrase.normalize('NFC'), salt, KEY_BYTES, { N, r: seal.r, p: seal.p, maxmem })
}

async function readKeyFile(file: string): Promise<Uint8Array> {
  await checkPrivate(file).catch((error: unknown) => {
    if (!isAppError(error, 'not_found')) throw error
    const message = `${file}, which seals the keyring, is gone: put it back from your backup`
    throw new AppError('not_found', message, { cause: error, reason: 'key_file' })
  })
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    throw fileError(error, `reading ${file}`)
  })
  const key = Buffer.from(text.trim(), 'base64')
  if (key.length !== KEY_BYTES || key.toString('base64') !== text.trim()) {
    throw new AppError('corrupt', `${file} does not hold a key: put it back from your backup`, { reason: 'key_file' })
  }
  return key
}

/** Throws `denied` unless the file is regular, owned by us and closed to all other users. */
export async function checkPrivate(file: string): Promise<void> {
  const { mode, uid, isFile } = await lstat(file).then(
    (stats) => ({ mode: stats.mode, uid: stats.uid, isFile: stats.isFile() }),
    (error: unknown) => {
      throw fileError(error, `looking at ${file}`)
    },
  )
  const refuse = (why: string, reason: string) => new AppError('denied', `${file} ${why}`, { reason })
  if (!isFile) throw refuse('is not a regular file', 'not_a_file')
  if (process.platform === 'win32') return // access lists apply, which mode bits do not show
  if ((mode & 0o077) !== 0) throw refuse(`can be read by others: run chmod 600 ${file}`, 'readable_by_others')
  if (uid !== process.getuid?.() && uid !== 0)
    throw refuse('belongs to somebody else: run as its owner, or chown it', 'not_owner')
}
