/**
 * Matrix products in single precision, c += a · b, after Goto & van de Geijn 2008, Anatomy of High-Performance Matrix
 * Multiplication: panels of a and b are copied so that the innermost loop reads memory in order, and that loop keeps a
 * tile of 4 × 8 sums in registers. Terms are added in the same order on every machine.
 */

const TILE_ROWS: i32 = 4
const TILE_COLS: i32 = 8
/** Terms, rows and columns of a block: a block of a stays in the second cache, one panel of b in the first. */
const DEPTH: i32 = 256
const ROWS: i32 = 64
const COLS: i32 = 1024

/** Panels of a in a block. */
const PANELS: i32 = ROWS / TILE_ROWS

/** Bytes of scratch memory that `product` needs. */
export const PRODUCT_SCRATCH: i32 = 4 * (DEPTH * COLS + DEPTH * ROWS + TILE_ROWS * TILE_COLS + PANELS * (DEPTH + 1))

/** The product in full. */
const WHOLE: i32 = 0
/** The product is symmetric (a = bᵀ): only tiles that reach the diagonal or lie above it are computed. */
const SYMMETRIC: i32 = 1
/** b is upper triangular: terms below its diagonal are zeros, and skipped. */
const TRIANGULAR: i32 = 2
/** a is lower triangular: terms above its diagonal are zeros, and skipped. */
const LOWER: i32 = 3

/**
 * c (m × n, row-major) += a (m × k) · b (k × n). Element (i, p) of a lies `i * aRow + p * aCol` floats from `a`, likewise of
 * b: with rows and columns exchanged the same memory is the transpose.
 */
export function product(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: i32,
  aCol: i32,
  b: usize,
  bRow: i32,
  bCol: i32,
  c: usize,
  scratch: usize,
  shape: i32,
): void {
  const packedB = scratch
  const packedA = packedB + 4 * DEPTH * COLS
  const tile = packedA + 4 * DEPTH * ROWS
  const kept = tile + 4 * TILE_ROWS * TILE_COLS
  const lists = kept + 4 * PANELS
  for (let j = 0; j < n; j += COLS) {
    const cols = min(COLS, n - j)
    for (let p = 0; p < k; p += DEPTH) {
      if (shape == TRIANGULAR && p >= j + cols) break
      const depth = min(DEPTH, k - p)
      for (let at = 0; at < cols; at += TILE_COLS) {
        packCols(b + at4(p * bRow + (j + at) * bCol), bRow, bCol, depth, min(TILE_COLS, cols - at), packedB + at4(at * depth))
      }
      for (let i = 0; i < m; i += ROWS) {
        if (shape == SYMMETRIC && i >= j + cols) break
        const rows = min(ROWS, m - i)
        for (let at = 0; at < rows; at += TILE_ROWS) {
          const panel = packedA + at4(at * depth)
          packRows(a + at4((i + at) * aRow + p * aCol), aRow, aCol, depth, min(TILE_ROWS, rows - at), panel)
          store<i32>(kept + <usize>at, withoutZeros(panel, depth, lists + <usize>(at * DEPTH)))
        }
        for (let col = 0; col < cols; col += TILE_COLS) {
          const width = min(TILE_COLS, cols - col)
          const terms = shape == TRIANGULAR ? min(depth, j + col + TILE_COLS - p) : depth
          if (terms <= 0) continue
          for (let row = 0; row < rows; row += TILE_ROWS) {
            if (shape == SYMMETRIC && i + row >= j + col + TILE_COLS) break
            const height = min(TILE_ROWS, rows - row)
            const read = shape == LOWER ? min(terms, i + row + TILE_ROWS - p) : terms
            if (read <= 0) continue
            const target = c + at4((i + row) * n + j + col)
            const from = packedA + at4(row * depth)
            const by = packedB + at4(col * depth)
            const listed = load<i32>(kept + <usize>row)
            const list: usize = listed == ALL ? 0 : lists + <usize>(row * DEPTH)
            const some = listed == ALL ? read : listedBefore(read, listed, list)
            if (height != TILE_ROWS || width != TILE_COLS) addPart(some, from, by, list, tile, target, at4(n), height, width)
            else if (list == 0) addTile(some, from, by, target, at4(n))
            else addListed(some, from, by, list, target, at4(n))
          }
        }
      }
    }
  }
}

/** Copies the upper triangle of c (n × n) below the diagonal. */
export function mirror(n: i32, c: usize): void {
  for (let i = 1; i < n; i++) for (let j = 0; j < i; j++) store<f32>(c + at4(i * n + j), load<f32>(c + at4(j * n + i)))
}

// @ts-ignore: decorator
@inline
function at4(floats: i32): usize {
  return (<usize>floats) << 2
}

/** Up to four rows of a, term by term; missing rows as zeros. */
function packRows(a: usize, aRow: i32, aCol: i32, depth: i32, rows: i32, to: usize): void {
  if (rows == TILE_ROWS && aRow == 1) {
    for (let p = 0; p < depth; p++, to += 16) v128.store(to, v128.load(a + at4(p * aCol)))
    return
  }
  if (rows == TILE_ROWS && aCol == 1) {
    turnFour(a, at4(aRow), depth, to, 4 * TILE_ROWS)
    return
  }
  for (let r = 0; r < TILE_ROWS; r++) {
    const from = a + at4(r * aRow)
    for (let p = 0; p < depth; p++) {
      store<f32>(to + at4(p * TILE_ROWS + r), r < rows ? load<f32>(from + at4(p * aCol)) : 0)
    }
  }
}

/** Four rows of so many terms, `stride` bytes apart, as terms of four, `apart` bytes apart. */
function turnFour(rows: usize, stride: usize, terms: i32, to: usize, apart: usize): void {
  let p = 0
  for (; p + 4 <= terms; p += 4, rows += 16, to += 4 * apart) {
    const a = v128.load(rows)
    const b = v128.load(rows + stride)
    const c = v128.load(rows + 2 * stride)
    const d = v128.load(rows + 3 * stride)
    const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
    const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
    const ef = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
    const gh = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
    v128.store(to, v128.shuffle<f32>(ab, cd, 0, 1, 4, 5))
    v128.store(to + apart, v128.shuffle<f32>(ab, cd, 2, 3, 6, 7))
    v128.store(to + 2 * apart, v128.shuffle<f32>(ef, gh, 0, 1, 4, 5))
    v128.store(to + 3 * apart, v128.shuffle<f32>(ef, gh, 2, 3, 6, 7))
  }
  for (; p < terms; p++, rows += 4, to += apart) {
    store<f32>(to, load<f32>(rows))
    store<f32>(to, load<f32>(rows + stride), 4)
    store<f32>(to, load<f32>(rows + 2 * stride), 8)
    store<f32>(to, load<f32>(rows + 3 * stride), 12)
  }
}

/** Up to eight columns of b, term by term; missing columns as zeros. */
function packCols(b: usize, bRow: i32, bCol: i32, depth: i32, cols: i32, to: usize): void {
  if (cols == TILE_COLS && bCol == 1) {
    for (let p = 0; p < depth; p++, to += 32) {
      const from = b + at4(p * bRow)
      v128.store(to, v128.load(from))
      v128.store(to, v128.load(from, 16), 16)
    }
    return
  }
  if (cols == TILE_COLS && bRow == 1) {
    turnFour(b, at4(bCol), depth, to, 4 * TILE_COLS)
    turnFour(b + 4 * at4(bCol), at4(bCol), depth, to + 16, 4 * TILE_COLS)
    return
  }
  for (let c = 0; c < TILE_COLS; c++) {
    const from = b + at4(c * bCol)
    for (let p = 0; p < depth; p++) {
      store<f32>(to + at4(p * TILE_COLS + c), c < cols ? load<f32>(from + at4(p * bRow)) : 0)
    }
  }
}

/** Every term of a panel counts. */
const ALL: i32 = -1
/** Every fifth term tells whether there are zeros: pixels of images stand in rows of other lengths. */
const ASKED: i32 = 5

/**
 * Terms that are zeros in all four rows of a panel add nothing: where an eighth of those asked are, the others are moved together, and where each
 * of them stands in a panel of b, in bytes, goes to `list`. Returns how many are left.
 */
function withoutZeros(panel: usize, depth: i32, list: usize): i32 {
  let zeros = 0
  for (let p = 0; p < depth; p += ASKED) zeros += i32(!v128.any_true(v128.load(panel + ((<usize>p) << 4))))
  if (8 * ASKED * zeros < depth) return ALL
  let to = panel
  for (let p = 0; p < depth; p++) {
    const terms = v128.load(panel + ((<usize>p) << 4))
    v128.store(to, terms)
    store<i32>(list, p << 5)
    const counts = <usize>v128.any_true(terms)
    to += counts << 4
    list += counts << 2
  }
  return <i32>((to - panel) >> 4)
}

/** How many of the listed terms are among the first so many. */
function listedBefore(terms: i32, listed: i32, list: usize): i32 {
  while (listed > 0 && load<i32>(list + at4(listed - 1)) >= terms << 5) listed--
  return listed
}

/** Adds to a tile of 4 × 8 of c; `stride` is the length of a row of c in bytes. */
function addTile(terms: i32, a: usize, b: usize, c: usize, stride: usize): void {
  let s00 = f32x4.splat(0)
  let s01 = f32x4.splat(0)
  let s10 = f32x4.splat(0)
  let s11 = f32x4.splat(0)
  let s20 = f32x4.splat(0)
  let s21 = f32x4.splat(0)
  let s30 = f32x4.splat(0)
  let s31 = f32x4.splat(0)
  for (let p = 0; p < terms; p++) {
    const left = v128.load(b)
    const right = v128.load(b, 16)
    const a0 = v128.load32_splat(a)
    s00 = f32x4.add(s00, f32x4.mul(a0, left))
    s01 = f32x4.add(s01, f32x4.mul(a0, right))
    const a1 = v128.load32_splat(a, 4)
    s10 = f32x4.add(s10, f32x4.mul(a1, left))
    s11 = f32x4.add(s11, f32x4.mul(a1, right))
    const a2 = v128.load32_splat(a, 8)
    s20 = f32x4.add(s20, f32x4.mul(a2, left))
    s21 = f32x4.add(s21, f32x4.mul(a2, right))
    const a3 = v128.load32_splat(a, 12)
    s30 = f32x4.add(s30, f32x4.mul(a3, left))
    s31 = f32x4.add(s31, f32x4.mul(a3, right))
    a += 16
    b += 32
  }
  addRow(c, s00, s01)
  addRow(c + stride, s10, s11)
  addRow(c + 2 * stride, s20, s21)
  addRow(c + 3 * stride, s30, s31)
}

/** The same of listed terms. */
function addListed(terms: i32, a: usize, b: usize, list: usize, c: usize, stride: usize): void {
  let s00 = f32x4.splat(0)
  let s01 = f32x4.splat(0)
  let s10 = f32x4.splat(0)
  let s11 = f32x4.splat(0)
  let s20 = f32x4.splat(0)
  let s21 = f32x4.splat(0)
  let s30 = f32x4.splat(0)
  let s31 = f32x4.splat(0)
  for (let p = 0; p < terms; p++) {
    const at = b + <usize>load<i32>(list)
    const left = v128.load(at)
    const right = v128.load(at, 16)
    const a0 = v128.load32_splat(a)
    s00 = f32x4.add(s00, f32x4.mul(a0, left))
    s01 = f32x4.add(s01, f32x4.mul(a0, right))
    const a1 = v128.load32_splat(a, 4)
    s10 = f32x4.add(s10, f32x4.mul(a1, left))
    s11 = f32x4.add(s11, f32x4.mul(a1, right))
    const a2 = v128.load32_splat(a, 8)
    s20 = f32x4.add(s20, f32x4.mul(a2, left))
    s21 = f32x4.add(s21, f32x4.mul(a2, right))
    const a3 = v128.load32_splat(a, 12)
    s30 = f32x4.add(s30, f32x4.mul(a3, left))
    s31 = f32x4.add(s31, f32x4.mul(a3, right))
    a += 16
    list += 4
  }
  addRow(c, s00, s01)
  addRow(c + stride, s10, s11)
  addRow(c + 2 * stride, s20, s21)
  addRow(c + 3 * stride, s30, s31)
}

/** Both sums are read before either is written: a compiler may then take the two for one of eight. */
// @ts-ignore: decorator
@inline
function addRow(c: usize, left: v128, right: v128): void {
  const sumLeft = f32x4.add(v128.load(c), left)
  const sumRight = f32x4.add(v128.load(c, 16), right)
  v128.store(c, sumLeft)
  v128.store(c, sumRight, 16)
}

/** A tile that reaches over the edge of c: summed beside it, then added as far as c goes. */
function addPart(
  terms: i32,
  a: usize,
  b: usize,
  list: usize,
  tile: usize,
  c: usize,
  stride: usize,
  rows: i32,
  cols: i32,
): void {
  memory.fill(tile, 0, 4 * TILE_ROWS * TILE_COLS)
  if (list == 0) addTile(terms, a, b, tile, 4 * TILE_COLS)
  else addListed(terms, a, b, list, tile, 4 * TILE_COLS)
  for (let r = 0; r < rows; r++) {
    for (let j = 0; j < cols; j++) {
      const to = c + <usize>r * stride + at4(j)
      store<f32>(to, load<f32>(to) + load<f32>(tile + at4(r * TILE_COLS + j)))
    }
  }
}
