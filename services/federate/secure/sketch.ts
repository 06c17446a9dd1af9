import { joined } from './bytes.ts'
import { fault } from './faults.ts'
import { eachWords, keyStream } from '#services/federate/secure/primitives.ts'
import { wordsOf } from './quantise.ts'
import type { Terms } from './terms.ts'

/** Words after the cells of a fold: one, which holds the weight. */
const WEIGHT = 1

/** The length of a fold in numbers. */
function foldedSize({ sketch }: Pick<Terms, 'sketch'>): number {
  return sketch + WEIGHT
}

/** Folds: short linear images of vectors and of masks, under one key. */
export interface Folding {
  /** The fold of the sum of this many clients' words. Levels count from the middle of the range, weights from 1 per client. */
  of(words: Int32Array, clients: number): Int32Array
  /** The fold of the mask that a key makes. */
  ofMask(key: Uint8Array): Int32Array
}

/**
 * Adds each number of a vector, with a random sign, to one of `terms.sketch` cells (Charikar, Chen & Farach-Colton 2002;
 * Weinberger et al. 2009, "Feature Hashing"); the weight follows. Lengths and angles are preserved to within about √(2/cells).
 * Sums are preserved exactly, modulo 2³², so the fold of a masked vector is that of the update plus those of its masks. Nobody
 * may know `key` when updates are masked.
 */
export function foldingOf({ dimension, bits, sketch }: Terms, key: Uint8Array): Folding {
  // one word per number: its low bits are the cell, its highest bit is the sign
  const places = wordsOf(keyStream(key, 4 * dimension))
  const add = (cells: Int32Array, words: Int32Array, at: number, middle: number) => {
    const end = Math.min(words.length, dimension - at)
    for (let i = 0; i < end; i++) {
      const place = places[at + i]!
      const value = words[i]! - middle
      cells[place & (sketch - 1)]! += place < 0 ? -value : value
    }
    if (end < words.length) cells[sketch]! += words[end]!
  }
  const empty = () => new Int32Array(sketch + WEIGHT)
  return {
    of(words, clients) {
      const cells = empty()
      add(cells, words.subarray(0, dimension + WEIGHT), 0, clients * 2 ** (bits - 1)) // counting from the middle keeps small numbers small
      cells[sketch]! -= clients
      return cells
    },
    ofMask(mask) {
      const cells = empty()
      eachWords(mask, dimension + WEIGHT, (words, at) => add(cells, words, at, 0))
      return cells
    },
  }
}

/** The cells of a fold, without the weight. */
export function sketchOf(words: Int32Array, clients: number, terms: Terms, key: Uint8Array): Int32Array {
  return foldingOf(terms, key).of(words, clients).subarray(0, terms.sketch)
}

export function addCells(cells: Int32Array, more: Int32Array, sign: 1 | -1): void {
  for (let k = 0; k < cells.length; k++) cells[k] = cells[k]! + sign * more[k]!
}

export const sameCells = (a: Int32Array, b: Int32Array): boolean => a.every((cell, k) => cell === b[k])

/** Decodes `count` folds. Throws `wrong_size`. */
export function decodeFolds(body: Uint8Array, count: number, terms: Pick<Terms, 'sketch'>): Int32Array[] {
  const size = foldedSize(terms)
  if (body.length !== 4 * size * count) {
    throw fault('wrong_size', `sketches of ${body.length} bytes in place of ${4 * size * count}`)
  }
  const words = wordsOf(body)
  return Array.from({ length: count }, (_, k) => words.slice(k * size, (k + 1) * size))
}

export function encodeFolds(folds: readonly Int32Array[]): Uint8Array {
  return joined(folds.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)))
}
