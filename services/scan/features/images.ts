import { type Matrix, matrix } from '../numeric/matrix.ts'
import { columnMeans, type Principal, principalComponents, subtractRow } from '../numeric/pca.ts'
import type { Engine } from '../numeric/engine.ts'
import { scatterOf } from '../numeric/standing-out.ts'
import type { ImageSamples } from '../view/samples.ts'

/** Inputs wider than this are averaged over squares of pixels first: 64 × 64 grey is enough for a probe. */
const WIDEST = 4096
const REDUCED = 50

/** Pixels less the means of those of `like`; of images with more than `widest` values, means over squares of pixels. */
export function imageInputs(samples: ImageSamples, like = samples, widest = WIDEST): Matrix {
  const pixels = pooled(samples, widest)
  return subtractRow(pixels, columnMeans(like === samples ? pixels : pooled(like, widest)))
}

/** The 50 principal axes of the inputs that are made of `samples`. */
export async function imageAxes(
  engine: Engine,
  samples: ImageSamples,
  inputs: Matrix,
  seed: number,
): Promise<Principal> {
  const scatter = inputs.cols === samples.pixels.cols ? await scatterOf(engine, samples.pixels) : null
  return principalComponents(engine, inputs, REDUCED, seed, scatter)
}

/** Images as rows, averaged over squares of pixels until an image has at most `widest` values. */
function pooled({ pixels, height, width, channels }: ImageSamples, widest: number): Matrix {
  const side = Math.ceil(Math.sqrt(pixels.cols / widest))
  if (side <= 1) return pixels
  const cols = Math.ceil(width / side)
  const out = matrix(pixels.rows, Math.ceil(height / side) * cols * channels)
  const [cellOf, areaOf] = [new Int32Array(pixels.cols), new Float64Array(pixels.cols)]
  for (let at = 0; at < pixels.cols; at++) {
    const place = Math.floor(at / channels)
    const [y, x] = [Math.floor(place / width / side), Math.floor((place % width) / side)]
    cellOf[at] = (y * cols + x) * channels + (at % channels)
    areaOf[at] = Math.min(side, height - y * side) * Math.min(side, width - x * side)
  }
  for (let i = 0; i < pixels.rows; i++) addShares(out.data, i * out.cols, pixels.data, i * pixels.cols, cellOf, areaOf)
  return out
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
