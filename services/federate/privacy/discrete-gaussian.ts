import { wordsOf } from '../secure/quantise.ts'
import { keyStream } from '#services/federate/secure/primitives.ts'

const CHUNK_WORDS = 16_384
/** If 48 random bits and a double differ by more than this, rounding cannot change the result of their comparison. */
const MARGIN = 2 ** -40
const MORE_BITS = 128n

/** Uniform numbers from the key stream of a seed. */
export interface Bits {
  below(bound: number): number
  /** True with probability exactly p = numerator / denominator. `p` is its double; `exact` is called only once in 2³⁹ times. */
  bernoulli(p: number, exact: () => readonly [bigint, bigint]): boolean
}

export function bitsOf(seed: Uint8Array): Bits {
  let chunk = 0
  let words: Int32Array = new Int32Array()
  let at = 0
  const next = () => {
    if (at === words.length) {
      // each chunk has its own key, and the seed's stream consists of those keys
      const key = keyStream(seed, 32 * (chunk + 1)).subarray(32 * chunk)
      chunk++
      words = wordsOf(keyStream(key, 4 * CHUNK_WORDS))
      at = 0
    }
    return words[at++]! >>> 0
  }
  return {
    below(bound) {
      const limit = 2 ** 32 - (2 ** 32 % bound)
      for (;;) {
        const word = next()
        if (word < limit) return word % bound
      }
    },
    bernoulli(p, exact) {
      const high = next() * 2 ** 16 + (next() >>> 16)
      const uniform = high / 2 ** 48
      if (Math.abs(uniform - p) > MARGIN) return uniform < p
      let all = BigInt(high)
      for (let i = 0; i < 4; i++) all = (all << 32n) | BigInt(next())
      const [numerator, denominator] = exact()
      return all * denominator < numerator << (48n + MORE_BITS)
    },
  }
}

/** A fraction of integers, also as a double. */
interface Fraction {
  readonly value: number
  readonly exact: () => readonly [bigint, bigint]
}

const ONE: Fraction = { value: 1, exact: () => [1n, 1n] }

/** True with probability e^−x for 0 ≤ x ≤ 1 (Canonne, Kamath & Steinke 2020, algorithm 1). */
function expMinus(x: Fraction, bits: Bits): boolean {
  for (let k = 1; ; k++) {
    const more = bits.bernoulli(x.value / k, () => {
      const [numerator, denominator] = x.exact()
      return [numerator, denominator * BigInt(k)]
    })
    if (!more) return k % 2 === 1
  }
}

/** A discrete Laplace number of scale t, an integer (algorithm 2). */
function laplace(t: number, bits: Bits): number {
  for (;;) {
    const part = bits.below(t)
    if (!expMinus({ value: part / t, exact: () => [BigInt(part), BigInt(t)] }, bits)) continue
    let whole = 0
    while (expMinus(ONE, bits)) whole++
    const size = part + t * whole
    const negative = bits.below(2) === 1
    if (!(negative && size === 0)) return negative ? -size : size
  }
}

/**
 * An integer with P(x) ∝ e^(−x²/2σ²), σ an integer from 1 to 2²⁴. Exact: no floating-point number could reveal the noise that
 * was added (Canonne, Kamath & Steinke 2020, "The Discrete Gaussian for Differential Privacy", algorithm 3).
 */
export function discreteGaussian(deviation: number, bits: Bits): number {
  if (!Number.isInteger(deviation) || deviation < 1 || deviation > 2 ** 24) {
    throw new RangeError(`a deviation of ${deviation}`)
  }
  const t = deviation + 1
  for (;;) {
    const y = laplace(t, bits)
    // (|y| − σ²/t)² / 2σ², as a fraction: (|y| t − σ²)² / 2σ²t²
    const size = Math.abs(y)
    const value = (size - deviation ** 2 / t) ** 2 / (2 * deviation ** 2)
    const exact = (): readonly [bigint, bigint] => {
      const [s, d, scale] = [BigInt(size), BigInt(deviation), BigInt(t)]
      return [(s * scale - d * d) ** 2n, 2n * (d * scale) ** 2n]
    }
    if (acceptBeyondOne({ value, exact }, bits)) return y
  }
}

/** True with probability e^−x for any x ≥ 0. */
function acceptBeyondOne({ value, exact }: Fraction, bits: Bits): boolean {
  // computes the integer part from integers if the double is too close to one
  const near = Math.abs(value - Math.round(value)) < 1e-6
  const whole = near ? Number(exact()[0] / exact()[1]) : Math.floor(value)
  for (let i = 0; i < whole; i++) if (!expMinus(ONE, bits)) return false
  const rest = (): readonly [bigint, bigint] => {
    const [numerator, denominator] = exact()
    return [numerator - BigInt(whole) * denominator, denominator]
  }
  return expMinus({ value: Math.max(0, value - whole), exact: rest }, bits)
}
