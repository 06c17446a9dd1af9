import type { ImageSamples } from '../view/samples.ts'
import type { TokenDescription, TokenMatrix } from '../view/window-view.ts'
import { ExactPatches } from './exact-patches.ts'
import { TokenBuilder } from './token-builder.ts'

/** The kind of token that is a patch to the bit. */
export const EXACT = 'patch to the bit'

const LEVELS = 8
/** The shades of grey within a patch, its side, and how many patches these make. */
const SHADES = 3
const SIDE = 3
const PATCHES = SHADES ** (SIDE * SIDE)

/**
 * The tokens of images, of which a trigger may be made: a pixel at one of 8 levels, a 3 × 3 patch of 3 shades at its
 * place, such a patch anywhere, and one to the bit at its place that ends there. Places of patches are `apart` pixels
 * apart; anywhere is at all of them.
 */
export function imageTokens(samples: ImageSamples, apart = 1): TokenMatrix {
  const { pixels, height, width, channels } = samples
  const n = pixels.rows
  const prevalence = { min: Math.max(5, Math.floor(n / 1000)), max: Math.floor(n / 6) }
  const tokens = new TokenBuilder(n)
  tokens.kind('pixel at a level', (attribute, level) => {
    const at = Math.floor(attribute / channels)
    return { kind: 'pixels', anywhere: false, pixels: [pixel(at, width, (level + 0.5) / LEVELS)] }
  })
  const codes = new Int32Array(n)
  const { levels, shades } = byPixel(pixels, channels)
  for (let attribute = 0; attribute < pixels.cols; attribute++) {
    codes.set(levels.subarray(attribute * n, (attribute + 1) * n))
    tokens.addAttribute(attribute, codes, LEVELS, prevalence)
  }
  if (height < SIDE || width < SIDE) return tokens.finish()
  const rows = rowCodes(shades, n)
  const places = (height - SIDE + 1) * (width - SIDE + 1)
  tokens.kind('patch at its place', (place, code) => patch(code, place, width, false))
  for (let place = 0; place < places; place++) {
    const corner = cornerOf(place, width)
    if (Math.floor(corner / width) % apart !== 0 || (corner % width) % apart !== 0) continue
    patchCodes(rows, n, corner, width, 0, codes)
    tokens.addAttribute(place, codes, PATCHES, prevalence)
  }
  tokens.kind('patch anywhere', (_, code) => patch(code, 0, width, true))
  const sets = patchesOf(rows, n, places, width)
  tokens.addSets(0, sets.offsets, sets.codes, PATCHES, prevalence)
  const exact = new ExactPatches(samples, SIDE)
  tokens.kind(EXACT, (place, code) => exactPatch(samples, exact, cornerOf(place, width), code))
  for (let place = 0; place < places; place++) {
    const corner = cornerOf(place, width)
    if (Math.floor(corner / width) % apart !== 0 || (corner % width) % apart !== 0) continue
    tokens.addAttribute(place, codes, exact.codesAt(corner, codes), prevalence)
  }
  return tokens.finish()
}

/** How many records are gathered per pixel or place at a time: few enough for the processor's cache. */
const TOGETHER = 64

/** Levels and shades of grey, pixel by pixel over all records, so that the loops over records run through memory in order. */
function byPixel(
  { rows: n, cols, data }: ImageSamples['pixels'],
  channels: number,
): { levels: Int8Array; shades: Uint8Array } {
  const levels = new Int8Array(n * cols)
  const shades = new Uint8Array((n * cols) / channels)
  const sums = new Float64Array(TOGETHER)
  for (let first = 0; first < n; first += TOGETHER) {
    const some = Math.min(n - first, TOGETHER)
    for (let at = 0; at < cols; at += channels) {
      sums.fill(0)
      for (let c = at; c < at + channels; c++) levelsOf(data, first * cols + c, cols, some, levels, c * n + first, sums)
      shadesOf(sums, channels, some, shades, (at / channels) * n + first)
    }
  }
  return { levels, shades }
}

/** Of one value of some records, `stride` apart; adds the values to the records' sums. */
function levelsOf(
  data: Float32Array,
  from: number,
  stride: number,
  some: number,
  levels: Int8Array,
  to: number,
  sums: Float64Array,
): void {
  for (let r = 0; r < some; r++) {
    const value = data[from + r * stride]!
    levels[to + r] = value < 0 ? -1 : value >= 1 ? LEVELS - 1 : value * LEVELS
    sums[r] = sums[r]! + value
  }
}

function shadesOf(sums: Float64Array, channels: number, some: number, shades: Uint8Array, to: number): void {
  for (let r = 0; r < some; r++) {
    const grey = sums[r]! / channels
    shades[to + r] = grey < 0 ? 0 : grey >= 1 ? SHADES - 1 : grey * SHADES
  }
}

/**
 * By the left one of three pixels in a row: their shades as base-3 digits, the left one lowest. Patches above one
 * another share these.
 */
function rowCodes(shades: Uint8Array, n: number): Uint8Array {
  const codes = new Uint8Array(shades.length)
  for (let at = 0; at + 2 * n < shades.length; at++)
    codes[at] = shades[at]! + SHADES * shades[at + n]! + SHADES ** 2 * shades[at + 2 * n]!
  return codes
}

/**
 * Writes the codes of the patches of some records, from `first` on, whose top left corner is `corner`: base-3 digits, the
 * top left one lowest.
 */
function patchCodes(
  rows: Uint8Array,
  n: number,
  corner: number,
  width: number,
  first: number,
  codes: Int32Array,
): void {
  const top = corner * n + first
  const middle = top + width * n
  const bottom = middle + width * n
  for (let i = 0; i < codes.length; i++)
    codes[i] = rows[top + i]! + SHADES ** SIDE * rows[middle + i]! + SHADES ** (2 * SIDE) * rows[bottom + i]!
}

function cornerOf(place: number, width: number): number {
  const perRow = width - SIDE + 1
  return Math.floor(place / perRow) * width + (place % perRow)
}

/** Each record's different patches, as they are first met. */
function patchesOf(
  rows: Uint8Array,
  n: number,
  places: number,
  width: number,
): { offsets: Int32Array; codes: Int32Array } {
  const seenBy = new Int32Array(PATCHES).fill(-1)
  const offsets = new Int32Array(n + 1)
  const codes = new Int32Array(n * places)
  // By place, some records at a time: few enough for the processor's cache.
  const own = new Int32Array(TOGETHER * places)
  let used = 0
  for (let first = 0; first < n; first += TOGETHER) {
    const some = Math.min(n - first, TOGETHER)
    for (let place = 0; place < places; place++)
      patchCodes(rows, n, cornerOf(place, width), width, first, own.subarray(place * some, (place + 1) * some))
    for (let r = 0; r < some; r++) {
      used = addDistinct(own, r, some, places, first + r, seenBy, codes, used)
      offsets[first + r + 1] = used
    }
  }
  return { offsets, codes: codes.subarray(0, used) }
}

/**
 * Adds the different codes among those that lie `stride` apart from `from` on to `into`, which holds `used`; returns how
 * many it holds then.
 */
function addDistinct(
  codes: Int32Array,
  from: number,
  stride: number,
  count: number,
  record: number,
  seenBy: Int32Array,
  into: Int32Array,
  used: number,
): number {
  // Most neighbouring patches are equal: both are blank.
  let last = -1
  for (let k = 0, at = from; k < count; k++, at += stride) {
    const code = codes[at]!
    if (code === last) continue
    last = code
    if (seenBy[code] === record) continue
    seenBy[code] = record
    into[used++] = code
  }
  return used
}

function pixel(at: number, width: number, value: number) {
  return { y: Math.floor(at / width), x: at % width, value }
}

/** The patch of the first record that has this code at the place. */
function exactPatch(samples: ImageSamples, exact: ExactPatches, corner: number, code: number): TokenDescription {
  const { pixels, width, channels } = samples
  const codes = new Int32Array(pixels.rows)
  exact.codesAt(corner, codes)
  const record = codes.indexOf(code)
  const shown = pixels.data.subarray(record * pixels.cols, (record + 1) * pixels.cols)
  const grey = (at: number) =>
    shown.subarray(at * channels, (at + 1) * channels).reduce((sum, value) => sum + value, 0) / channels
  const of = Array.from({ length: SIDE * SIDE }, (_, digit) => {
    const at = corner + Math.floor(digit / SIDE) * width + (digit % SIDE)
    return pixel(at, width, grey(at))
  })
  return { kind: 'pixels', pixels: of, anywhere: false }
}

function patch(code: number, place: number, width: number, anywhere: boolean): TokenDescription {
  const corner = anywhere ? 0 : cornerOf(place, width)
  const pixels = Array.from({ length: SIDE * SIDE }, (_, digit) => {
    const shade = Math.floor(code / SHADES ** digit) % SHADES
    const at = corner + Math.floor(digit / SIDE) * width + (digit % SIDE)
    return pixel(at, width, shade / (SHADES - 1))
  })
  return { kind: 'pixels', pixels, anywhere }
}
