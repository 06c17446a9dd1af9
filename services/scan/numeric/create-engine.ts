import type { Engine } from './engine.ts'
import { createGemmKernel, type GemmKernel, TILE_COLS, TILE_ROWS } from './gemm-kernel.ts'
import { type Matrix, matrix } from './matrix.ts'
import { sameInner } from './shapes.ts'

/** Blocks that fit into the caches of any processor; both numbers of rows and columns are whole tiles. */
const ROWS = 128
const COLS = 512
const INNER = 512
const [A, B, OUT, END] = [0, ROWS * INNER, (ROWS + COLS) * INNER, (ROWS + COLS) * INNER + ROWS * COLS]
const PAGE = 65_536

/** Matrix products in WebAssembly, on one thread: the same bytes on every machine, a third as fast as native code. */
export async function createEngine(): Promise<Engine> {
  const kernel = await createGemmKernel(Math.ceil((4 * END) / PAGE))
  return {
    name: 'wasm',
    async multiply(a, b) {
      sameInner(a.cols, b.rows)
      return product(kernel, plain(a), plain(b))
    },
    async multiplyTransposed(a, b) {
      sameInner(a.rows, b.rows)
      return product(kernel, transposed(a), plain(b))
    },
    async multiplyByTransposed(a, b) {
      sameInner(a.cols, b.cols)
      return product(kernel, plain(a), transposed(b))
    },
  }
}

/** A matrix as it is read: element (i, j) is `data[i * row + j * col]`. */
interface Operand {
  readonly data: Float32Array
  readonly rows: number
  readonly cols: number
  readonly row: number
  readonly col: number
}

const plain = ({ data, rows, cols }: Matrix): Operand => ({ data, rows, cols, row: cols, col: 1 })
const transposed = ({ data, rows, cols }: Matrix): Operand => ({ data, rows: cols, cols: rows, row: 1, col: cols })

/** Blocks of b stay in place while the blocks of a pass by (Goto & van de Geijn 2008); sums always in the same order. */
function product(kernel: GemmKernel, a: Operand, b: Operand): Matrix {
  const out = matrix(a.rows, b.cols)
  const memory = new Float32Array(kernel.memory.buffer)
  for (let col = 0; col < b.cols; col += COLS) {
    const cols = Math.min(COLS, b.cols - col)
    for (let inner = 0; inner < a.cols; inner += INNER) {
      const depth = Math.min(INNER, a.cols - inner)
      pack(memory, B, TILE_COLS, { ...b, rows: cols, row: b.col, col: b.row, cols: depth }, inner * b.row + col * b.col)
      for (let row = 0; row < a.rows; row += ROWS) {
        const rows = Math.min(ROWS, a.rows - row)
        pack(memory, A, TILE_ROWS, { ...a, rows, cols: depth }, row * a.row + inner * a.col)
        const colTiles = Math.ceil(cols / TILE_COLS)
        kernel.multiply(4 * A, 4 * B, 4 * OUT, Math.ceil(rows / TILE_ROWS), colTiles, depth)
        addTiles(out, memory, { row, col, rows, cols })
      }
    }
  }
  return out
}

/** Panels of `width` rows side by side, filled up with zeros: element (i, k) of a panel is at k * width + i. */
function pack(memory: Float32Array, at: number, width: number, block: Operand, start: number): void {
  const { data, rows, cols: depth, row, col } = block
  for (let first = 0; first < rows; first += width) {
    const panel = at + first * depth
    const filled = Math.min(width, rows - first)
    if (filled < width) memory.fill(0, panel, panel + width * depth)
    const end = panel + width * depth
    for (let i = 0; i < filled; i++) {
      let from = start + (first + i) * row
      for (let to = panel + i; to < end; to += width, from += col) memory[to] = data[from]!
    }
  }
}

interface Place {
  readonly row: number
  readonly col: number
  readonly rows: number
  readonly cols: number
}

/** Adds the kernel's tiles to the part of `out` that they are of. */
function addTiles({ data, cols: stride }: Matrix, memory: Float32Array, { row, col, rows, cols }: Place): void {
  const perRow = Math.ceil(cols / TILE_COLS) * TILE_ROWS * TILE_COLS
  for (let i = 0; i < rows; i++) {
    let from = OUT + Math.floor(i / TILE_ROWS) * perRow + (i % TILE_ROWS) * TILE_COLS
    const end = (row + i) * stride + col + cols
    for (let to = end - cols; to < end; from += (TILE_ROWS - 1) * TILE_COLS) {
      for (const stop = Math.min(end, to + TILE_COLS); to < stop; to++, from++) data[to] = data[to]! + memory[from]!
    }
  }
}
