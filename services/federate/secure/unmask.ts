import type { RoundKeys } from './bodies.ts'
import { fault } from './faults.ts'
import { commitmentTo, maskKeyOf, maskSign, ownMaskKeyOf } from './keys.ts'
import { same } from './message.ts'
import type { Secrets } from './account.ts'
import { keyPair, type KeyPair } from '#services/federate/secure/primitives.ts'
import { addMask } from './quantise.ts'
import type { Ring } from './ring.ts'
import { combineShares, type Share } from './shamir.ts'

/** What a round's sum is unmasked with. */
export interface Unmasking {
  readonly ring: Ring
  readonly transcript: Uint8Array
  readonly names: readonly string[]
  readonly roster: readonly RoundKeys[]
  readonly commitments: ReadonlyMap<number, Uint8Array>
  readonly sharers: ReadonlySet<number>
  readonly survivors: ReadonlySet<number>
  /** Shares of one secret each: a survivor's seed, a drop-out's mask key. */
  readonly revealed: ReadonlyMap<number, readonly Share[]>
}

/**
 * Takes the masks out of the sum of the survivors' vectors, in place: of each survivor its own mask, of each drop-out the masks that
 * it shared with survivors. Returns the secrets that came to light. Throws `shares_unusable`, naming the client whose secret its committee could
 * not restore.
 */
export function unmaskSum(words: Int32Array, unmasking: Unmasking): Pick<Secrets, 'own' | 'pairs'> {
  const { ring, transcript, roster, commitments, sharers, survivors } = unmasking
  const own = new Map<number, Uint8Array>()
  const pairs = new Map<number, KeyPair>()
  for (const i of sharers) {
    if (survivors.has(i)) {
      const seed = restore(i, unmasking, (secret) => same(commitmentTo(secret, transcript, i), commitments.get(i)!))
      own.set(i, ownMaskKeyOf(seed, transcript, i))
      addMask(words, own.get(i)!, -1)
      continue
    }
    const { maskKey } = roster[i]!
    const pair = keyPair(
      'x25519',
      restore(i, unmasking, (secret) => same(keyPair('x25519', secret).publicKey, maskKey)),
    )
    pairs.set(i, pair)
    for (const peer of ring.neighbours(i)) {
      if (!survivors.has(peer)) continue
      const key = maskKeyOf(pair, roster[peer]!.maskKey, transcript, i, peer)
      addMask(words, key, maskSign(peer, i) === 1 ? -1 : 1)
    }
  }
  return { own, pairs }
}

/** Tries runs of shares, beginning at each in turn, so that an altered share costs time and not the round. */
function restore(i: number, { ring, names, revealed }: Unmasking, fits: (secret: Uint8Array) => boolean): Uint8Array {
  const shares = (revealed.get(i) ?? []).toSorted((a, b) => a.place - b.place)
  if (shares.length >= ring.threshold) {
    for (let start = 0; start < shares.length; start++) {
      const run = Array.from({ length: ring.threshold }, (_, k) => shares[(start + k) % shares.length]!)
      const secret = combineShares(run)
      if (fits(secret)) return secret
    }
  }
  throw fault('shares_unusable', `${shares.length} shares do not restore the secret of ${names[i]}`)
}
