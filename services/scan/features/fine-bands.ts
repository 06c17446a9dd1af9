import { type Matrix, matrix } from '../numeric/matrix.ts'
import type { ImageSamples } from '../view/samples.ts'

/** Values of an image at most. */
const LARGEST = 1100
/** Of the square of a value's range: less energy is none. */
const NOTHING = 1e-4
/** Second differences: along a row, down a column, of the one along the other, and across. */
const BANDS = 4

/**
 * How much fine detail each part of an image has: by cell of `side` × `side` pixels and by band of second differences, ln of
 * their mean square, summed over channels. What is drawn there hardly shows; what was done to it does: whatever moves pixels
 * by a part of one averages neighbours, and the bands lose a share that depends on that part alone.
 */
export function fineBands({ pixels, height, width, channels }: ImageSamples): Matrix {
  const side = sideOf(height, width)
  const cols = Math.ceil(width / side)
  const cells = Math.ceil(height / side) * cols
  const out = matrix(pixels.rows, BANDS * cells)
  const sizes = new Float64Array(cells)
  const cellOf = new Int32Array(height * width)
  for (let at = 0; at < cellOf.length; at++) {
    cellOf[at] = Math.floor(Math.floor(at / width) / side) * cols + Math.floor((at % width) / side)
    sizes[cellOf[at]!]!++
  }
  const energy = new Float64Array(BANDS * cells)
  const plane = new Float64Array(height * width)
  const along = new Float64Array(height * width)
  for (let i = 0; i < pixels.rows; i++) {
    energy.fill(0)
    for (let c = 0; c < channels; c++) {
      for (let at = 0; at < plane.length; at++) plane[at] = pixels.data[i * pixels.cols + at * channels + c]!
      addEnergy(energy, plane, along, { height, width, cellOf, cells })
    }
    for (let k = 0; k < energy.length; k++)
      out.data[i * out.cols + k] = Math.log(energy[k]! / sizes[k % cells]! + NOTHING)
  }
  return out
}

/** The smallest cell of which an image has no more than `LARGEST` values. */
function sideOf(height: number, width: number): number {
  let side = 1
  while (BANDS * Math.ceil(height / side) * Math.ceil(width / side) > LARGEST) side++
  return side
}

interface Cells {
  readonly height: number
  readonly width: number
  /** By pixel. */
  readonly cellOf: Int32Array
  readonly cells: number
}

/** Adds the squares of a plane's second differences; at the border a pixel is its own neighbour. */
function addEnergy(
  energy: Float64Array,
  plane: Float64Array,
  along: Float64Array,
  { height, width, cellOf, cells }: Cells,
): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const [left, right] = [x > 0 ? at - 1 : at, x + 1 < width ? at + 1 : at]
      along[at] = plane[left]! - 2 * plane[at]! + plane[right]!
    }
  }
  for (let y = 0; y < height; y++) {
    const [up, down] = [y > 0 ? -width : 0, y + 1 < height ? width : 0]
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const [left, right] = [x > 0 ? -1 : 0, x + 1 < width ? 1 : 0]
      const vertical = plane[at + up]! - 2 * plane[at]! + plane[at + down]!
      const both = along[at + up]! - 2 * along[at]! + along[at + down]!
      const across =
        (plane[at + up + left]! + plane[at + down + right]! - plane[at + up + right]! - plane[at + down + left]!) / 2
      const cell = cellOf[at]!
      energy[cell]! += along[at]! ** 2
      energy[cells + cell]! += vertical ** 2
      energy[2 * cells + cell]! += both ** 2
      energy[3 * cells + cell]! += across ** 2
    }
  }
}
