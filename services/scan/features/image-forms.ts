import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { ImageSamples } from '../view/samples.ts'

/** Cells a side, at most: what is drawn, and not where each of its pixels is. */
const SIDE = 16
/** A level that so many of a channel's values have is the ground that things are drawn on. */
const GROUND = 0.2
const LEVELS = 256
/** Squares of up to so many pixels a side are of blurred ones. */
const BLURRED = 2

/**
 * n × (≤16 · ≤16 · channels): the square roots of how far pixels are from the ground, blurred by one pixel where squares are small, summed over squares, and
 * of unit length: what an image has drawn, whatever the ink. Of single pixels, unblurred, distances would be Hellinger's between distributions of ink, times
 * √2 (Hellinger 1909; cf. Arandjelović & Zisserman 2012, Three Things Everyone Should Know to Improve Object Retrieval).
 */
export function imageForms({ pixels, height, width, channels }: ImageSamples): Matrix {
  const ground = groundOf(pixels, channels)
  const side = Math.max(1, Math.ceil(Math.max(height, width) / SIDE))
  const [rows, cols] = [Math.ceil(height / side), Math.ceil(width / side)]
  const out = matrix(pixels.rows, rows * cols * channels)
  const [roots, across] = [new Float32Array(pixels.cols), new Float32Array(pixels.cols)]
  const line = width * channels
  for (let i = 0; i < pixels.rows; i++) {
    for (let at = 0, c = 0; at < pixels.cols; at++, c = c + 1 === channels ? 0 : c + 1)
      roots[at] = Math.sqrt(Math.abs(pixels.data[i * pixels.cols + at]! - ground[c]!))
    // Coarser squares blur by themselves.
    if (side <= BLURRED) {
      blur(roots, across, pixels.cols, channels, line)
      blur(across, roots, pixels.cols, line, pixels.cols)
    }
    const to = i * out.cols
    for (let y = 0, at = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let c = 0; c < channels; c++, at++) {
          const cell = to + (Math.floor(y / side) * cols + Math.floor(x / side)) * channels + c
          out.data[cell] = out.data[cell]! + roots[at]!
        }
    toUnitLength(out.data, to, out.cols)
  }
  return out
}

/** [1 2 1] / 4 along steps of `step` within lines of `line`; beyond them is nothing. */
function blur(from: Float32Array, to: Float32Array, length: number, step: number, line: number): void {
  for (let at = 0; at < length; at++) {
    const place = at % line
    const before = place >= step ? from[at - step]! : 0
    const after = place + step < line ? from[at + step]! : 0
    to[at] = (before + 2 * from[at]! + after) / 4
  }
}

function toUnitLength(data: Float32Array, from: number, cols: number): void {
  let squares = 0
  for (let j = from; j < from + cols; j++) squares += data[j]! * data[j]!
  const length = Math.max(1e-9, Math.sqrt(squares))
  for (let j = from; j < from + cols; j++) data[j] = data[j]! / length
}

/** By channel, the level that is most common among the pixels, where it is common; else 0. */
function groundOf({ data }: Matrix, channels: number): Float64Array {
  const counts = new Float64Array(channels * LEVELS)
  for (let at = 0; at < data.length; at++)
    counts[(at % channels) * LEVELS + Math.min(LEVELS - 1, Math.max(0, Math.round(data[at]! * (LEVELS - 1))))]!++
  return Float64Array.from({ length: channels }, (_, c) => {
    const of = counts.subarray(c * LEVELS, (c + 1) * LEVELS)
    const most = of.indexOf(of.reduce((a, b) => Math.max(a, b), 0))
    return of[most]! >= (GROUND * data.length) / channels ? most / (LEVELS - 1) : 0
  })
}
