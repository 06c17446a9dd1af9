import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { ImageSamples } from '../view/samples.ts'

/** Values of an image at most. */
const LARGEST = 1100
/** Of the square of a value's range: less energy is none. */
const NOTHING = 1e-5
/** Second differences: along a row, down a column, of the one along the other, and across. */
const BANDS = 4
/** Of a cell so many pixels a side are read, so that a large image takes no longer than one of 128 pixels a side. */
const READ = 8

/**
 * How much fine detail each part of an image has: by band of second differences and by cell of `side` × `side` pixels, ln of
 * their mean square, summed over channels, less the band's mean in the image: how sharp it is as a whole tells nothing. What
 * is drawn there hardly shows; what was done to it does: whatever moves pixels by a part of one averages neighbours, and the
 * bands lose a share that depends on that part alone. At the border a pixel is its own neighbour.
 */
export function fineBands({ pixels: { data, rows, cols }, height, width, channels }: ImageSamples): Matrix {
  const { cells, of, sizes, places, ways } = readOf(height, width, channels)
  const out = matrix(rows, BANDS * cells)
  const energy = new Float64Array(out.cols)
  for (let i = 0; i < rows; i++) {
    energy.fill(0)
    for (let c = 0; c < channels; c++) addEnergy(energy, data, i * cols + c, { cells, of, places, ways })
    for (let from = 0; from < energy.length; from += cells) {
      let mean = 0
      for (let k = 0; k < cells; k++) {
        energy[from + k] = Math.log(energy[from + k]! / sizes[k]! + NOTHING)
        mean += energy[from + k]! / cells
      }
      for (let k = from; k < from + cells; k++) out.data[i * out.cols + k] = energy[k]! - mean
    }
  }
  return out
}

interface Read {
  readonly cells: number
  /** By pixel that is read: its cell, its place in an image, and the way up, down, left and right from there. */
  readonly of: Int32Array
  readonly places: Int32Array
  readonly ways: Int32Array
}

/** Cells of the smallest side of which an image has no more than `LARGEST` values, and how many pixels of each are read. */
function readOf(height: number, width: number, channels: number): Read & { readonly sizes: Float64Array } {
  let side = 1
  while (BANDS * Math.ceil(height / side) * Math.ceil(width / side) > LARGEST) side++
  const across = Math.ceil(width / side)
  const cells = Math.ceil(height / side) * across
  const [of, places, ways]: number[][] = [[], [], []]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (y % side >= READ || x % side >= READ) continue
      of!.push(Math.floor(y / side) * across + Math.floor(x / side))
      places!.push((y * width + x) * channels)
      ways!.push(y > 0 ? -width * channels : 0, y + 1 < height ? width * channels : 0)
      ways!.push(x > 0 ? -channels : 0, x + 1 < width ? channels : 0)
    }
  }
  const sizes = new Float64Array(cells)
  for (const cell of of!) sizes[cell]!++
  return { cells, of: Int32Array.from(of!), places: Int32Array.from(places!), ways: Int32Array.from(ways!), sizes }
}

/** Adds the squares of the second differences of one channel, which begins at `from`. */
function addEnergy(energy: Float64Array, data: Float32Array, from: number, { cells, of, places, ways }: Read): void {
  for (let k = 0; k < of.length; k++) {
    const at = from + places[k]!
    const [above, below] = [at + ways[4 * k]!, at + ways[4 * k + 1]!]
    const [left, right] = [ways[4 * k + 2]!, ways[4 * k + 3]!]
    const own = data[at + left]! - 2 * data[at]! + data[at + right]!
    const upper = data[above + left]! - 2 * data[above]! + data[above + right]!
    const lower = data[below + left]! - 2 * data[below]! + data[below + right]!
    const vertical = data[above]! - 2 * data[at]! + data[below]!
    const both = upper - 2 * own + lower
    const across = (data[above + left]! + data[below + right]! - data[above + right]! - data[below + left]!) / 2
    const cell = of[k]!
    energy[cell]! += own * own
    energy[cells + cell]! += vertical * vertical
    energy[2 * cells + cell]! += both * both
    energy[3 * cells + cell]! += across * across
  }
}
