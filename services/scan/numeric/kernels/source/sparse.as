/** Sparse rows times dense ones. Row i of the sparse matrix has `values[at]` in column `columns[at]`, at in starts[i] … ends[i]. */

/** Columns that are summed at a time, in registers. */
const WIDE: i32 = 32

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
    const rest = k - j
    if (rest > 0) {
      for (let at = columns + first, value = values + first; at < end; at += 4, value += 4) {
        addScaled(out, table + (<usize>j << 2) + <usize>load<i32>(at) * length, load<f32>(value), rest)
      }
    }
    out += <usize>rest << 2
  }
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

/** table (cols × k) += sparseᵀ · rows (n × k) */
export function scatterRows(
  n: i32,
  starts: usize,
  ends: usize,
  columns: usize,
  values: usize,
  rows: usize,
  k: i32,
  table: usize,
): void {
  const length = <usize>k << 2
  for (let i = 0; i < n; i++, rows += length, starts += 4, ends += 4) {
    const end = load<i32>(ends)
    for (let at = load<i32>(starts); at < end; at++) {
      const to = table + <usize>load<i32>(columns + (<usize>at << 2)) * length
      addScaled(to, rows, load<f32>(values + (<usize>at << 2)), k)
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
