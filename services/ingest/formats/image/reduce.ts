import type { Pixels } from './pixels.ts'

/** How images of any size are read: the shape they are brought to, and the field that keeps the file. */
export interface ImageReading {
  /** The field of the reduced image; for rows, the column that holds the files. */
  readonly field: string
  /** [height, width], or [height, width, channels] with three or four channels. */
  readonly shape: readonly number[]
  readonly delivered: string
}

/** Red, green and blue in thousandths of luma (ITU-R BT.601). */
const LUMA = [299, 587, 114] as const

/**
 * Brings an image to `shape`. Each 8-bit sample is the mean of its area, rounded once, from integers. Grey becomes three equal
 * colours, colour becomes its luma, and transparency a fourth channel if there is one.
 */
export function reduced(pixels: Pixels, shape: readonly number[]): Uint8Array<ArrayBuffer> {
  const [height = 1, width = 1, channels = 1] = shape
  const [, , depth = 1] = pixels.shape
  const means = areaMeans(pixels, height, width)
  const out = new Uint8Array(height * width * channels)
  for (let at = 0; at < height * width; at++) {
    const from = at * depth
    const [red, green, blue] = depth === 1 ? [means[from]!, means[from]!, means[from]!] : means.subarray(from, from + 3)
    const to = at * channels
    if (channels === 1) {
      out[to] = Math.floor((LUMA[0] * red! + LUMA[1] * green! + LUMA[2] * blue! + 500) / 1000)
      continue
    }
    out[to] = red!
    out[to + 1] = green!
    out[to + 2] = blue!
    if (channels === 4) out[to + 3] = depth === 4 ? means[from + 3]! : 255
  }
  return out
}

/** The mean of each area. Sums stay below 2⁵³ for any image of up to 65,535 pixels a side. */
function areaMeans({ shape, data }: Pixels, height: number, width: number): Uint8Array {
  const [rows = 1, cols = 1, depth = 1] = shape
  const out = new Uint8Array(height * width * depth)
  const across = overlaps(cols, width)
  const row = new Float64Array(width * depth)
  const total = rows * cols * (data instanceof Uint16Array ? 257 : 1)
  for (let y = 0; y < height; y++) {
    row.fill(0)
    const [first, last] = [Math.floor((y * rows) / height), Math.ceil(((y + 1) * rows) / height)]
    for (let line = first; line < last; line++) {
      const weight = Math.min((line + 1) * height, (y + 1) * rows) - Math.max(line * height, y * rows)
      addLine(row, data, line * cols * depth, { across, depth, weight })
    }
    for (let k = 0; k < row.length; k++) out[y * row.length + k] = Math.floor((2 * row[k]! + total) / (2 * total))
  }
  return out
}

interface Overlap {
  readonly from: number
  readonly weights: Float64Array
}

/**
 * For each of `parts` equal parts of a line: its first pixel, and how much of each pixel lies in it, where a whole pixel counts
 * `parts`.
 */
function overlaps(pixels: number, parts: number): Overlap[] {
  return Array.from({ length: parts }, (_, part) => {
    const from = Math.floor((part * pixels) / parts)
    const to = Math.ceil(((part + 1) * pixels) / parts)
    const weights = Float64Array.from({ length: to - from }, (_unused, k) => {
      const pixel = from + k
      return Math.min((pixel + 1) * parts, (part + 1) * pixels) - Math.max(pixel * parts, part * pixels)
    })
    return { from, weights }
  })
}

function addLine(
  row: Float64Array,
  data: Pixels['data'],
  start: number,
  { across, depth, weight }: { readonly across: readonly Overlap[]; readonly depth: number; readonly weight: number },
): void {
  for (let x = 0; x < across.length; x++) {
    const { from, weights } = across[x]!
    for (let k = 0; k < weights.length; k++) {
      const at = start + (from + k) * depth
      const share = weight * weights[k]!
      for (let c = 0; c < depth; c++) row[x * depth + c]! += share * data[at + c]!
    }
  }
}
