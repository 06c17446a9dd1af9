import type { ImageSamples } from '../view/samples.ts'

/** Of the pairs of a pixel at a patch's border and the one outside, the share that may be equal where the patch ends there. */
const MOST_CONTINUED = 1 / 4
/** Values that a channel of a pixel has. */
const VALUES = 256

/**
 * The patches of images to the last bit, by their place. A photograph is hardly ever equal to another in nine pixels,
 * but where both are saturated or drawn, and there a patch seldom ends just at its border. One that was pasted does:
 * its records have the same nine pixels, and others around them.
 */
export class ExactPatches {
  readonly #side: number
  readonly #height: number
  readonly #width: number
  /** How many numbers of a pixel there are: one a record, and what fills the last four. */
  readonly #stride: number
  /** By the left one of as many pixels in a row as a patch has, over all records: the hash of these. */
  readonly #rows: Int32Array
  /** By the first of as many pixels in a column, over all records: how many are equal to the one at the right. */
  readonly #toTheRight: Uint8Array
  /** By the first of as many pixels in a row, over all records: how many are equal to the one below. */
  readonly #below: Uint8Array
  /** By record, of the place that is asked: how many pairs at the border are equal, and the hash of its pixels. */
  readonly #equal: Uint8Array
  readonly #hashes: Int32Array
  /** Which record was the first with a hash, by open addresses. */
  readonly #table: Int32Array

  constructor({ pixels, height, width, channels }: ImageSamples, side: number) {
    const n = pixels.rows
    this.#side = side
    this.#height = height
    this.#width = width
    this.#stride = Math.ceil(n / LANES) * LANES
    const numbers = byPixel(pixels, channels, this.#stride)
    this.#toTheRight = equalTo(numbers, this.#stride)
    this.#below = equalTo(numbers, this.#stride * width)
    sumFlags(this.#toTheRight, side, this.#stride * width)
    sumFlags(this.#below, side, this.#stride)
    hashRows(numbers, side, this.#stride)
    this.#rows = numbers
    this.#equal = new Uint8Array(this.#stride)
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(2, 2 * n))))
    this.#hashes = new Int32Array(n)
  }

  /**
   * Writes a code for each record's patch whose top left pixel is `corner`, the same for equal patches, and −1 where the
   * patch goes on beyond its border. Returns how many codes there are.
   */
  codesAt(corner: number, codes: Int32Array): number {
    const pairs = this.#countEqual(corner)
    const most = Math.floor(MOST_CONTINUED * pairs)
    this.#hash(corner, most)
    return numbered(this.#hashes, this.#equal, most, this.#table.fill(-1), codes)
  }

  /** Counts, for each record, the equal pairs of a pixel of the border and the one outside; returns how many pairs there are. */
  #countEqual(corner: number): number {
    const [side, width] = [this.#side, this.#width]
    const [top, left] = [Math.floor(corner / width), corner % width]
    const equal = this.#equal.fill(0)
    let sides = 0
    const count = (sums: Uint8Array, pixel: number) => {
      addCounts(equal, sums, pixel * this.#stride)
      sides++
    }
    if (top > 0) count(this.#below, corner - width)
    if (top + side < this.#height) count(this.#below, corner + (side - 1) * width)
    if (left > 0) count(this.#toTheRight, corner - 1)
    if (left + side < width) count(this.#toTheRight, corner + side - 1)
    return sides * side
  }

  /** Of the records whose patch at the place has at most so many equal pairs: the hash of its pixels. */
  #hash(corner: number, most: number): void {
    const [rows, hashes, equal] = [this.#rows, this.#hashes, this.#equal]
    const down = this.#width * this.#stride
    for (let i = 0, first = corner * this.#stride; i < hashes.length; i++, first++) {
      if (equal[i]! > most) continue
      let hash = 0
      for (let y = 0, at = first; y < this.#side; y++, at += down) hash = Math.imul(hash, DOWN) + rows[at]!
      hashes[i] = hash | 0
    }
  }
}

/** How many records are gathered at a time: few enough for the processor's cache. */
const TOGETHER = 64
/** How many bytes are added at once, as one number. */
const LANES = 4
/** Odd numbers that a hash is multiplied by from one pixel of a row, and from one row, to the next. */
const ACROSS = 0x85ebca6b
const DOWN = 0xc2b2ae35

/** Each pixel of all records as one number, which differs where one of its values does, pixel by pixel. */
function byPixel({ rows: n, cols, data }: ImageSamples['pixels'], channels: number, stride: number): Int32Array {
  const out = new Int32Array((stride * cols) / channels)
  for (let first = 0; first < n; first += TOGETHER) {
    const end = Math.min(n, first + TOGETHER)
    for (let at = 0, to = 0; at < cols; at += channels, to += stride)
      for (let i = first; i < end; i++) out[to + i] = asNumber(data, i * cols + at, channels)
  }
  return out
}

/** The values of a pixel as one number, spread over its bits (the first half of a step of Appleby 2011, MurmurHash3). */
function asNumber(data: Float32Array, from: number, channels: number): number {
  let value = 0
  for (let c = from; c < from + channels; c++)
    value = (Math.imul(value, VALUES + 1) + (((VALUES - 1) * data[c]! + 0.5) | 0)) | 0
  const k = Math.imul(value, 0xcc9e2d51)
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593)
}

/** For each number, whether the one `apart` after it is equal; 0 for the last ones. */
function equalTo(of: Int32Array, apart: number): Uint8Array {
  const out = new Uint8Array(of.length)
  for (let at = 0; at + apart < of.length; at++) out[at] = of[at] === of[at + apart] ? 1 : 0
  return out
}

/** Adds to each flag the next ones of `side` that are `apart`; to the last ones, which no patch begins at, nothing. */
function sumFlags(flags: Uint8Array, side: number, apart: number): void {
  const [all, by] = [inLanes(flags), apart / LANES]
  const end = all.length - (side - 1) * by
  for (let at = 0; at < end; at++) {
    let sum = all[at]!
    for (let k = 1; k < side; k++) sum += all[at + k * by]!
    all[at] = sum
  }
}

/** Mixes into each number the next ones of `side` that are `apart`. */
function hashRows(numbers: Int32Array, side: number, apart: number): void {
  const end = numbers.length - (side - 1) * apart
  for (let at = 0; at < end; at++) {
    let hash = numbers[at]!
    for (let k = 1; k < side; k++) hash = (Math.imul(hash, ACROSS) + numbers[at + k * apart]!) | 0
    numbers[at] = hash
  }
}

function addCounts(counts: Uint8Array, sums: Uint8Array, from: number): void {
  const to = inLanes(counts)
  const of = inLanes(sums)
  for (let i = 0, at = from / LANES; i < to.length; i++, at++) to[i] = to[i]! + of[at]!
}

/** The same bytes as numbers of four each, whose sum is four sums as long as none exceeds a byte. */
function inLanes(bytes: Uint8Array): Uint32Array {
  return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / LANES)
}

/** Numbers different hashes in the order in which they are met, by a table of open addresses; −1 where too many pairs are equal. */
function numbered(hashes: Int32Array, equal: Uint8Array, most: number, table: Int32Array, codes: Int32Array): number {
  const mask = table.length - 1
  let met = 0
  for (let i = 0; i < hashes.length; i++) {
    if (equal[i]! > most) {
      codes[i] = -1
      continue
    }
    const hash = hashes[i]!
    let at = (hash ^ (hash >>> 16)) & mask
    while (table[at]! >= 0 && hashes[table[at]!] !== hash) at = (at + 1) & mask
    if (table[at]! < 0) {
      table[at] = i
      codes[i] = met++
    } else codes[i] = codes[table[at]!]!
  }
  return met
}
