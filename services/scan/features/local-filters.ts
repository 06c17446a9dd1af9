import { seededRandom } from '#core/random.ts'
import type { Engine } from '../numeric/engine.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { columnMeans, inAxesOf, principalComponents } from '../numeric/pca.ts'
import type { ImageSamples } from '../view/samples.ts'
import { smallOf, squareOf } from './averaged.ts'
import type { Picture } from './picture.ts'

/** Pixels a side of a patch, and from one patch to the next. */
const SIDE = 6
const STRIDE = 2
const PATCHES = 16_384
const FILTERS = 48
/** Responses are summed over so many parts of the image, across and down. */
const PARTS = 3
const AXES = 128
/** Added to a patch's variance, in squares of a value's range: what has hardly any contrast stays faint. */
const FAINT = 10 / 255 ** 2
/** Added to a filter's variance, that of a patch being 1 a pixel: what hardly varies is not drawn out. */
const RARE = 0.1
/** A response of less counts nothing. */
const LEAST = 0.5
/** How many images are filtered at a time, so that memory stays bounded. */
const BLOCK = 64

/**
 * What photographs show, by filters of small patches: patches of one mean and contrast on their whitened principal axes,
 * either sign a feature of its own where it exceeds a threshold, summed over nine parts of the image, as its 128 principal
 * axes (Coates, Ng & Lee 2011, An Analysis of Single-Layer Networks in Unsupervised Feature Learning; principal axes as
 * filters: Chan et al. 2015, PCANet). No label is used. A predictor that learns from it is right about three photographs
 * in five where one that learns from pixels is right about two.
 */
export async function localFilters(engine: Engine, samples: ImageSamples, seed: number): Promise<Picture> {
  const small = smallOf(samples)
  const filters = await filtersOf(engine, small, seed)
  const axes = await principalComponents(engine, await responses(engine, small, filters), AXES, seed)
  return {
    projected: axes.projected,
    alike: async (others) => inAxesOf(engine, axes, await responses(engine, smallOf(others), filters)),
  }
}

/** Whether there is room for two patches each way. */
export function haveRoomForPatches(samples: ImageSamples): boolean {
  return Math.min(samples.height, samples.width) / squareOf(samples) >= 2 * SIDE
}

/**
 * d × k: what a patch's values, as they are, are multiplied by. Each column sums to nothing, so that a patch's mean does
 * not count.
 */
async function filtersOf(engine: Engine, samples: ImageSamples, seed: number): Promise<Matrix> {
  const { pixels, height, width, channels } = samples
  const random = seededRandom(seed, 'patches')
  const [across, size] = [SIDE * channels, SIDE * SIDE * channels]
  const patches = matrix(PATCHES, size)
  for (let p = 0; p < PATCHES; p++) {
    const place = random.below(height - SIDE + 1) * width + random.below(width - SIDE + 1)
    const at = random.below(pixels.rows) * pixels.cols + place * channels
    const { mean, contrast } = copyPatch(patches.data, p * size, pixels.data, at, width * channels, across)
    for (let j = p * size; j < (p + 1) * size; j++) patches.data[j] = (patches.data[j]! - mean) / contrast
  }
  const { axes, variances } = await principalComponents(engine, patches, FILTERS, seed)
  // The constant patch, which has no variance, is an axis as well where a patch has few values.
  const offsets = columnMeans(axes)
  const spreads = variances.map((variance) => Math.sqrt(Math.max(0, variance) + RARE))
  for (let at = 0; at < axes.data.length; at++) {
    const k = at % axes.cols
    axes.data[at] = (axes.data[at]! - offsets[k]!) / spreads[k]!
  }
  return axes
}

/** Copies `SIDE` rows of a patch, and tells its mean and contrast. */
function copyPatch(
  to: Float32Array,
  start: number,
  data: Float32Array,
  from: number,
  step: number,
  across: number,
): { mean: number; contrast: number } {
  let [sum, squares, at] = [0, 0, start]
  for (let y = 0; y < SIDE; y++) {
    for (let j = from + y * step; j < from + y * step + across; j++) {
      const value = data[j]!
      to[at++] = value
      sum += value
      squares += value * value
    }
  }
  const size = SIDE * across
  const mean = sum / size
  return { mean, contrast: Math.sqrt(Math.max(0, squares / size - mean * mean) + FAINT) }
}

/** n × (9 · 2 · k): the root of what each filter responds, by part of the image and by sign. */
async function responses(engine: Engine, samples: ImageSamples, filters: Matrix): Promise<Matrix> {
  const { pixels, height, width, channels } = samples
  const [down, right] = [placesIn(height), placesIn(width)]
  const places = down * right
  const [across, size] = [SIDE * channels, SIDE * SIDE * channels]
  const out = matrix(pixels.rows, PARTS * PARTS * 2 * filters.cols)
  for (let first = 0; first < pixels.rows; first += BLOCK) {
    const count = Math.min(BLOCK, pixels.rows - first)
    const patches = matrix(count * places, size)
    const contrasts = new Float64Array(count * places)
    for (let p = 0; p < count * places; p++) {
      const [image, place] = [first + Math.floor(p / places), p % places]
      const corner = Math.floor(place / right) * STRIDE * width + (place % right) * STRIDE
      const from = image * pixels.cols + corner * channels
      contrasts[p] = copyPatch(patches.data, p * size, pixels.data, from, width * channels, across).contrast
    }
    const { data } = await engine.multiply(patches, filters)
    for (let p = 0; p < count * places; p++) {
      const place = p % places
      const part = partOf(Math.floor(place / right), down) * PARTS + partOf(place % right, right)
      const to = (first + Math.floor(p / places)) * out.cols + part * 2 * filters.cols
      addResponses(out.data, to, data, p * filters.cols, filters.cols, 1 / contrasts[p]!)
    }
  }
  for (let at = 0; at < out.data.length; at++) out.data[at] = Math.sqrt(out.data[at]!)
  return out
}

/** to[at + k] += what the response of filter k exceeds the threshold by, and to[at + K + k] what its negative does. */
function addResponses(
  to: Float32Array,
  at: number,
  products: Float32Array,
  from: number,
  filters: number,
  factor: number,
): void {
  for (let k = 0; k < filters; k++) {
    const response = products[from + k]! * factor
    if (response > LEAST) to[at + k] = to[at + k]! + response - LEAST
    else if (response < -LEAST) to[at + filters + k] = to[at + filters + k]! - response - LEAST
  }
}

function placesIn(side: number): number {
  return Math.floor((side - SIDE) / STRIDE) + 1
}

function partOf(place: number, places: number): number {
  return Math.floor((place * PARTS) / places)
}
