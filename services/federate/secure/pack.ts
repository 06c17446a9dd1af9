import { joined } from './bytes.ts'
import { fault } from './faults.ts'
import type { Lanes } from './lanes/lane-types.ts'
import { createLanes } from './lanes/lanes.ts'
import { EXTRA_WORDS, wordsOf } from './quantise.ts'
import { LARGEST_PART, type Terms } from './terms.ts'

/**
 * The fewest bits per number that a sum over this many clients needs. Masking and adding are modulo 2³², and carries only move
 * up, so sending the low bits is enough. With noise, which reaches far, or a sketch, whose cells are compared with vectors
 * modulo 2³², all 32 bits are needed.
 */
export function packedBits({ bits, weightCap, noise, sketch }: Terms, clients: number): number {
  if (noise > 0 || sketch > 0) return 32
  const top = clients * weightCap * (2 ** bits - 1)
  let width = bits
  while (top > LARGEST_PART * 2 ** width) width++
  return width
}

/** Bytes of a packed vector. */
export function packedSize(numbers: number, width: number): number {
  return Math.ceil((numbers * width) / 8) + 4 * EXTRA_WORDS
}

/**
 * Packs numbers with low bits first, then zero bits up to a full byte; the words after the numbers follow unpacked,
 * little-endian.
 */
export function packWords({ words, pack }: Lanes, width: number): Uint8Array {
  const bytes = new Uint8Array(words.buffer, words.byteOffset, words.byteLength)
  if (width === 32) return bytes
  const numbers = words.length - EXTRA_WORDS
  return joined([pack(numbers, width), bytes.subarray(4 * numbers)])
}

/** Adds a packed vector. Throws `wrong_size`, and `trailing_data` if unused bits are not 0. */
export function addPacked(lanes: Lanes, bytes: Uint8Array, numbers: number, width: number): void {
  const size = packedSize(numbers, width)
  if (bytes.length !== size) throw fault('wrong_size', `a vector of ${bytes.length} bytes in place of ${size}`)
  if (width === 32) return lanes.add(wordsOf(bytes))
  const end = size - 4 * EXTRA_WORDS
  const used = (numbers * width) & 7
  if (used > 0 && bytes[end - 1]! >>> used > 0)
    throw fault('trailing_data', 'a vector that goes on after its last number')
  lanes.addPacked(bytes.subarray(0, end), numbers, width)
  lanes.add(wordsOf(bytes.subarray(end)), numbers)
}

/** A packed vector as words. */
export function unpackWords(bytes: Uint8Array, numbers: number, width: number): Int32Array {
  const lanes = createLanes(numbers + EXTRA_WORDS)
  addPacked(lanes, bytes, numbers, width)
  return lanes.words
}
