import { type Matrix, matrix } from '../numeric/matrix.ts'
import { columnMeans, type Principal, principalComponents, subtractRow } from '../numeric/pca.ts'
import type { Engine } from '../numeric/engine.ts'
import { scatterOf } from '../numeric/standing-out.ts'
import type { ImageSamples } from '../view/samples.ts'

/** Inputs wider than this are averaged over squares of pixels first: 64 × 64 grey is enough for a probe. */
const WIDEST = 4096
const REDUCED = 50

/** Pixels less the means of those of `like`; for large images, means over squares of pixels. */
export function imageInputs(samples: ImageSamples, like = samples): Matrix {
  const pixels = pooled(samples)
  return subtractRow(pixels, columnMeans(like === samples ? pixels : pooled(like)))
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

function pooled({ pixels, height, width, channels }: ImageSamples): Matrix {
  const side = Math.ceil(Math.sqrt(pixels.cols / WIDEST))
  if (side <= 1) return pixels
  const [rows, cols] = [Math.ceil(height / side), Math.ceil(width / side)]
  const out = matrix(pixels.rows, rows * cols * channels)
  for (let i = 0; i < pixels.rows; i++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const cell = Math.floor(y / side) * cols + Math.floor(x / side)
        const area =
          Math.min(side, height - Math.floor(y / side) * side) * Math.min(side, width - Math.floor(x / side) * side)
        for (let c = 0; c < channels; c++) {
          const at = i * out.cols + cell * channels + c
          out.data[at] = out.data[at]! + pixels.data[i * pixels.cols + (y * width + x) * channels + c]! / area
        }
      }
    }
  }
  return out
}
