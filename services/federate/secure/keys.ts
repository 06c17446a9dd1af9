import { SHARE_DIGEST_BYTES, type RoundKeys } from './bodies.ts'
import { ascii, ByteWriter, compareBytes, joined } from './bytes.ts'
import { agree, deriveKey, KEY_BYTES, keyPair, sha256, type KeyPair } from '#services/federate/secure/primitives.ts'

/** How the keys of a round follow from its secrets: one label for each use, under the transcript of terms and roster. */

const info = (label: string, ...indexes: readonly number[]) => {
  const writer = new ByteWriter().bytes(ascii(`credence federate ${label} v1\0`))
  for (const index of indexes) writer.u16(index)
  return writer.finish()
}

/** Any secret tells: a point of low order agrees to nothing with all of them. */
const PROBE = keyPair('x25519', new Uint8Array(KEY_BYTES))

/** Throws `bad_key` for keys with which nobody could agree: one client's would keep all others from going on. */
export function checkKeys({ maskKey, shareKey }: RoundKeys): void {
  for (const key of [maskKey, shareKey]) agree(PROBE, key)
}

/** The key of the mask that two clients share: the same from both sides. */
export function maskKeyOf(own: KeyPair, peer: Uint8Array, transcript: Uint8Array, i: number, j: number): Uint8Array {
  return deriveKey(agree(own, peer), transcript, info('mask', Math.min(i, j), Math.max(i, j)))
}

/** The lower index adds the mask that two clients share, the higher one takes it away. */
export function maskSign(own: number, peer: number): 1 | -1 {
  return own < peer ? 1 : -1
}

/** The key of the mask that a client adds for itself. */
export function ownMaskKeyOf(seed: Uint8Array, transcript: Uint8Array, i: number): Uint8Array {
  return deriveKey(seed, transcript, info('own mask', i))
}

/**
 * The key that seals the share which `from` sends to `to`, and what is authenticated with it. `secret` is what both agreed to: the same in
 * either direction, in which the keys differ.
 */
export function shareKeyOf(secret: Uint8Array, transcript: Uint8Array, from: number, to: number) {
  const context = info('share', from, to)
  return { key: deriveKey(secret, transcript, context), context }
}

/** The key of a round's sketches: nobody knows it before the aggregator draws the seed, once all updates are masked. */
export function sketchKeyOf(seed: Uint8Array, transcript: Uint8Array): Uint8Array {
  return deriveKey(seed, transcript, info('sketch'))
}

/** Halves of SHA-256: to find another share of the same digest is as hard as finding the secret. */
const HALF_DIGEST_BYTES = SHARE_DIGEST_BYTES / 2

/** The two secrets that a share is of, in its order. */
const SHARED = ['seed', 'mask key'] as const
export type Shared = (typeof SHARED)[number]

/** What a client signs of one share that it deals: a digest of each half, for one half alone is revealed. */
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
