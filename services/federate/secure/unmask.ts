import type { RoundKeys, Shares } from './bodies.ts'
import { fault } from './faults.ts'
import { commitmentTo, isDealt, maskKeyOf, maskSign, ownMaskKeyOf, type Shared } from './keys.ts'
import { same } from './message.ts'
import type { Secrets } from './account.ts'
import { keyPair, type KeyPair } from '#services/federate/secure/primitives.ts'
import type { Lanes } from './lanes/lane-types.ts'
import { addMask } from './quantise.ts'
import type { Ring } from './ring.ts'
import { combineShares, type Share } from './shamir.ts'

/** Releases memory at once: hundreds of masks follow each other, in a process of the aggregator's own. */
const GONE = { free: true }

/** What a round's sum is unmasked with. */
export interface Unmasking {
  readonly ring: Ring
  readonly transcript: Uint8Array
  readonly names: readonly string[]
  readonly roster: readonly RoundKeys[]
  /** What each client signed that dealt shares. */
  readonly shares: ReadonlyMap<number, Shares>
  readonly survivors: ReadonlySet<number>
  /** Shares by client, each of one secret: a survivor's seed or a drop-out's mask key. */
  readonly revealed: ReadonlyMap<number, readonly Share[]>
  /** Receives the clients that are proved to have dealt shares of no secret, or to have altered one. */
  readonly liars: Set<number>
}

/**
 * Removes the masks from the sum of the survivors' vectors, in place: each survivor's own mask, and the masks that each drop-out
 * shared with survivors. Returns the secrets that became known. Throws `shares_missing` and `shares_unusable` for a secret that
 * cannot be restored.
 */
export function unmaskSum(sum: Lanes, unmasking: Unmasking): Pick<Secrets, 'own' | 'pairs'> {
  const { ring, transcript, roster, shares, survivors } = unmasking
  const own = new Map<number, Uint8Array>()
  const pairs = new Map<number, KeyPair>()
  for (const [i, { commitment }] of shares) {
    if (survivors.has(i)) {
      const seed = restore(i, 'seed', unmasking, (secret) => same(commitmentTo(secret, transcript, i), commitment))
      own.set(i, ownMaskKeyOf(seed, transcript, i))
      addMask(sum, own.get(i)!, -1, GONE)
      continue
    }
    const { maskKey } = roster[i]!
    const pair = keyPair(
      'x25519',
      restore(i, 'mask key', unmasking, (secret) => same(keyPair('x25519', secret).publicKey, maskKey)),
    )
    pairs.set(i, pair)
    for (const peer of ring.neighbours(i)) {
      if (!survivors.has(peer)) continue
      const key = maskKeyOf(pair, roster[peer]!.maskKey, transcript, i, peer)
      addMask(sum, key, maskSign(peer, i) === 1 ? -1 : 1, GONE)
    }
  }
  return { own, pairs }
}

/**
 * Restores a secret from the first sufficient shares or, if the result does not fit, only from shares that are as they were
 * dealt.
 */
function restore(i: number, shared: Shared, unmasking: Unmasking, fits: (secret: Uint8Array) => boolean): Uint8Array {
  const { ring, names, transcript, shares, revealed, liars } = unmasking
  const all = revealed.get(i) ?? []
  if (all.length >= ring.threshold) {
    const secret = combineShares(all.slice(0, ring.threshold))
    if (fits(secret)) return secret
  }
  const committee = ring.committee(i)
  const { digests } = shares.get(i)!
  const dealt = all.filter(({ place, bytes }) => {
    const as = isDealt(bytes, shared, { digest: digests[place - 1]!, transcript, of: i, place })
    if (!as) liars.add(committee[place - 1]!)
    return as
  })
  const what = `of the ${shared} of ${names[i]}`
  if (dealt.length < ring.threshold) {
    throw fault('shares_missing', `${dealt.length} shares ${what} came as it dealt them: ${ring.threshold} restore it`)
  }
  const secret = combineShares(dealt.slice(0, ring.threshold))
  if (fits(secret)) return secret
  liars.add(i)
  throw fault('shares_unusable', `the shares ${what}, as it dealt them, restore something else`)
}
