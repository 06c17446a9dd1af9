/**
 * A vector of 32-bit words in memory of its own, and what a round does to all of them: by WebAssembly, two or four at a time. Loops of JavaScript
 * take several times as long, most of all once anything in the process has detached a buffer.
 */
export interface Lanes {
  readonly words: Int32Array
  /** Adds some words to those from `at` on, modulo 2³². */
  readonly add: (some: Int32Array, at?: number) => void
  readonly take: (some: Int32Array, at?: number) => void
  /** Adds numbers of which `width` bits each follow one another, low bits first, to the first `count` words. */
  addPacked(bytes: Uint8Array, count: number, width: number): void
  /** The low bits of the first `count` words, likewise. */
  readonly pack: (count: number, width: number) => Uint8Array
  /** Sets the words from `at` on to these values in whole steps, rounded up by chance; see `quantise`. Returns how many are out of range, −1 where one is not finite. */
  quantise(values: Float64Array, chances: Int32Array, at: number, scale: Scale): number
  /** Reads the first `count` words as a sum; see `readSum`. */
  readonly mean: (count: number, reading: Reading) => Float64Array
}

export interface Scale {
  readonly range: number
  readonly scale: number
  readonly top: number
  readonly weight: number
}

export interface Reading {
  readonly middle: number
  readonly spare: number
  readonly weight: number
  readonly step: number
  readonly range: number
}
