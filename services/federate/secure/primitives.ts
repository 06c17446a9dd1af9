import {
  createCipheriv,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  hash,
  hkdfSync,
  randomBytes,
  sign,
  verify,
  type KeyObject,
} from 'node:crypto'
import { joined } from './bytes.ts'
import { fault } from './faults.ts'

const hex = (text: string) => Buffer.from(text, 'hex')
/** The DER bytes before the 32 raw bytes of a private key (RFC 8410). */
const DER = {
  x25519: hex('302e020100300506032b656e04220420'),
  ed25519: hex('302e020100300506032b657004220420'),
} as const
/** Names of the curves in JSON Web Keys (RFC 8037). */
const CRV = { x25519: 'X25519', ed25519: 'Ed25519' } as const
type Curve = keyof typeof DER

export const KEY_BYTES = 32
export const SIGNATURE_BYTES = 64
const TAG_BYTES = 16
const NO_NONCE = Buffer.alloc(12)
const NO_COUNTER = Buffer.alloc(16)

/** The source of randomness for keys and rounding. Everything but tests and test vectors uses `systemRandom`. */
export type RandomBytes = (length: number) => Uint8Array
export const systemRandom: RandomBytes = (length) => randomBytes(length)

/** A key in the form that the primitives take; no other code reads it. */
export type PublicKey = KeyObject

export interface KeyPair {
  readonly secret: Uint8Array
  readonly publicKey: Uint8Array
  readonly key: KeyObject
}

/** The key pair of a raw 32-byte secret (RFC 7748, RFC 8032). */
export function keyPair(curve: Curve, secret: Uint8Array): KeyPair {
  const pkcs8 = Buffer.concat([DER[curve], secret])
  const key = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' })
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' })
  return { secret, publicKey: new Uint8Array(spki.subarray(-KEY_BYTES)), key }
}

/** Throws `bad_key`. */
export function publicKeyOf(curve: Curve, raw: Uint8Array): PublicKey {
  if (raw.length !== KEY_BYTES) throw fault('bad_key', `a public key has ${raw.length} bytes in place of ${KEY_BYTES}`)
  // takes OpenSSL half the time that DER takes
  const jwk = { kty: 'OKP', crv: CRV[curve], x: Buffer.from(raw).toString('base64url') }
  return createPublicKey({ key: jwk, format: 'jwk' })
}

/** X25519. Throws `bad_key` for a point of low order, whose secret everybody knows. */
export function agree(own: KeyPair, peer: Uint8Array): Uint8Array {
  try {
    return diffieHellman({ privateKey: own.key, publicKey: publicKeyOf('x25519', peer) })
  } catch {
    throw fault('bad_key', 'a public key does not agree to a secret')
  }
}

export function signBytes(key: KeyPair, bytes: Uint8Array): Uint8Array {
  return sign(null, bytes, key.key)
}

export function verifies(publicKey: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  return verify(null, bytes, publicKey, signature)
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  // a whole vector comes alone, and everything else is short
  return hash('sha256', parts.length === 1 ? parts[0]! : joined(parts), 'buffer')
}

/** HKDF-SHA256 (RFC 5869) to 256 bits, which preserves all bits of a seed. */
export function deriveKey(secret: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret, salt, info, KEY_BYTES))
}

/** Zero bytes that are encrypted to make streams; grows to the longest stream. */
let zeros = Buffer.alloc(0)

/** `length` bytes of AES-256 in counter mode from 0: a stream that is determined by the key. A key makes only one stream. */
export function keyStream(key: Uint8Array, length: number): Uint8Array {
  if (zeros.length < length) zeros = Buffer.alloc(length)
  return createCipheriv('aes-256-ctr', key, NO_COUNTER).update(zeros.subarray(0, length))
}

/** Bytes of a stream that are made at a time: they fit into a processor's cache while they are added. */
const PIECE = 2 ** 16

export interface Pieces {
  /**
   * Whether the memory of each piece is released at once rather than by garbage collection, because a mask mostly takes new
   * memory. Releasing detaches the buffer, which from then on slows all loops over typed arrays in the process. So use it only
   * in a process of our own.
   */
  readonly free?: boolean
}

/**
 * The words of a stream in pieces; each piece is dropped before the next is made, and `at` counts words. The stream begins with
 * the third block of `keyStream`'s, where AES-GCM begins, because processors compute AES-GCM twice as fast as plain counter
 * mode.
 */
export function eachWords(
  key: Uint8Array,
  words: number,
  each: (piece: Int32Array, at: number) => void,
  { free = false }: Pieces = {},
): void {
  if (zeros.length < PIECE) zeros = Buffer.alloc(PIECE)
  const cipher = createCipheriv('aes-256-gcm', key, NO_NONCE)
  for (let at = 0; at < words; at += PIECE / 4) {
    const bytes = cipher.update(zeros.subarray(0, Math.min(PIECE, 4 * (words - at))))
    each(new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), at)
    // a small buffer shares its memory with others
    if (free && bytes.buffer.byteLength === bytes.length) bytes.buffer.transfer(0)
  }
}

/** AES-256-GCM: ciphertext, then the tag. The key must seal only once, so the nonce may be zero. */
export function sealOnce(key: Uint8Array, plaintext: Uint8Array, context: Uint8Array): Uint8Array {
  const cipher = createCipheriv('aes-256-gcm', key, NO_NONCE).setAAD(context)
  return Buffer.concat([cipher.update(plaintext), cipher.final(), cipher.getAuthTag()])
}

/** Throws `share_unreadable`. */
export function openOnce(key: Uint8Array, sealed: Uint8Array, context: Uint8Array): Uint8Array {
  const decipher = createDecipheriv('aes-256-gcm', key, NO_NONCE, { authTagLength: TAG_BYTES }).setAAD(context)
  try {
    decipher.setAuthTag(sealed.subarray(-TAG_BYTES))
    return Buffer.concat([decipher.update(sealed.subarray(0, -TAG_BYTES)), decipher.final()])
  } catch {
    throw fault('share_unreadable', 'a sealed share does not open')
  }
}

/** A generator that is determined by a seed, for tests and test vectors. */
export function seededBytes(seed: string): RandomBytes {
  let drawn = 0
  return (length) => {
    const key = deriveKey(Buffer.from(seed), Buffer.from('seeded bytes'), Buffer.from(String(drawn++)))
    return keyStream(key, length)
  }
}
