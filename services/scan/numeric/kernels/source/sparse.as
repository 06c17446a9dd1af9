/** Sparse rows times dense ones. Row i of the sparse matrix has `values[at]` in column `columns[at]`, at in starts[i] … ends[i]. */
import { adam4 } from './network'

/** Columns that are summed at a time, in registers. */
const WIDE: i32 = 32
const HALF: i32 = 16
/** Bytes of a row of a panel. */
const PANEL: usize = 128

/** out (n × k) += sparse (n × cols) · table (cols × k) */
export function gatherRows(
  n: i32,
  starts: usize,
  ends: usize,
  columns: usize,
  values: usize,
  table: usize,
  k: i32,
  out: usize,
): void {
  const length = <usize>k << 2
  for (let i = 0; i < n; i++, starts += 4, ends += 4) {
    const first = <usize>load<i32>(starts) << 2
    const end = columns + (<usize>load<i32>(ends) << 2)
    let j = 0
    for (; j + WIDE <= k; j += WIDE, out += WIDE << 2) {
      let a = v128.load(out)
      let b = v128.load(out, 16)
      let c = v128.load(out, 32)
      let d = v128.load(out, 48)
      let e = v128.load(out, 64)
      let f = v128.load(out, 80)
      let g = v128.load(out, 96)
      let h = v128.load(out, 112)
      const start = table + (<usize>j << 2)
      for (let at = columns + first, value = values + first; at < end; at += 4, value += 4) {
        const from = start + <usize>load<i32>(at) * length
        const factor = v128.load32_splat(value)
        a = f32x4.add(a, f32x4.mul(factor, v128.load(from)))
        b = f32x4.add(b, f32x4.mul(factor, v128.load(from, 16)))
        c = f32x4.add(c, f32x4.mul(factor, v128.load(from, 32)))
        d = f32x4.add(d, f32x4.mul(factor, v128.load(from, 48)))
        e = f32x4.add(e, f32x4.mul(factor, v128.load(from, 64)))
        f = f32x4.add(f, f32x4.mul(factor, v128.load(from, 80)))
        g = f32x4.add(g, f32x4.mul(factor, v128.load(from, 96)))
        h = f32x4.add(h, f32x4.mul(factor, v128.load(from, 112)))
      }
      v128.store(out, a)
      v128.store(out, b, 16)
      v128.store(out, c, 32)
      v128.store(out, d, 48)
      v128.store(out, e, 64)
      v128.store(out, f, 80)
      v128.store(out, g, 96)
      v128.store(out, h, 112)
    }
    if (j + HALF <= k) {
      let a = v128.load(out)
      let b = v128.load(out, 16)
      let c = v128.load(out, 32)
      let d = v128.load(out, 48)
      const start = table + (<usize>j << 2)
      for (let at = columns + first, value = values + first; at < end; at += 4, value += 4) {
        const from = start + <usize>load<i32>(at) * length
        const factor = v128.load32_splat(value)
        a = f32x4.add(a, f32x4.mul(factor, v128.load(from)))
        b = f32x4.add(b, f32x4.mul(factor, v128.load(from, 16)))
        c = f32x4.add(c, f32x4.mul(factor, v128.load(from, 32)))
        d = f32x4.add(d, f32x4.mul(factor, v128.load(from, 48)))
      }
      v128.store(out, a)
      v128.store(out, b, 16)
      v128.store(out, c, 32)
      v128.store(out, d, 48)
      j += HALF
      out += HALF << 2
    }
    const rest = k - j
    if (rest > 0) {
      for (let at = columns + first, value = values + first; at < end; at += 4, value += 4) {
        addScaled(out, table + (<usize>j << 2) + <usize>load<i32>(at) * length, load<f32>(value), rest)
      }
    }
    out += <usize>rest << 2
  }
}

/** A table (rows × k) as panels of WIDE columns one after another, each row by row; missing columns as zeros. */
export function toPanels(table: usize, rows: i32, k: i32, panels: usize): void {
  const length = <usize>k << 2
  for (let j = 0; j < k; j += WIDE, table += WIDE << 2) {
    const width = <usize>min(WIDE, k - j) << 2
    let from = table
    for (let i = 0; i < rows; i++, from += length, panels += PANEL) {
      memory.copy(panels, from, width)
      if (width < PANEL) memory.fill(panels + width, 0, PANEL - width)
    }
  }
}

/**
 * out (n × k) = sparse (n × cols) · a table whose panels are `panels`, panel by panel: the columns that most rows have stay in the
 * processor's cache. `last` has room for WIDE floats.
 */
export function gatherPanels(
  n: i32,
  offsets: usize,
  columns: usize,
  values: usize,
  panels: usize,
  cols: i32,
  k: i32,
  last: usize,
  out: usize,
): void {
  const length = <usize>k << 2
  for (let j = 0; j < k; j += WIDE, panels += (<usize>cols * WIDE) << 2) {
    const width = min(WIDE, k - j)
    let to = out + (<usize>j << 2)
    for (let i = 0; i < n; i++, to += length) {
      const first = <usize>load<i32>(offsets + (<usize>i << 2)) << 2
      const end = columns + (<usize>load<i32>(offsets + (<usize>i << 2), 4) << 2)
      const sums = width == WIDE ? to : last
      if (width > HALF) sumWide(columns + first, end, values + first, panels, sums)
      else sumHalf(columns + first, end, values + first, panels, sums)
      if (width < WIDE) memory.copy(to, last, <usize>width << 2)
    }
  }
}

/** The sum of WIDE columns of the rows that are listed from `at` on, times their values. */
// @ts-ignore: decorator
@inline
function sumWide(at: usize, end: usize, value: usize, panel: usize, to: usize): void {
  let a = f32x4.splat(0)
  let b = a
  let c = a
  let d = a
  let e = a
  let f = a
  let g = a
  let h = a
  for (; at < end; at += 4, value += 4) {
    const from = panel + (<usize>load<i32>(at) << 7)
    const factor = v128.load32_splat(value)
    a = f32x4.add(a, f32x4.mul(factor, v128.load(from)))
    b = f32x4.add(b, f32x4.mul(factor, v128.load(from, 16)))
    c = f32x4.add(c, f32x4.mul(factor, v128.load(from, 32)))
    d = f32x4.add(d, f32x4.mul(factor, v128.load(from, 48)))
    e = f32x4.add(e, f32x4.mul(factor, v128.load(from, 64)))
    f = f32x4.add(f, f32x4.mul(factor, v128.load(from, 80)))
    g = f32x4.add(g, f32x4.mul(factor, v128.load(from, 96)))
    h = f32x4.add(h, f32x4.mul(factor, v128.load(from, 112)))
  }
  v128.store(to, a)
  v128.store(to, b, 16)
  v128.store(to, c, 32)
  v128.store(to, d, 48)
  v128.store(to, e, 64)
  v128.store(to, f, 80)
  v128.store(to, g, 96)
  v128.store(to, h, 112)
}

/** The same of its first HALF columns. */
// @ts-ignore: decorator
@inline
function sumHalf(at: usize, end: usize, value: usize, panel: usize, to: usize): void {
  let a = f32x4.splat(0)
  let b = a
  let c = a
  let d = a
  for (; at < end; at += 4, value += 4) {
    const from = panel + (<usize>load<i32>(at) << 7)
    const factor = v128.load32_splat(value)
    a = f32x4.add(a, f32x4.mul(factor, v128.load(from)))
    b = f32x4.add(b, f32x4.mul(factor, v128.load(from, 16)))
    c = f32x4.add(c, f32x4.mul(factor, v128.load(from, 32)))
    d = f32x4.add(d, f32x4.mul(factor, v128.load(from, 48)))
  }
  v128.store(to, a)
  v128.store(to, b, 16)
  v128.store(to, c, 32)
  v128.store(to, d, 48)
}

/**
 * c (m × n, zeros) += a (m × k), of which most elements are zeros, times b, whose rows are `stride` long. `list` holds two words for each
 * of the k, as far as it goes.
 */
export function productOfZeros(m: i32, n: i32, k: i32, a: usize, b: usize, stride: i32, c: usize, list: usize): void {
  const length = <usize>stride << 2
  for (let i = 0; i < m; i++, c += <usize>n << 2) {
    let end = list
    for (let p = 0; p < k; p++, a += 4) {
      const factor = load<f32>(a)
      store<f32>(end, factor)
      store<u32>(end, <u32>(b + <usize>p * length), 4)
      end += factor != 0 ? 8 : 0
      if (end - list < MOST_LISTED) continue
      addListed(list, end, c, n)
      end = list
    }
    addListed(list, end, c, n)
  }
}

/** Bytes of a list of factors and rows. */
const MOST_LISTED: usize = 65536

/** c (n) += factor · row, of all that are listed one after another. */
function addListed(list: usize, end: usize, c: usize, n: i32): void {
  let j = 0
  for (; j + WIDE <= n; j += WIDE, c += WIDE << 2) {
    let s0 = v128.load(c)
    let s1 = v128.load(c, 16)
    let s2 = v128.load(c, 32)
    let s3 = v128.load(c, 48)
    let s4 = v128.load(c, 64)
    let s5 = v128.load(c, 80)
    let s6 = v128.load(c, 96)
    let s7 = v128.load(c, 112)
    for (let at = list; at < end; at += 8) {
      const from = <usize>load<u32>(at, 4) + (<usize>j << 2)
      const factor = v128.load32_splat(at)
      s0 = f32x4.add(s0, f32x4.mul(factor, v128.load(from)))
      s1 = f32x4.add(s1, f32x4.mul(factor, v128.load(from, 16)))
      s2 = f32x4.add(s2, f32x4.mul(factor, v128.load(from, 32)))
      s3 = f32x4.add(s3, f32x4.mul(factor, v128.load(from, 48)))
      s4 = f32x4.add(s4, f32x4.mul(factor, v128.load(from, 64)))
      s5 = f32x4.add(s5, f32x4.mul(factor, v128.load(from, 80)))
      s6 = f32x4.add(s6, f32x4.mul(factor, v128.load(from, 96)))
      s7 = f32x4.add(s7, f32x4.mul(factor, v128.load(from, 112)))
    }
    v128.store(c, s0)
    v128.store(c, s1, 16)
    v128.store(c, s2, 32)
    v128.store(c, s3, 48)
    v128.store(c, s4, 64)
    v128.store(c, s5, 80)
    v128.store(c, s6, 96)
    v128.store(c, s7, 112)
  }
  const rest = n - j
  if (rest == 0) return
  for (let at = list; at < end; at += 8) {
    addScaled(c, <usize>load<u32>(at, 4) + (<usize>j << 2), load<f32>(at), rest)
  }
}

/**
 * The rows by column: column c holds `turned[at]` of row `rows[at]`, at in offsets[c] … offsets[c + 1], rows ascending. `offsets` has
 * room for two more than there are columns.
 */
export function turnRows(
  n: i32,
  starts: usize,
  ends: usize,
  columns: usize,
  values: usize,
  cols: i32,
  offsets: usize,
  rows: usize,
  turned: usize,
): void {
  memory.fill(offsets, 0, (<usize>cols + 2) << 2)
  for (let i = 0; i < n; i++) {
    const end = columns + (<usize>load<i32>(ends + (<usize>i << 2)) << 2)
    for (let at = columns + (<usize>load<i32>(starts + (<usize>i << 2)) << 2); at < end; at += 4) {
      const count = offsets + (<usize>load<i32>(at) << 2)
      store<i32>(count, load<i32>(count, 8) + 1, 8)
    }
  }
  let before = 0
  for (let c = 0; c < cols; c++) {
    const at = offsets + (<usize>c << 2)
    before += load<i32>(at, 4)
    store<i32>(at, before, 4)
  }
  // Where a column starts moves to where it ends, which is where the next one starts.
  for (let i = 0; i < n; i++) {
    const end = load<i32>(ends + (<usize>i << 2))
    for (let at = load<i32>(starts + (<usize>i << 2)); at < end; at++) {
      const next = offsets + (<usize>load<i32>(columns + (<usize>at << 2)) << 2)
      const to = load<i32>(next, 4)
      store<i32>(next, to + 1, 4)
      store<i32>(rows + (<usize>to << 2), i)
      store<f32>(turned + (<usize>to << 2), load<f32>(values + (<usize>at << 2)))
    }
  }
}

/**
 * One step of Adam for weights (cols × k) whose slopes are the transpose of sparse rows, turned by `turnRows`, times `slopes` (rows × k):
 * those are summed in registers, and nowhere kept. k is a multiple of WIDE.
 */
export function adamByRows(
  cols: i32,
  offsets: usize,
  rows: usize,
  turned: usize,
  slopes: usize,
  k: i32,
  value: usize,
  mean: usize,
  square: usize,
  rate: f32,
): void {
  const length = <usize>k << 2
  const rates = f32x4.splat(rate)
  for (let c = 0; c < cols; c++, offsets += 4) {
    const first = <usize>load<i32>(offsets) << 2
    const end = rows + (<usize>load<i32>(offsets, 4) << 2)
    for (let j = 0; j < k; j += WIDE) {
      let s0 = f32x4.splat(0)
      let s1 = s0
      let s2 = s0
      let s3 = s0
      let s4 = s0
      let s5 = s0
      let s6 = s0
      let s7 = s0
      const start = slopes + (<usize>j << 2)
      for (let at = rows + first, entry = turned + first; at < end; at += 4, entry += 4) {
        const from = start + <usize>load<i32>(at) * length
        const factor = v128.load32_splat(entry)
        s0 = f32x4.add(s0, f32x4.mul(factor, v128.load(from)))
        s1 = f32x4.add(s1, f32x4.mul(factor, v128.load(from, 16)))
        s2 = f32x4.add(s2, f32x4.mul(factor, v128.load(from, 32)))
        s3 = f32x4.add(s3, f32x4.mul(factor, v128.load(from, 48)))
        s4 = f32x4.add(s4, f32x4.mul(factor, v128.load(from, 64)))
        s5 = f32x4.add(s5, f32x4.mul(factor, v128.load(from, 80)))
        s6 = f32x4.add(s6, f32x4.mul(factor, v128.load(from, 96)))
        s7 = f32x4.add(s7, f32x4.mul(factor, v128.load(from, 112)))
      }
      adam4(s0, value, mean, square, rates)
      adam4(s1, value + 16, mean + 16, square + 16, rates)
      adam4(s2, value + 32, mean + 32, square + 32, rates)
      adam4(s3, value + 48, mean + 48, square + 48, rates)
      adam4(s4, value + 64, mean + 64, square + 64, rates)
      adam4(s5, value + 80, mean + 80, square + 80, rates)
      adam4(s6, value + 96, mean + 96, square + 96, rates)
      adam4(s7, value + 112, mean + 112, square + 112, rates)
      value += WIDE << 2
      mean += WIDE << 2
      square += WIDE << 2
    }
  }
}

function addScaled(to: usize, from: usize, factor: f32, k: i32): void {
  const lanes = f32x4.splat(factor)
  let j = 0
  for (; j + 8 <= k; j += 8, to += 32, from += 32) {
    const left = f32x4.add(v128.load(to), f32x4.mul(lanes, v128.load(from)))
    const right = f32x4.add(v128.load(to, 16), f32x4.mul(lanes, v128.load(from, 16)))
    v128.store(to, left)
    v128.store(to, right, 16)
  }
  for (; j < k; j++, to += 4, from += 4) store<f32>(to, load<f32>(to) + factor * load<f32>(from))
}
