import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { ImageSamples } from '../view/samples.ts'

/**
 * Images as rows, of which each pixel is the mean of a square of `side` × `side` pixels. A cell at the lower or right edge
 * has fewer pixels; with `dim` it is their sum by the size of a whole cell.
 */
export function averaged({ pixels, height, width, channels }: ImageSamples, side: number, dim = false): Matrix {
  if (side <= 1) return pixels
  const cols = Math.ceil(width / side)
  const out = matrix(pixels.rows, Math.ceil(height / side) * cols * channels)
  const [cellOf, areaOf] = [new Int32Array(pixels.cols), new Float64Array(pixels.cols)]
  for (let at = 0; at < pixels.cols; at++) {
    const place = Math.floor(at / channels)
    const [y, x] = [Math.floor(place / width / side), Math.floor((place % width) / side)]
    cellOf[at] = (y * cols + x) * channels + (at % channels)
    areaOf[at] = dim ? side * side : Math.min(side, height - y * side) * Math.min(side, width - x * side)
  }
  for (let i = 0; i < pixels.rows; i++) addShares(out.data, i * out.cols, pixels.data, i * pixels.cols, cellOf, areaOf)
  return out
}

/** Images as rows; squares of neighbouring pixels are averaged until an image has at most `largest` values. */
export function averagedDown(samples: ImageSamples, largest: number): Matrix {
  const { height, width, channels } = samples
  let side = 1
  while (Math.ceil(height / side) * Math.ceil(width / side) * channels > largest) side++
  return averaged(samples, side, true)
}

/** An image of more pixels is averaged over squares before anything asks what it shows. */
const LARGEST = 1600

/** Images of more than 1,600 pixels, averaged over the smallest squares that leave no more; others as they are. */
export function smallOf(samples: ImageSamples): ImageSamples {
  const { height, width } = samples
  const side = squareOf(samples)
  return {
    ...samples,
    pixels: averaged(samples, side),
    height: Math.ceil(height / side),
    width: Math.ceil(width / side),
  }
}

/** The side of those squares. */
export function squareOf({ height, width }: Pick<ImageSamples, 'height' | 'width'>): number {
  let side = 1
  while (Math.ceil(height / side) * Math.ceil(width / side) > LARGEST) side++
  return side
}

/** The mean of each pixel's channels. */
export function grey({ pixels, channels, ...samples }: ImageSamples): ImageSamples {
  const out = matrix(pixels.rows, pixels.cols / channels)
  for (let at = 0; at < out.data.length; at++) {
    let sum = 0
    for (let c = at * channels; c < (at + 1) * channels; c++) sum += pixels.data[c]!
    out.data[at] = sum / channels
  }
  return { ...samples, pixels: out, channels: 1 }
}

/** to[at + cellOf[j]] += data[from + j] ÷ areaOf[j] */
function addShares(
  to: Float32Array,
  at: number,
  data: Float32Array,
  from: number,
  cellOf: Int32Array,
  areaOf: Float64Array,
): void {
  for (let j = 0; j < cellOf.length; j++) to[at + cellOf[j]!] = to[at + cellOf[j]!]! + data[from + j]! / areaOf[j]!
}
