import { fault } from './faults.ts'
import type { Lanes } from './lanes/lane-types.ts'
import { createLanes } from './lanes/lanes.ts'
import { eachWords, type Pieces } from '#services/federate/secure/primitives.ts'
import { MAX_CLIENTS, stepOf, type Terms } from './terms.ts'

/** After the update's numbers: the client's weight, how many of its numbers saturated, and whether it was clipped. */
export const EXTRA_WORDS = 3

/** The most that one client adds to the count of saturated numbers, so that no sum of counts runs over. */
const MOST_SATURATED = Math.floor((2 ** 32 - 1) / MAX_CLIENTS)

export interface Quantised {
  /** dimension + 3 words, each number times the weight; sums are modulo 2³². */
  readonly lanes: Lanes
  /** Numbers that lay outside the range. */
  readonly saturated: number
}

/**
 * Weighted numbers as whole steps of the range, rounded up with a probability that makes the mean exact: stochastic rounding,
 * by 24 bits of `seed`'s key stream a number. Throws `not_finite` and `bad_update`.
 */
export function quantise(update: ArrayLike<number>, weight: number, terms: Terms, seed: Uint8Array): Quantised {
  const { dimension, bits, range, weightCap } = terms
  if (update.length !== dimension) throw fault('bad_update', `an update of ${update.length} numbers, not ${dimension}`)
  if (!Number.isInteger(weight) || weight < 1 || weight > weightCap) {
    throw fault('bad_update', `a weight of ${weight}: whole numbers from 1 to ${weightCap} are possible`)
  }
  const top = 2 ** bits - 1
  const scale = top / (2 * range)
  const values = update instanceof Float64Array ? update : Float64Array.from(update)
  const lanes = createLanes(dimension + EXTRA_WORDS)
  let saturated = 0
  eachWords(seed, dimension, (chances, at) => {
    const some = values.subarray(at, at + chances.length)
    const outside = lanes.quantise(some, chances, at, { range, scale, top, weight })
    if (outside < 0) throw fault('not_finite', 'the update holds a number that is not finite')
    saturated += outside
  })
  lanes.words[dimension] = weight
  lanes.words[dimension + 1] = Math.min(saturated, MOST_SATURATED)
  return { lanes, saturated }
}

export interface Sum {
  /** The weighted mean of the updates; float64. */
  readonly mean: Float64Array
  readonly weight: number
  /** Numbers that saturated, over all clients. */
  readonly saturated: number
  /** Updates that were clipped, with the noise that the terms put on the count; null where the terms ask for none. */
  readonly clipped: number | null
}

/** Reads the sum of quantised updates, of whose numbers the low `width` bits are there. Throws `shares_unusable` where the sum cannot be one: a mask was left in it. */
export function readSum({ words, mean }: Lanes, clients: number, terms: Terms, width = 32): Sum {
  const { dimension, bits, range, weightCap } = terms
  const weight = words[dimension]! >>> 0
  if (weight < 1 || weight > clients * weightCap) {
    throw fault('shares_unusable', `a weight of ${weight} in a sum over ${clients} clients`)
  }
  // noise may carry a sum below 0 or above its top: sums are read around the middle, half of the numbers to either side
  const middle = Math.floor((weight * (2 ** bits - 1)) / 2)
  return {
    mean: mean(dimension, { middle, spare: 32 - width, weight, step: stepOf(terms), range }),
    weight,
    saturated: words[dimension + 1]! >>> 0,
    clipped: countsClipped(terms) ? words[dimension + 2]! : null,
  }
}

/** Whether the sum says how many updates were clipped: with noise on the updates, only with noise on the count. */
export function countsClipped({ clip, noise, countNoise }: Terms): boolean {
  return clip > 0 && (noise === 0 || countNoise > 0)
}

/** Adds (or, with sign −1, takes away) the words that a key's stream makes: the mask of that key. */
export function addMask(lanes: Lanes, key: Uint8Array, sign: 1 | -1, pieces?: Pieces): void {
  eachWords(key, lanes.words.length, sign === 1 ? lanes.add : lanes.take, pieces)
}

/** Little-endian 32-bit words, as all machines that Node.js runs on have them. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
}
