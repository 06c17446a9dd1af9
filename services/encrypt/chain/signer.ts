import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto'
import { AppError, isAppError } from '#core/errors.ts'
import { SIGNING } from '../keys/record.ts'
import type { EpochKey, KeyRecords } from '../keys/records.ts'

/** PKCS #8 before the 32 bytes of an Ed25519 private key (RFC 8410). */
const PKCS8_ED25519 = Buffer.from('302e020100300506032b657004220420', 'hex')

export interface Signature {
  readonly keyid: string
  /** Base64. */
  readonly sig: string
}

export interface Verifier {
  /** False for a key that it does not know, and for a signature that does not verify. */
  verify(keyid: string, bytes: Uint8Array, sig: string): boolean
}

/** Ed25519 (RFC 8032): the same bytes under the same key give the same signature. */
export interface Signer {
  readonly keyid: string
  /** By the key of now, which is unwrapped anew after its time to live. Throws as `KeyRecords.current` does. */
  sign(bytes: Uint8Array): Promise<Signature>
  /** SubjectPublicKeyInfo in PEM: what a verifier elsewhere is given. */
  readonly publicKeyPem: string
  /** Verifies what this key and the ones before it signed. */
  readonly verifier: Verifier
}

/**
 * The signer whose key the configured key services hold, made on first use. Only what unwraps counts as a key: a public
 * key that somebody put into the store verifies nothing. Throws as `KeyRecords` does.
 */
export async function openSigner(keys: KeyRecords): Promise<Signer> {
  const current = privateKeyOf(await keys.current(SIGNING))
  const all = await publicKeys(keys)
  const publicKey = createPublicKey(current)
  return {
    keyid: keyidOf(publicKey),
    async sign(bytes) {
      const key = privateKeyOf(await keys.current(SIGNING))
      const keyid = keyidOf(createPublicKey(key))
      return { keyid, sig: sign(null, bytes, key).toString('base64') }
    },
    publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }),
    verifier: createVerifier(all),
  }
}

/**
 * What verifies under the signing keys that the key services hold, for those who only read: makes no key. Throws `not_found`
 * (`unsigned`) where there is none, and as `KeyRecords` does.
 */
export async function openVerifier(keys: KeyRecords): Promise<Verifier> {
  const all = await publicKeys(keys)
  if (all.length === 0) throw new AppError('not_found', 'nothing was ever signed here', { reason: 'unsigned' })
  return createVerifier(all)
}

async function publicKeys(keys: KeyRecords): Promise<KeyObject[]> {
  const all: KeyObject[] = []
  for await (const { kid, state } of keys.list(SIGNING)) {
    const key = state === 'active' ? await keyIfThere(keys, kid) : null
    if (key !== null) all.push(createPublicKey(privateKeyOf(key)))
  }
  return all
}

/** Null where the record went since it was listed. */
async function keyIfThere(keys: KeyRecords, kid: string): Promise<EpochKey | null> {
  try {
    return await keys.get(SIGNING, kid)
  } catch (error) {
    if (isAppError(error, 'not_found')) return null
    throw error
  }
}

/** A verifier for public keys in PEM (one or several after another), without any key service. Throws `invalid`. */
export function verifierFromPem(pem: string): Verifier {
  const blocks = pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? []
  try {
    const keys = blocks.map((block) => createPublicKey(block))
    if (keys.length > 0 && keys.every((key) => key.asymmetricKeyType === 'ed25519')) return createVerifier(keys)
  } catch (error) {
    throw new AppError('invalid', 'not a public key in PEM', { cause: error, reason: 'public_key' })
  }
  throw new AppError('invalid', 'not an Ed25519 public key in PEM', { reason: 'public_key' })
}

function createVerifier(keys: readonly KeyObject[]): Verifier {
  const byId = new Map(keys.map((key) => [keyidOf(key), key]))
  return {
    verify(keyid, bytes, sig) {
      const key = byId.get(keyid)
      const signature = Buffer.from(sig, 'base64')
      return key !== undefined && signature.toString('base64') === sig && verify(null, bytes, key, signature)
    },
  }
}

/** The first 128 bits of SHA-256 over the public key's SubjectPublicKeyInfo. */
function keyidOf(publicKey: KeyObject): string {
  const spki = publicKey.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(spki).digest('hex').slice(0, 32)
}

function privateKeyOf({ key }: EpochKey): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_ED25519, key]), format: 'der', type: 'pkcs8' })
}
