import { ctr, gcm } from '@noble/ciphers/aes.js'
import { ed25519, x25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 as hash } from '@noble/hashes/sha2.js'
import { ascii } from './bytes.ts'
import { fault } from './faults.ts'

/**
 * The primitives of a client in a browser, which has no `node:crypto`: the same functions with the same results, by JavaScript
 * libraries. WebCrypto is not used, because each of some 200 calls per round would return a promise.
 */

export const KEY_BYTES = 32
export const SIGNATURE_BYTES = 64
const NO_NONCE = new Uint8Array(12)
const BLOCK_BYTES = 16

export type RandomBytes = (length: number) => Uint8Array

/** The most random bytes that a browser draws at a time. */
const MOST_DRAWN = 65_536
export const systemRandom: RandomBytes = (length) => {
  const bytes = new Uint8Array(length)
  for (let at = 0; at < length; at += MOST_DRAWN) crypto.getRandomValues(bytes.subarray(at, at + MOST_DRAWN))
  return bytes
}

export interface KeyPair {
  readonly secret: Uint8Array
  readonly publicKey: Uint8Array
  readonly key: Uint8Array
}

export type PublicKey = Uint8Array
const CURVES = { ed25519, x25519 }
type Curve = keyof typeof CURVES

export function keyPair(curve: Curve, secret: Uint8Array): KeyPair {
  return { secret, publicKey: CURVES[curve].getPublicKey(secret), key: secret }
}

/** Throws `bad_key`. */
export function publicKeyOf(_curve: Curve, raw: Uint8Array): PublicKey {
  if (raw.length !== KEY_BYTES) throw fault('bad_key', `a public key has ${raw.length} bytes in place of ${KEY_BYTES}`)
  return raw
}

/** X25519. Throws `bad_key` for a point of low order, whose secret everybody knows. */
export function agree(own: KeyPair, peer: Uint8Array): Uint8Array {
  try {
    return x25519.getSharedSecret(own.secret, peer)
  } catch {
    throw fault('bad_key', 'a public key does not agree to a secret')
  }
}

export function signBytes(key: KeyPair, bytes: Uint8Array): Uint8Array {
  return ed25519.sign(bytes, key.secret)
}

export function verifies(publicKey: PublicKey, bytes: Uint8Array, signature: Uint8Array): boolean {
  try {
    return ed25519.verify(signature, bytes, publicKey, { zip215: false })
  } catch {
    return false
  }
}

export function sha256(...parts: readonly Uint8Array[]): Uint8Array {
  const digest = hash.create()
  for (const part of parts) digest.update(part)
  return digest.digest()
}

export function deriveKey(secret: Uint8Array, salt: Uint8Array, info: Uint8Array): Uint8Array {
  return hkdf(hash, secret, salt, info, KEY_BYTES)
}

export function keyStream(key: Uint8Array, length: number): Uint8Array {
  return streamFrom(key, 0, length)
}

function streamFrom(key: Uint8Array, block: number, length: number): Uint8Array {
  const counter = new Uint8Array(BLOCK_BYTES)
  new DataView(counter.buffer).setUint32(BLOCK_BYTES - 4, block)
  return ctr(key, counter).encrypt(new Uint8Array(length))
}

const PIECE = 2 ** 17
/** The counter of the first block that AES-GCM uses for data. */
const FIRST_BLOCK = 2

export interface Pieces {
  readonly free?: boolean
}

export function eachWords(
  key: Uint8Array,
  words: number,
  each: (piece: Int32Array, at: number) => void,
  _pieces?: Pieces,
): void {
  for (let at = 0; at < words; at += PIECE / 4) {
    const bytes = streamFrom(key, FIRST_BLOCK + (4 * at) / BLOCK_BYTES, Math.min(PIECE, 4 * (words - at)))
    each(new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4), at)
  }
}

export function sealOnce(key: Uint8Array, plaintext: Uint8Array, context: Uint8Array): Uint8Array {
  return gcm(key, NO_NONCE, context).encrypt(plaintext)
}

/** Throws `share_unreadable`. */
export function openOnce(key: Uint8Array, sealed: Uint8Array, context: Uint8Array): Uint8Array {
  try {
    return gcm(key, NO_NONCE, context).decrypt(sealed)
  } catch {
    throw fault('share_unreadable', 'a sealed share does not open')
  }
}

export function seededBytes(seed: string): RandomBytes {
  let drawn = 0
  return (length) => keyStream(deriveKey(ascii(seed), ascii('seeded bytes'), ascii(String(drawn++))), length)
}
