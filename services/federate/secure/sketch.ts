import { fault } from './faults.ts'
import { keyStream } from './primitives.ts'
import { wordsOf } from './quantise.ts'
import type { Terms } from './terms.ts'

/**
 * A short linear image of a quantised update (Charikar, Chen & Farach-Colton 2002; Weinberger et al. 2009, "Feature Hashing"): each
 * number is added, with a random sign, to one of `terms.sketch` cells. Lengths and angles survive to within √(2/cells), nearly; sums
 * survive exactly, modulo 2³². `key` is one that nobody knew when the update was masked.
 */
export function sketchOf(words: Int32Array, weight: number, terms: Terms, key: Uint8Array): Int32Array {
  const { dimension, bits, sketch } = terms
  // a word a number: its low bits are the cell, its highest one the sign
  const places = wordsOf(keyStream(key, 4 * dimension))
  const middle = weight * 2 ** (bits - 1) // levels count from the middle of the range, so that small numbers stay small
  const cells = new Int32Array(sketch)
  for (let i = 0; i < dimension; i++) {
    const place = places[i]!
    const value = words[i]! - middle
    cells[place & (sketch - 1)]! += place < 0 ? -value : value
  }
  return cells
}

/**
 * Holds the sketches of a sum's parts against the sum. Throws `sketch_differs` where one of them is of something else than was masked, or
 * counts for more than one: who it is, the sum does not say.
 */
export function checkSketches(words: Int32Array, sketches: readonly Int32Array[], terms: Terms, key: Uint8Array): void {
  const whole = sketchOf(words, sketches.length, terms, key)
  const same = whole.every((cell, k) => sketches.reduce((sum, part) => (sum + part[k]!) | 0, 0) === cell)
  if (same && words[terms.dimension] === sketches.length) return
  throw fault('sketch_differs', 'the sketches of the updates are not the sketch of their sum')
}
