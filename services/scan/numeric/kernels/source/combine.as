/** Rows along combinations of their columns, in double precision. */

/** Rows that are combined side by side: each addition to a single sum would wait for the one before. */
const ABREAST: i32 = 8

/**
 * out (8 × groups doubles) += for each row, the sum of its squares along `m` combinations of `d` columns, in `units` (m) of each.
 * `packed` has eight rows after eight, column by column (groups × d × 8); `factors` is m × d. Columns are added in order.
 */
export function squaresAlong(
  groups: i32,
  d: i32,
  packed: usize,
  m: i32,
  factors: usize,
  units: usize,
  out: usize,
): void {
  const size = <usize>(d * ABREAST) << 3
  for (let group = 0; group < groups; group++, packed += size, out += ABREAST << 3) {
    let by = factors
    for (let r = 0; r < m; r++) {
      let a = f64x2.splat(0)
      let b = f64x2.splat(0)
      let c = f64x2.splat(0)
      let e = f64x2.splat(0)
      for (let at = packed; at < packed + size; at += ABREAST << 3, by += 8) {
        const factor = v128.load64_splat(by)
        a = f64x2.add(a, f64x2.mul(factor, v128.load(at)))
        b = f64x2.add(b, f64x2.mul(factor, v128.load(at, 16)))
        c = f64x2.add(c, f64x2.mul(factor, v128.load(at, 32)))
        e = f64x2.add(e, f64x2.mul(factor, v128.load(at, 48)))
      }
      const unit = v128.load64_splat(units + (<usize>r << 3))
      v128.store(out, f64x2.add(v128.load(out), f64x2.div(f64x2.mul(a, a), unit)))
      v128.store(out, f64x2.add(v128.load(out, 16), f64x2.div(f64x2.mul(b, b), unit)), 16)
      v128.store(out, f64x2.add(v128.load(out, 32), f64x2.div(f64x2.mul(c, c), unit)), 32)
      v128.store(out, f64x2.add(v128.load(out, 48), f64x2.div(f64x2.mul(e, e), unit)), 48)
    }
  }
}
