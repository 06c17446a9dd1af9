import type { Engine } from '../numeric/engine.ts'
import { type Matrix, matrix } from '../numeric/matrix.ts'
import { inAxesOf, principalComponents } from '../numeric/pca.ts'
import type { ImageSamples } from '../view/samples.ts'
import { smallOf, squareOf } from './averaged.ts'
import type { Picture } from './picture.ts'

/** Directions that an edge may have, an eighth of a turn apart. */
const DIRECTIONS = 8
/** Edges are summed over at most so many parts of the image, across and down. */
const PARTS = 7
/** The fewest pixels a side. */
const SMALLEST = 8
const AXES = 128

/**
 * What drawings show, by their outlines: how strong the edges of each of eight directions are in each of 49 parts of the
 * image, as its 128 principal axes (histograms of oriented gradients: Dalal & Triggs 2005). Of a pixel's channels the one
 * counts that changes most. No label is used. What moved by a pixel or is drawn with a broader pen stays much as it was.
 */
export async function outlines(engine: Engine, samples: ImageSamples, seed: number): Promise<Picture> {
  const axes = await principalComponents(engine, edgesOf(smallOf(samples)), AXES, seed)
  return {
    projected: axes.projected,
    alike: async (others) => inAxesOf(engine, axes, edgesOf(smallOf(others))),
  }
}

/** Whether images are large enough to have outlines. */
export function haveOutlines(samples: ImageSamples): boolean {
  return Math.min(samples.height, samples.width) / squareOf(samples) >= SMALLEST
}

/** n × (parts · parts · 8): the root of how strong the edges of each direction are in each part. */
function edgesOf({ pixels, height, width, channels }: ImageSamples): Matrix {
  const [rows, cols] = [partsOf(height), partsOf(width)]
  const out = matrix(pixels.rows, rows.count * cols.count * DIRECTIONS)
  for (let i = 0; i < pixels.rows; i++) {
    const cells = out.data.subarray(i * out.cols, (i + 1) * out.cols)
    addEdges(cells, pixels.data, i * pixels.cols, width * channels, channels, rows, cols)
  }
  for (let at = 0; at < out.data.length; at++) out.data[at] = Math.sqrt(out.data[at]!)
  return out
}

/** Adds the edges of one image, whose values begin at `start` and whose rows have `line` values, to its cells. */
function addEdges(
  cells: Float32Array,
  data: Float32Array,
  start: number,
  line: number,
  channels: number,
  rows: Parts,
  cols: Parts,
): void {
  for (let y = 1; y < rows.first.length - 1; y++) {
    for (let x = 1; x < cols.first.length - 1; x++) {
      let [across, down, most] = [0, 0, 0]
      const from = start + y * line + x * channels
      for (let at = from; at < from + channels; at++) {
        const dx = data[at + channels]! - data[at - channels]!
        const dy = data[at + line]! - data[at - line]!
        const squares = dx * dx + dy * dy
        if (squares > most) [across, down, most] = [dx, dy, squares]
      }
      if (most > 0) addEdge(cells, across, down, y, x, rows, cols)
    }
  }
}

/** Adds a gradient as the sum of one along an axis and one along a diagonal, an eighth of a turn apart, to the parts about it. */
function addEdge(
  cells: Float32Array,
  across: number,
  down: number,
  y: number,
  x: number,
  rows: Parts,
  cols: Parts,
): void {
  const [wide, high] = [Math.abs(across), Math.abs(down)]
  const axis = wide > high ? (across > 0 ? 0 : 4) : down > 0 ? 2 : 6
  const diagonal = across > 0 ? (down > 0 ? 1 : 7) : down > 0 ? 3 : 5
  const straight = Math.abs(wide - high)
  const slanted = Math.SQRT2 * Math.min(wide, high)
  for (let v = 0; v < 2; v++) {
    for (let u = 0; u < 2; u++) {
      const weight = rows.share[2 * y + v]! * cols.share[2 * x + u]!
      if (weight === 0) continue
      const cell = ((rows.first[y]! + v) * cols.count + cols.first[x]! + u) * DIRECTIONS
      cells[cell + axis] = cells[cell + axis]! + weight * straight
      cells[cell + diagonal] = cells[cell + diagonal]! + weight * slanted
    }
  }
}

interface Parts {
  readonly count: number
  /** By pixel: the first of the two parts that it counts in, and how far in each; nothing where there is no such part. */
  readonly first: Int32Array
  readonly share: Float64Array
}

/** The parts along one side. A pixel counts in the two whose middles it lies between, in the nearer one more. */
function partsOf(side: number): Parts {
  const count = Math.min(PARTS, side >> 1)
  const first = new Int32Array(side)
  const share = new Float64Array(2 * side)
  for (let pixel = 0; pixel < side; pixel++) {
    const place = ((pixel + 0.5) * count) / side - 0.5
    const before = Math.floor(place)
    first[pixel] = before
    if (before >= 0) share[2 * pixel] = 1 - (place - before)
    if (before + 1 < count) share[2 * pixel + 1] = place - before
  }
  return { count, first, share }
}
