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
  readonly #n: number
  readonly #side: number
  readonly #height: number
  readonly #width: number
  /** By pixel, over all records: its values as one number. */
  readonly #pixels: Int32Array
  /** By pixel, over all records: whether the pixel to the right, and the one below, is equal. */
  readonly #toTheRight: Uint8Array
  readonly #below: Uint8Array
  /** By record, of the place that is asked: how many pairs at the border are equal, and the hash of its nine pixels. */
  readonly #equal: Uint8Array
  readonly #hashes: Int32Array
  /** Which record was the first with a hash, by open addresses. */
  readonly #table: Int32Array

  constructor({ pixels, height, width, channels }: ImageSamples, side: number) {
    const n = pixels.rows
    this.#n = n
    this.#side = side
    this.#height = height
    this.#width = width
    this.#pixels = byPixel(pixels, channels)
    this.#toTheRight = equalTo(this.#pixels, n)
    this.#below = equalTo(this.#pixels, n * width)
    this.#equal = new Uint8Array(n)
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
    const hashes = this.#hashes.fill(0)
    for (let y = 0; y < this.#side; y++)
      for (let x = 0; x < this.#side; x++) mixIn(hashes, this.#pixels, (corner + y * this.#width + x) * this.#n)
    return numbered(hashes, this.#equal, most, this.#table.fill(-1), codes)
  }

  /** Counts, for each record, the equal pairs of a pixel of the border and the one outside; returns how many pairs there are. */
  #countEqual(corner: number): number {
    const [n, side, width] = [this.#n, this.#side, this.#width]
    const [top, left] = [Math.floor(corner / width), corner % width]
    const equal = this.#equal.fill(0)
    let pairs = 0
    const count = (flags: Uint8Array, pixel: number) => {
      addFlags(equal, flags, pixel * n)
      pairs++
    }
    for (let k = 0; k < side; k++) {
      if (top > 0) count(this.#below, corner - width + k)
      if (top + side < this.#height) count(this.#below, corner + (side - 1) * width + k)
      if (left > 0) count(this.#toTheRight, corner + k * width - 1)
      if (left + side < width) count(this.#toTheRight, corner + k * width + side - 1)
    }
    return pairs
  }
}

/** How many records are gathered at a time: few enough for the processor's cache. */
const TOGETHER = 64

/** Each pixel of all records as one number, pixel by pixel. */
function byPixel({ rows: n, cols, data }: ImageSamples['pixels'], channels: number): Int32Array {
  const out = new Int32Array((n * cols) / channels)
  for (let first = 0; first < n; first += TOGETHER) {
    const end = Math.min(n, first + TOGETHER)
    for (let at = 0, to = 0; at < cols; at += channels, to += n)
      for (let i = first; i < end; i++) out[to + i] = asNumber(data, i * cols + at, channels)
  }
  return out
}

function asNumber(data: Float32Array, from: number, channels: number): number {
  let value = 0
  for (let c = from; c < from + channels; c++)
    value = (Math.imul(value, VALUES + 1) + Math.round((VALUES - 1) * data[c]!)) | 0
  return value
}

/** For each number, whether the one `apart` after it is equal; 0 for the last ones. */
function equalTo(of: Int32Array, apart: number): Uint8Array {
  const out = new Uint8Array(of.length)
  for (let at = 0; at + apart < of.length; at++) out[at] = Number(of[at] === of[at + apart])
  return out
}

function addFlags(counts: Uint8Array, flags: Uint8Array, from: number): void {
  for (let i = 0; i < counts.length; i++) counts[i] = counts[i]! + flags[from + i]!
}

/** Mixes numbers into hashes, one each (after Appleby 2011, MurmurHash3). */
function mixIn(hashes: Int32Array, of: Int32Array, from: number): void {
  for (let i = 0; i < hashes.length; i++) {
    let k = Math.imul(of[from + i]!, 0xcc9e2d51)
    k = Math.imul((k << 15) | (k >>> 17), 0x1b873593)
    const h = hashes[i]! ^ k
    hashes[i] = (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0
  }
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
