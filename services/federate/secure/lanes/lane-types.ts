/**
 * A vector of 32-bit words in its own memory, and the operations of a round on all of them: by WebAssembly, two or four words at
 * a time. Loops in JavaScript take several times as long, above all once anything in the process has detached a buffer.
 */
export interface Lanes {
  readonly words: Int32Array
  /** Adds words to those from index `at` on, modulo 2³². */
  readonly add: (some: Int32Array, at?: number) => void
  readonly take: (some: Int32Array, at?: number) => void
  /** Adds packed numbers of `width` bits each, low bits first, to the first `count` words. */
  addPacked(bytes: Uint8Array, count: number, width: number): void
  /** Packs the low `width` bits of the first `count` words in the same way. */
  readonly pack: (count: number, width: number) => Uint8Array
  /**
   * Sets the words from `at` on to these values in integer steps, with stochastic rounding; see `quantise`. Returns how many are
   * out of range, or −1 if one is not finite.
   */
  quantise(values: Float64Array, chances: Int32Array, at: number, scale: Scale): number
  /** Decodes the first `count` words as a sum; see `readSum`. */
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
