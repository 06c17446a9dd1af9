import type { Matrix } from '../numeric/matrix.ts'
import { columnMeans, type Principal, principalComponents, subtractRow } from '../numeric/pca.ts'
import type { Engine } from '../numeric/engine.ts'
import { scatterOf } from '../numeric/standing-out.ts'
import { averaged } from './averaged.ts'
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
function pooled(samples: ImageSamples, widest: number): Matrix {
  return averaged(samples, Math.ceil(Math.sqrt(samples.pixels.cols / widest)))
}
