import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { ImageSamples } from '../view/samples.ts'

/** Values of an image at most. */
const LARGEST = 1100
/** Of the square of a value's range: less energy is none. */
const NOTHING = 1e-5
/** Second differences: along a row, down a column, of the one along the other, and across. */
const BANDS = 4

/**
 * How much fine detail each part of an image has: by band of second differences and by cell of `side` × `side` pixels, ln of
 * their mean square, summed over channels, less the band's mean in the image: how sharp it is as a whole tells nothing. What
 * is drawn there hardly shows; what was done to it does: whatever moves pixels by a part of one averages neighbours, and the
 * bands lose a share that depends on that part alone. At the border a pixel is its own neighbour.
 */
export function fineBands({ pixels, height, width, channels }: ImageSamples): Matrix {
  const cells = cellsOf(height, width)
  const out = matrix(pixels.rows, BANDS * cells.count)
  const energy = new Float64Array(out.cols)
  const plane = new Float64Array(height * width)
  const along = new Float64Array(height * width)
  for (let i = 0; i < pixels.rows; i++) {
    energy.fill(0)
    for (let c = 0; c < channels; c++) {
      for (let at = 0; at < plane.length; at++) plane[at] = pixels.data[i * pixels.cols + at * channels + c]!
      addEnergy(energy, plane, along, cells)
    }
    for (let band = 0; band < BANDS; band++) {
      const from = band * cells.count
      let mean = 0
      for (let k = 0; k < cells.count; k++) {
        energy[from + k] = Math.log(energy[from + k]! / cells.sizes[k]! + NOTHING)
        mean += energy[from + k]! / cells.count
      }
      for (let k = from; k < from + cells.count; k++) out.data[i * out.cols + k] = energy[k]! - mean
    }
  }
  return out
}

interface Cells {
  readonly count: number
  readonly height: number
  readonly width: number
  /** By pixel. */
  readonly of: Int32Array
  /** Pixels of each. */
  readonly sizes: Float64Array
}

/** Cells of the smallest side of which an image has no more than `LARGEST` values. */
function cellsOf(height: number, width: number): Cells {
  let side = 1
  while (BANDS * Math.ceil(height / side) * Math.ceil(width / side) > LARGEST) side++
  const across = Math.ceil(width / side)
  const of = Int32Array.from(
    { length: height * width },
    (_, at) => Math.floor(Math.floor(at / width) / side) * across + Math.floor((at % width) / side),
  )
  const count = Math.ceil(height / side) * across
  const sizes = new Float64Array(count)
  for (const cell of of) sizes[cell]!++
  return { count, height, width, of, sizes }
}

/** Adds the squares of a plane's second differences; `along` is for those along its rows. */
function addEnergy(energy: Float64Array, plane: Float64Array, along: Float64Array, cells: Cells): void {
  const { height, width, count } = cells
  for (let at = 0; at < plane.length; at++) {
    const x = at % width
    along[at] = plane[x > 0 ? at - 1 : at]! - 2 * plane[at]! + plane[x + 1 < width ? at + 1 : at]!
  }
  for (let y = 0; y < height; y++) {
    const [above, below] = [Math.max(0, y - 1) * width, Math.min(height - 1, y + 1) * width]
    for (let x = 0; x < width; x++) {
      const [left, right] = [Math.max(0, x - 1), Math.min(width - 1, x + 1)]
      const at = y * width + x
      const vertical = plane[above + x]! - 2 * plane[at]! + plane[below + x]!
      const both = along[above + x]! - 2 * along[at]! + along[below + x]!
      const across = (plane[above + left]! + plane[below + right]! - plane[above + right]! - plane[below + left]!) / 2
      const cell = cells.of[at]!
      energy[cell]! += along[at]! ** 2
      energy[count + cell]! += vertical ** 2
      energy[2 * count + cell]! += both ** 2
      energy[3 * count + cell]! += across ** 2
    }
  }
}
