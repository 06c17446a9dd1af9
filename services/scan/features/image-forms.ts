import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { ImageSamples } from '../view/samples.ts'

/** The most cells on a side: a form shows what is drawn, not the place of each pixel. */
const SIDE = 16
/** A level that at least this share of a channel's values have is the ground that things are drawn on. */
const GROUND = 0.2
const LEVELS = 256
/** Pixels are blurred where squares have at most this many on a side. */
const BLURRED = 2

/**
 * n × (≤16 · ≤16 · channels), rows of unit length: the square roots of how far pixels are from the ground, blurred by
 * one pixel where squares are small, summed over squares. They show what is drawn, whatever the ink (ADR 126). For
 * single pixels without blur, distances would be √2 times Hellinger's between distributions of ink (Hellinger 1909; cf.
 * Arandjelović & Zisserman 2012, Three Things Everyone Should Know to Improve Object Retrieval).
 */
export function imageForms({ pixels, height, width, channels }: ImageSamples): Matrix {
  const ground = groundOf(pixels, channels)
  const side = Math.max(1, Math.ceil(Math.max(height, width) / SIDE))
  const [rows, cols] = [Math.ceil(height / side), Math.ceil(width / side)]
  const out = matrix(pixels.rows, rows * cols * channels)
  const [roots, across] = [new Float32Array(pixels.cols), new Float32Array(pixels.cols)]
  const line = width * channels
  const cellOf = Int32Array.from({ length: pixels.cols }, (_, at) => {
    const [place, c] = [Math.floor(at / channels), at % channels]
    return (Math.floor(Math.floor(place / width) / side) * cols + Math.floor((place % width) / side)) * channels + c
  })
  for (let i = 0; i < pixels.rows; i++) {
    rootsOf(pixels.data, i * pixels.cols, ground, roots)
    // Coarser squares blur by themselves.
    if (side <= BLURRED) {
      for (let y = 0; y < height; y++) blur(roots, across, y * line, line, channels)
      blur(across, roots, 0, pixels.cols, line)
    }
    addCells(out.data, i * out.cols, roots, cellOf)
    toUnitLength(out.data, i * out.cols, out.cols)
  }
  return out
}

/** The roots of how far an image's pixels are from the ground. */
function rootsOf(data: Float32Array, from: number, ground: Float64Array, roots: Float32Array): void {
  const channels = ground.length
  for (let c = 0; c < channels; c++) {
    const level = ground[c]!
    for (let at = c; at < roots.length; at += channels) roots[at] = Math.sqrt(Math.abs(data[from + at]! - level))
  }
}

function addCells(out: Float32Array, to: number, roots: Float32Array, cellOf: Int32Array): void {
  for (let at = 0; at < cellOf.length; at++) {
    const cell = to + cellOf[at]!
    out[cell] = out[cell]! + roots[at]!
  }
}

/** [1 2 1] / 4 along steps of `step` within a line of `length` that begins at `start`; beyond it is nothing. */
function blur(from: Float32Array, to: Float32Array, start: number, length: number, step: number): void {
  const end = start + length
  for (let at = start; at < end; at++) {
    const before = at - step >= start ? from[at - step]! : 0
    const after = at + step < end ? from[at + step]! : 0
    to[at] = (before + 2 * from[at]! + after) / 4
  }
}

function toUnitLength(data: Float32Array, from: number, cols: number): void {
  let squares = 0
  for (let j = from; j < from + cols; j++) squares += data[j]! * data[j]!
  const length = Math.max(1e-9, Math.sqrt(squares))
  for (let j = from; j < from + cols; j++) data[j] = data[j]! / length
}

/** By channel, the most common level of the pixels, where it is common enough; otherwise 0. */
function groundOf({ data }: Matrix, channels: number): Float64Array {
  const counts = new Float64Array(channels * LEVELS)
  for (let c = 0; c < channels; c++) countLevels(data, c, channels, counts.subarray(c * LEVELS, (c + 1) * LEVELS))
  return Float64Array.from({ length: channels }, (_, c) => {
    const of = counts.subarray(c * LEVELS, (c + 1) * LEVELS)
    const most = of.indexOf(of.reduce((a, b) => Math.max(a, b), 0))
    return of[most]! >= (GROUND * data.length) / channels ? most / (LEVELS - 1) : 0
  })
}

function countLevels(data: Float32Array, from: number, step: number, counts: Float64Array): void {
  for (let at = from; at < data.length; at += step) {
    const level = data[at]! * (LEVELS - 1) + 0.5
    const place = level < 0 ? 0 : level >= LEVELS ? LEVELS - 1 : level | 0
    counts[place] = counts[place]! + 1
  }
}
