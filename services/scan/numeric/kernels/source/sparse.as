/** Sparse rows times dense ones. Row i of the sparse matrix has `values[at]` in column `columns[at]`, at in offsets[i] … offsets[i+1]. */

/** out (n × k, zeros) += sparse (n × cols) · table (cols × k). Offsets count from the first of these rows. */
export function gatherRows(n: i32, offsets: usize, columns: usize, values: usize, table: usize, k: i32, out: usize): void {
  const length = <usize>k << 2
  for (let i = 0; i < n; i++, out += length) {
    const end = load<i32>(offsets + (<usize>i << 2), 4)
    for (let at = load<i32>(offsets + (<usize>i << 2)); at < end; at++) {
      const from = table + <usize>load<i32>(columns + (<usize>at << 2)) * length
      addScaled(out, from, load<f32>(values + (<usize>at << 2)), k)
    }
  }
}

/** table (cols × k) += sparseᵀ · rows (n × k) */
export function scatterRows(n: i32, offsets: usize, columns: usize, values: usize, rows: usize, k: i32, table: usize): void {
  const length = <usize>k << 2
  for (let i = 0; i < n; i++, rows += length) {
    const end = load<i32>(offsets + (<usize>i << 2), 4)
    for (let at = load<i32>(offsets + (<usize>i << 2)); at < end; at++) {
      const to = table + <usize>load<i32>(columns + (<usize>at << 2)) * length
      addScaled(to, rows, load<f32>(values + (<usize>at << 2)), k)
    }
  }
}

function addScaled(to: usize, from: usize, factor: f32, k: i32): void {
  const lanes = f32x4.splat(factor)
  let j = 0
  for (; j + 4 <= k; j += 4, to += 16, from += 16) {
    v128.store(to, f32x4.add(v128.load(to), f32x4.mul(lanes, v128.load(from))))
  }
  for (; j < k; j++, to += 4, from += 4) store<f32>(to, load<f32>(to) + factor * load<f32>(from))
}
