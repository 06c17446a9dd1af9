import type { RandomBytes } from '#services/federate/secure/primitives.ts'

/**
 * Shamir's secret sharing (1979) over GF(2⁸) with the polynomial of AES, separately for each byte of the secret. Four bytes are
 * computed at a time in one 32-bit number. No table index and no branch depends on a secret; only the shares' places, which are
 * public, are used there.
 */

const LOW_BITS = 0x7f7f7f7f
const HIGH_BITS = 0x01010101
const REDUCTION = 0x1b

/** The products of four packed bytes with one public number of the field. */
function times(packed: number, factor: number): number {
  let product = 0
  let power = packed
  // the factor is public, so the number of its bits may be observed
  for (let rest = factor; rest > 0; rest >>>= 1) {
    product ^= power & -(rest & 1)
    power = ((power & LOW_BITS) << 1) ^ Math.imul((power >>> 7) & HIGH_BITS, REDUCTION)
  }
  return product
}

/** Logarithms and powers of 3, used only for places, which are public. */
const LOG = new Uint8Array(256)
const POWER = new Uint8Array(510)
for (let exponent = 0, value = 1; exponent < 255; exponent++) {
  POWER[exponent] = POWER[exponent + 255] = value
  LOG[value] = exponent
  value = times(value, 3)
}

/** The weight of each share in the secret (Lagrange interpolation at 0). */
function weightsOf(places: readonly number[]): readonly number[] {
  return places.map((place) => {
    let exponent = 0
    for (const other of places) if (other !== place) exponent += LOG[other]! - LOG[other ^ place]! + 255
    return POWER[exponent % 255]!
  })
}

const wordsOf = (bytes: Uint8Array) => new Int32Array(new Uint8Array(bytes).buffer)

/**
 * Splits a secret, whose length is a multiple of four, into one share for each place 1…count. Any `threshold` shares restore it;
 * fewer reveal nothing. Throws RangeError unless 1 ≤ threshold ≤ count ≤ 255.
 */
export function splitSecret(secret: Uint8Array, threshold: number, count: number, random: RandomBytes): Uint8Array[] {
  if (!(threshold >= 1 && threshold <= count && count <= 255)) throw new RangeError(`${threshold} of ${count} shares`)
  const length = secret.length / 4
  if (!Number.isInteger(length)) throw new RangeError(`a secret of ${secret.length} bytes`)
  const constant = wordsOf(secret)
  const coefficients = wordsOf(random(secret.length * (threshold - 1)))
  return Array.from({ length: count }, (_, i) => {
    const share = new Int32Array(length)
    for (let power = threshold - 2; power >= 0; power--) {
      for (let word = 0; word < length; word++) {
        share[word] = times(share[word]! ^ coefficients[power * length + word]!, i + 1)
      }
    }
    for (let word = 0; word < length; word++) share[word]! ^= constant[word]!
    return new Uint8Array(share.buffer)
  })
}

export interface Share {
  /** 1…255. */
  readonly place: number
  readonly bytes: Uint8Array
}

/**
 * Restores the secret from shares (Lagrange interpolation at 0). With too few or altered shares the result is wrong, so the
 * caller must check it against a commitment. Throws RangeError for a place out of range or named twice, and for lengths that
 * differ.
 */
export function combineShares(shares: readonly Share[]): Uint8Array {
  const places = shares.map(({ place }) => place)
  const length = shares[0]?.bytes.length ?? 0
  const sound = places.every((place) => Number.isInteger(place) && place >= 1 && place <= 255)
  if (!sound || new Set(places).size !== places.length) throw new RangeError('shares at the same or at no place')
  if (length % 4 !== 0 || shares.some(({ bytes }) => bytes.length !== length)) throw new RangeError('uneven shares')
  const weights = weightsOf(places)
  const secret = new Int32Array(length / 4)
  const share = new Uint8Array(length)
  const words = new Int32Array(share.buffer)
  for (const [k, { bytes }] of shares.entries()) {
    share.set(bytes)
    for (let word = 0; word < secret.length; word++) secret[word]! ^= times(words[word]!, weights[k]!)
  }
  return new Uint8Array(secret.buffer)
}
