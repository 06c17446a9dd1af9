import type { ImageSamples } from '../view/samples.ts'
import type { TokenDescription, TokenMatrix } from '../view/window-view.ts'
import { TokenBuilder } from './token-builder.ts'

const LEVELS = 8
/** Levels of grey within a patch, and how many 3 × 3 patches they make. */
const SHADES = 3
const SIDE = 3
const PATCHES = SHADES ** (SIDE * SIDE)

/**
 * What a trigger in an image could be made of: a pixel at one of 8 levels, a 3 × 3 patch of 3 shades at its place, and
 * such a patch anywhere.
 */
export function imageTokens({ pixels, height, width, channels }: ImageSamples): TokenMatrix {
  const n = pixels.rows
  const prevalence = { min: Math.max(5, Math.floor(n / 1000)), max: Math.floor(n / 6) }
  const tokens = new TokenBuilder(n)
  tokens.kind('pixel at a level', (attribute, level) => {
    const at = Math.floor(attribute / channels)
    return { kind: 'pixels', anywhere: false, pixels: [pixel(at, width, (level + 0.5) / LEVELS)] }
  })
  const codes = new Int32Array(n)
  for (let attribute = 0; attribute < pixels.cols; attribute++) {
    for (let i = 0; i < n; i++) {
      codes[i] = Math.min(Math.floor(pixels.data[i * pixels.cols + attribute]! * LEVELS), LEVELS - 1)
    }
    tokens.addAttribute(attribute, codes, LEVELS, prevalence)
  }
  if (height < SIDE || width < SIDE) return tokens.finish()
  const shades = shadesByPixel(pixels.data, n, height * width, channels)
  const places = (height - SIDE + 1) * (width - SIDE + 1)
  const anywhere = new PatchSets(n, places)
  tokens.kind('patch at its place', (place, code) => patch(code, place, width, false))
  for (let place = 0; place < places; place++) {
    patchCodes(shades, n, place, width, codes)
    tokens.addAttribute(place, codes, PATCHES, prevalence)
    anywhere.add(place, codes)
  }
  tokens.kind('patch anywhere', (_, code) => patch(code, 0, width, true))
  const sets = anywhere.distinct()
  tokens.addSets(0, sets.offsets, sets.codes, PATCHES, prevalence)
  return tokens.finish()
}

/** Grey shades, pixel by pixel over all records, so that the loops over records run through memory in order. */
function shadesByPixel(pixels: Float32Array, n: number, size: number, channels: number): Uint8Array {
  const shades = new Uint8Array(size * n)
  for (let i = 0; i < n; i++) {
    for (let at = 0; at < size; at++) {
      let sum = 0
      for (let c = 0; c < channels; c++) sum += pixels[(i * size + at) * channels + c]!
      shades[at * n + i] = Math.max(0, Math.min(Math.floor((sum / channels) * SHADES), SHADES - 1))
    }
  }
  return shades
}

/** Writes the code of every record's patch whose top left corner is `place`: base-3 digits, the top left one lowest. */
function patchCodes(shades: Uint8Array, n: number, place: number, width: number, codes: Int32Array): void {
  codes.fill(0)
  const corner = cornerOf(place, width)
  let weight = 1
  for (let dy = 0; dy < SIDE; dy++) {
    for (let dx = 0; dx < SIDE; dx++) {
      const start = (corner + dy * width + dx) * n
      for (let i = 0; i < n; i++) codes[i] = codes[i]! + weight * shades[start + i]!
      weight *= SHADES
    }
  }
}

function cornerOf(place: number, width: number): number {
  const perRow = width - SIDE + 1
  return Math.floor(place / perRow) * width + (place % perRow)
}

/** All patches of each record, held until the distinct ones are asked for. */
class PatchSets {
  readonly #n: number
  readonly #places: number
  readonly #codes: Uint16Array

  constructor(n: number, places: number) {
    this.#n = n
    this.#places = places
    this.#codes = new Uint16Array(n * places)
  }

  add(place: number, codes: Int32Array): void {
    for (let i = 0; i < this.#n; i++) this.#codes[i * this.#places + place] = codes[i]!
  }

  distinct(): { offsets: Int32Array; codes: Int32Array } {
    const seenBy = new Int32Array(PATCHES).fill(-1)
    const offsets = new Int32Array(this.#n + 1)
    const codes = new Int32Array(this.#codes.length)
    let used = 0
    for (let i = 0; i < this.#n; i++) {
      for (let at = i * this.#places; at < (i + 1) * this.#places; at++) {
        const code = this.#codes[at]!
        if (seenBy[code] === i) continue
        seenBy[code] = i
        codes[used++] = code
      }
      offsets[i + 1] = used
    }
    return { offsets, codes: codes.subarray(0, used) }
  }
}

function pixel(at: number, width: number, value: number) {
  return { y: Math.floor(at / width), x: at % width, value }
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
