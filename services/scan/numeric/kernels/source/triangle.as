/** Triangles in double precision. */

/** Σ a·b over `length` doubles, in four sums. */
function dot(a: usize, b: usize, length: i32): f64 {
  let even = f64x2.splat(0)
  let odd = f64x2.splat(0)
  let at = 0
  for (; at + 4 <= length; at += 4, a += 32, b += 32) {
    even = f64x2.add(even, f64x2.mul(v128.load(a), v128.load(b)))
    odd = f64x2.add(odd, f64x2.mul(v128.load(a, 16), v128.load(b, 16)))
  }
  const both = f64x2.add(even, odd)
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1)
  for (; at < length; at++, a += 8, b += 8) sum += load<f64>(a) * load<f64>(b)
  return sum
}

/** Overwrites the symmetric a (d × d) by L with a = L Lᵀ, zeros above. Returns −1, or the row at which a is not positive definite. */
export function cholesky(a: usize, d: i32): i32 {
  const length = (<usize>d) << 3
  for (let i = 0; i < d; i++) {
    const row = a + <usize>i * length
    for (let j = 0; j < i; j++) {
      const other = a + <usize>j * length
      const at = row + ((<usize>j) << 3)
      store<f64>(at, (load<f64>(at) - dot(row, other, j)) / load<f64>(other + ((<usize>j) << 3)))
    }
    const at = row + ((<usize>i) << 3)
    const rest = load<f64>(at) - dot(row, row, i)
    if (!(rest > 0)) return i
    store<f64>(at, sqrt(rest))
    memory.fill(at + 8, 0, (d - i - 1) << 3)
  }
  return -1
}

/** Writes the inverse of a lower triangle to `inverse` (d × d), which holds zeros. */
export function invertLower(lower: usize, d: i32, inverse: usize): void {
  const length = (<usize>d) << 3
  for (let i = 0; i < d; i++) {
    const row = lower + <usize>i * length
    const to = inverse + <usize>i * length
    // Row i of the inverse is −1/Lᵢᵢ times the sum over k < i of Lᵢₖ times its row k.
    for (let k = 0; k < i; k++) {
      const factor = f64x2.splat(load<f64>(row + ((<usize>k) << 3)))
      const from = inverse + <usize>k * length
      for (let j = 0; j <= k; j += 2) {
        const at = (<usize>j) << 3
        v128.store(to + at, f64x2.add(v128.load(to + at), f64x2.mul(factor, v128.load(from + at))))
      }
    }
    const scale = 1 / load<f64>(row + ((<usize>i) << 3))
    for (let j = 0; j < i; j++) store<f64>(to + ((<usize>j) << 3), -scale * load<f64>(to + ((<usize>j) << 3)))
    store<f64>(to + ((<usize>i) << 3), scale)
  }
}
