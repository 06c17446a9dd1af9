import { fault } from './faults.ts'
import type { Lanes } from './lanes/lane-types.ts'
import { createLanes } from './lanes/lanes.ts'
import { eachWords, type Pieces } from '#services/federate/secure/primitives.ts'
import { MAX_CLIENTS, stepOf, type Terms } from './terms.ts'

/** Words after the update's numbers: the client's weight, its count of saturated numbers, and whether it was clipped. */
export const EXTRA_WORDS = 3

/** The most that one client adds to the count of saturated numbers, so that no sum of counts overflows. */
const MOST_SATURATED = Math.floor((2 ** 32 - 1) / MAX_CLIENTS)

export interface Quantised {
  /** dimension + 3 words, each number times the weight; sums are modulo 2³². */
  readonly lanes: Lanes
  /** The count of numbers outside the range. */
  readonly saturated: number
}

/**
 * Weighted numbers as integer steps of the range. Stochastic rounding makes the mean exact: by 24 bits of `seed`'s key stream
 * per number. Throws `not_finite` and `bad_update`.
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
  /** The count of saturated numbers over all clients. */
  readonly saturated: number
  /** The count of clipped updates, including the noise that the terms put on it; null if the terms ask for no count. */
  readonly clipped: number | null
}

/**
 * Decodes the sum of quantised updates, whose numbers have their low `width` bits. Throws `shares_unusable` if the sum is
 * impossible, because a mask was left in it.
 */
export function readSum({ words, mean }: Lanes, clients: number, terms: Terms, width = 32): Sum {
  const { dimension, bits, range, weightCap } = terms
  const weight = words[dimension]! >>> 0
  if (weight < 1 || weight > clients * weightCap) {
    throw fault('shares_unusable', `a weight of ${weight} in a sum over ${clients} clients`)
  }
  // noise may move a sum below 0 or above its maximum, so half of the word's range lies to either side of the middle
  const middle = Math.floor((weight * (2 ** bits - 1)) / 2)
  return {
    mean: mean(dimension, { middle, spare: 32 - width, weight, step: stepOf(terms), range }),
    weight,
    saturated: words[dimension + 1]! >>> 0,
    clipped: countsClipped(terms) ? words[dimension + 2]! : null,
  }
}

/** Whether the sum contains the count of clipped updates. If updates are noised, the count must be noised too. */
export function countsClipped({ clip, noise, countNoise }: Terms): boolean {
  return clip > 0 && (noise === 0 || countNoise > 0)
}

/** Adds the words of a key's stream, which are its mask; with sign −1, subtracts them. */
export function addMask(lanes: Lanes, key: Uint8Array, sign: 1 | -1, pieces?: Pieces): void {
  eachWords(key, lanes.words.length, sign === 1 ? lanes.add : lanes.take, pieces)
}

/** Little-endian 32-bit words, the byte order of every machine that Node.js supports. */
export function wordsOf(bytes: Uint8Array): Int32Array {
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : new Uint8Array(bytes)
  return new Int32Array(aligned.buffer, aligned.byteOffset, aligned.length / 4)
}
