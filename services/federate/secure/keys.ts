import { SHARE_DIGEST_BYTES, type RoundKeys } from './bodies.ts'
import { ascii, compareBytes, hexBytes, joined } from './bytes.ts'
import { fault } from './faults.ts'
import { agree, deriveKey, KEY_BYTES, sha256, type KeyPair } from '#services/federate/secure/primitives.ts'

/** How a round's keys are derived from its secrets: one label per use, salted with the transcript of terms and roster. */

const LABELS = new Map<string, Uint8Array>()

function info(label: string, ...indexes: readonly number[]): Uint8Array {
  const before = LABELS.get(label) ?? ascii(`credence federate ${label} v1\0`)
  LABELS.set(label, before)
  const whole = new Uint8Array(before.length + 2 * indexes.length)
  whole.set(before)
  let at = before.length
  for (const index of indexes) {
    whole[at++] = index >>> 8
    whole[at++] = index
  }
  return whole
}

/**
 * All points of X25519 of low order; the highest bit, which is ignored, may be anything. With them every key agreement has the
 * same result (Bernstein 2006; Langley et al. 2016, RFC 7748, 6.1).
 */
const LOW_ORDER = [
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0100000000000000000000000000000000000000000000000000000000000000',
  'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
  '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
].map(hexBytes)

/** Throws `bad_key` for keys with which agreement is impossible: one such key would stop all other clients. */
export function checkKeys({ maskKey, shareKey }: RoundKeys): void {
  for (const key of [maskKey, shareKey]) {
    const amiss = LOW_ORDER.some((low) => key.every((byte, i) => (i < KEY_BYTES - 1 ? byte : byte & 0x7f) === low[i]))
    if (amiss) throw fault('bad_key', 'a public key does not agree to a secret')
  }
}

/** The key of the mask that two clients share; both compute the same. */
export function maskKeyOf(own: KeyPair, peer: Uint8Array, transcript: Uint8Array, i: number, j: number): Uint8Array {
  return deriveKey(agree(own, peer), transcript, info('mask', Math.min(i, j), Math.max(i, j)))
}

/** The client with the lower index adds the shared mask, the other one subtracts it. */
export function maskSign(own: number, peer: number): 1 | -1 {
  return own < peer ? 1 : -1
}

/** The key of the mask that a client adds for itself. */
export function ownMaskKeyOf(seed: Uint8Array, transcript: Uint8Array, i: number): Uint8Array {
  return deriveKey(seed, transcript, info('own mask', i))
}

/**
 * The key that seals the share which `from` sends to `to`, and the authenticated context. `secret` is the result of their key
 * agreement: the same in both directions, whose keys differ.
 */
export function shareKeyOf(secret: Uint8Array, transcript: Uint8Array, from: number, to: number) {
  const context = info('share', from, to)
  return { key: deriveKey(secret, transcript, context), context }
}

/** The key of a round's sketches. Nobody knows it before the aggregator draws the seed, when all updates are masked. */
export function sketchKeyOf(seed: Uint8Array, transcript: Uint8Array): Uint8Array {
  return deriveKey(seed, transcript, info('sketch'))
}

/** Bytes of half a SHA-256. Finding another share with the same digest is as hard as finding the secret. */
const HALF_DIGEST_BYTES = SHARE_DIGEST_BYTES / 2

/** The two secrets in the order in which a share holds them. */
const SHARED = ['seed', 'mask key'] as const
export type Shared = (typeof SHARED)[number]

/** What a client signs for one share that it deals: a digest for each half, because only one half is revealed. */
export function shareDigest(share: Uint8Array, transcript: Uint8Array, of: number, place: number): Uint8Array {
  const halves = [share.subarray(0, KEY_BYTES), share.subarray(KEY_BYTES)]
  return joined(halves.map((half, k) => halfDigest(SHARED[k]!, half, transcript, of, place)))
}

/** Whether a revealed half is the one that was dealt. */
export function isDealt(
  half: Uint8Array,
  shared: Shared,
  { digest, transcript, of, place }: { digest: Uint8Array; transcript: Uint8Array; of: number; place: number },
): boolean {
  const at = SHARED.indexOf(shared) * HALF_DIGEST_BYTES
  const own = halfDigest(shared, half, transcript, of, place)
  return compareBytes(own, digest.subarray(at, at + HALF_DIGEST_BYTES)) === 0
}

function halfDigest(shared: Shared, half: Uint8Array, transcript: Uint8Array, of: number, place: number): Uint8Array {
  return sha256(info(`share of ${shared}`, of, place), transcript, half).subarray(0, HALF_DIGEST_BYTES)
}

export function commitmentTo(seed: Uint8Array, transcript: Uint8Array, i: number): Uint8Array {
  return sha256(info('commitment', i), transcript, seed)
}
