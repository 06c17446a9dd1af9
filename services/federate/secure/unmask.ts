import type { RoundKeys } from './bodies.ts'
import { fault } from './faults.ts'
import { commitmentTo, maskKeyOf, maskSign, ownMaskKeyOf } from './keys.ts'
import { same } from './message.ts'
import type { Secrets } from './account.ts'
import { keyPair, type KeyPair } from '#services/federate/secure/primitives.ts'
import type { Lanes } from './lanes.ts'
import { addMask } from './quantise.ts'
import type { Ring } from './ring.ts'
import { alteredShares, combineShares, type Share } from './shamir.ts'

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
export function unmaskSum(sum: Lanes, unmasking: Unmasking): Pick<Secrets, 'own' | 'pairs'> {
  const { ring, transcript, roster, commitments, sharers, survivors } = unmasking
  const own = new Map<number, Uint8Array>()
  const pairs = new Map<number, KeyPair>()
  for (const i of sharers) {
    if (survivors.has(i)) {
      const seed = restore(i, unmasking, (secret) => same(commitmentTo(secret, transcript, i), commitments.get(i)!))
      own.set(i, ownMaskKeyOf(seed, transcript, i))
      addMask(sum, own.get(i)!, -1)
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
      addMask(sum, key, maskSign(peer, i) === 1 ? -1 : 1)
    }
  }
  return { own, pairs }
}

/** From the first shares that are enough and, where these do not fit, from those that lie on one polynomial. */
function restore(i: number, { ring, names, revealed }: Unmasking, fits: (secret: Uint8Array) => boolean): Uint8Array {
  const shares = revealed.get(i) ?? []
  if (shares.length >= ring.threshold) {
    const secret = combineShares(shares.slice(0, ring.threshold))
    if (fits(secret)) return secret
    const altered = alteredShares(shares, ring.threshold)
    const others = shares.filter((share) => !altered.includes(share))
    const second = combineShares(others.slice(0, ring.threshold))
    if (fits(second)) return second
  }
  throw fault('shares_unusable', `${shares.length} shares do not restore the secret of ${names[i]}`)
}
