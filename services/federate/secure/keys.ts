import { ascii, ByteWriter } from './bytes.ts'
import { agree, deriveKey, sha256, type KeyPair } from '#services/federate/secure/primitives.ts'

/** How the keys of a round follow from its secrets: one label for each use, under the transcript of terms and roster. */

const info = (label: string, ...indexes: readonly number[]) => {
  const writer = new ByteWriter().bytes(ascii(`credence federate ${label} v1\0`))
  for (const index of indexes) writer.u16(index)
  return writer.finish()
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

export function commitmentTo(seed: Uint8Array, transcript: Uint8Array, i: number): Uint8Array {
  return sha256(info('commitment', i), transcript, seed)
}
