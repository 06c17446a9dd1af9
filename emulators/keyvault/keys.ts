import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  privateDecrypt,
  privateEncrypt,
  publicEncrypt,
  randomBytes,
} from 'node:crypto'
import { promisify } from 'node:util'

const generate = promisify(generateKeyPair)

export interface VaultKeyVersion {
  readonly version: string
  /** PKCS#8 in PEM. */
  readonly key: string
  enabled: boolean
  /** Seconds since the epoch. */
  readonly created: number
  updated: number
}

export interface VaultKey {
  readonly name: string
  /** Oldest first. */
  versions: VaultKeyVersion[]
  policy: object | null
  deleted: boolean
}

export interface VaultState {
  keys: Record<string, VaultKey>
}

/** An error as the vault words it. */
export class VaultError extends Error {
  readonly status: number
  readonly code: string
  readonly inner: string | undefined
  constructor(status: number, code: string, message: string, inner?: string) {
    super(message)
    this.status = status
    this.code = code
    this.inner = inner
  }
}

export async function newVersion(bits: number): Promise<VaultKeyVersion> {
  const { privateKey } = await generate('rsa', { modulusLength: bits })
  const now = Math.floor(Date.now() / 1000)
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' })
  return { version: randomBytes(16).toString('hex'), key, enabled: true, created: now, updated: now }
}

export function findVersion(state: VaultState, name: string, version?: string): VaultKeyVersion {
  const key = state.keys[name]
  const live = key === undefined || key.deleted ? [] : key.versions
  const found = version === undefined ? live.at(-1) : live.find((one) => one.version === version)
  if (found !== undefined) return found
  const message =
    `A key with (name/id) ${name}${version === undefined ? '' : `/${version}`} was not found in this key vault. ` +
    'If you recently deleted this key you may be able to recover it using the correct recovery command.'
  throw new VaultError(404, 'KeyNotFound', message)
}

export function bundle(base: string, name: string, version: VaultKeyVersion): object {
  const { n, e } = createPublicKey(version.key).export({ format: 'jwk' })
  const ops = ['encrypt', 'decrypt', 'sign', 'verify', 'wrapKey', 'unwrapKey']
  return { key: { kid: idOf(base, name, version), kty: 'RSA', key_ops: ops, n, e }, attributes: attributes(version) }
}

export function attributes({ enabled, created, updated }: VaultKeyVersion): object {
  return { enabled, created, updated, recoveryLevel: 'Recoverable+Purgeable', recoverableDays: 90, exportable: false }
}

export function idOf(base: string, name: string, { version }: VaultKeyVersion): string {
  return `${base}/keys/${name}/${version}`
}

/** A disabled key still wraps, which takes its public half alone; it does not unwrap. The real vault does the same. */
export function wrapKey({ key }: VaultKeyVersion, alg: string, value: Buffer): Buffer {
  return crypt(() => publicEncrypt({ key: createPublicKey(key), ...padding(alg) }, value))
}

export function unwrapKey({ key, enabled }: VaultKeyVersion, alg: string, value: Buffer): Buffer {
  if (!enabled) throw disabled('unwrapKey')
  return crypt(() => privateDecrypt({ key: createPrivateKey(key), ...padding(alg) }, value))
}

/** Over a digest that the caller made. RSA-PSS needs the message itself from `node:crypto`, so the encoding is done here. */
export function signDigest({ key, enabled }: VaultKeyVersion, alg: string, digest: Buffer): Buffer {
  if (!enabled) throw disabled('sign')
  if (alg !== 'PS256' || digest.length !== 32) throw new VaultError(400, 'BadParameter', 'The parameter is incorrect.')
  const bits = createPublicKey(key).asymmetricKeyDetails?.modulusLength ?? 2048
  return privateEncrypt({ key: createPrivateKey(key), padding: constants.RSA_NO_PADDING }, pssEncode(digest, bits - 1))
}

/** EMSA-PSS-ENCODE with SHA-256 and a salt of 32 bytes (RFC 8017, section 9.1.1). */
function pssEncode(digest: Buffer, bits: number): Buffer {
  const salt = randomBytes(32)
  const hash = createHash('sha256').update(Buffer.alloc(8)).update(digest).update(salt).digest()
  const length = Math.ceil(bits / 8)
  const block = Buffer.concat([Buffer.alloc(length - 32 - 32 - 2), Buffer.from([1]), salt])
  const mask = Buffer.concat(
    Array.from({ length: Math.ceil(block.length / 32) }, (_, counter) => {
      const four = Buffer.alloc(4)
      four.writeUInt32BE(counter)
      return createHash('sha256').update(hash).update(four).digest()
    }),
  )
  const masked = block.map((byte, i) => byte ^ (mask[i] ?? 0))
  masked[0] = (masked[0] ?? 0) & (0xff >> (8 * length - bits))
  return Buffer.concat([masked, hash, Buffer.from([0xbc])])
}

export function disabled(operation: string): VaultError {
  return new VaultError(403, 'Forbidden', `Operation ${operation} is not allowed on a disabled key.`, 'KeyDisabled')
}

function crypt(work: () => Buffer): Buffer {
  try {
    return work()
  } catch {
    throw new VaultError(400, 'BadParameter', 'The parameter is incorrect.')
  }
}

function padding(alg: string) {
  if (alg !== 'RSA-OAEP' && alg !== 'RSA-OAEP-256')
    throw new VaultError(400, 'BadParameter', `Algorithm ${alg} is not supported`)
  return { padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: alg === 'RSA-OAEP-256' ? 'sha256' : 'sha1' }
}
