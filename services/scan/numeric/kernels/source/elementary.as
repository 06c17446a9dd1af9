/** Elementary functions of four numbers at once, from additions and products alone: the same bits on every machine. */

/** eˣ to two units in the last place, for x held within ±87 (range reduction and polynomial of Cephes `expf`, Moshier 1992). */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  const held = f32x4.max(f32x4.min(x, f32x4.splat(87)), f32x4.splat(-87))
  const power = f32x4.nearest(f32x4.mul(held, f32x4.splat(1.44269504088896341)))
  let r = f32x4.sub(held, f32x4.mul(power, f32x4.splat(0.693359375)))
  r = f32x4.sub(r, f32x4.mul(power, f32x4.splat(-2.12194440e-4)))
  let y = f32x4.splat(1.9875691500e-4)
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.3981999507e-3))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(8.3334519073e-3))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(4.1665795894e-2))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.6666665459e-1))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(5.0000001201e-1))
  y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(y, r), r), r), f32x4.splat(1))
  const scale = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(power), i32x4.splat(127)), 23)
  return f32x4.mul(y, scale)
}

/** The natural logarithm of positive normal numbers, to three units in the last place (Cephes `logf`). */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  // x = m · 2ᵉ with m within √½ … √2.
  const shifted = i32x4.sub(x, i32x4.splat(0x3f3504f3))
  const power = i32x4.shr_s(shifted, 23)
  const m = i32x4.sub(x, i32x4.shl(power, 23))
  const e = f32x4.convert_i32x4_s(power)
  const r = f32x4.sub(m, f32x4.splat(1))
  let y = f32x4.splat(7.0376836292e-2)
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(-1.1514610310e-1))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.1676998740e-1))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(-1.2420140846e-1))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(1.4249322787e-1))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(-1.6668057665e-1))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(2.0000714765e-1))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(-2.4999993993e-1))
  y = f32x4.add(f32x4.mul(y, r), f32x4.splat(3.3333331174e-1))
  const square = f32x4.mul(r, r)
  y = f32x4.mul(f32x4.mul(y, r), square)
  y = f32x4.add(y, f32x4.mul(e, f32x4.splat(-2.12194440e-4)))
  y = f32x4.sub(y, f32x4.mul(square, f32x4.splat(0.5)))
  return f32x4.add(f32x4.add(r, y), f32x4.mul(e, f32x4.splat(0.693359375)))
}

/** cos x, to 3e-7 for |x| up to a hundred turns: 1 − 2 sin² of half the angle within its turn. */
// @ts-ignore: decorator
@inline
export function cos4(x: v128): v128 {
  const turns = f32x4.nearest(f32x4.mul(x, f32x4.splat(0.15915494309189535)))
  let r = f32x4.sub(x, f32x4.mul(turns, f32x4.splat(6.28125)))
  r = f32x4.sub(r, f32x4.mul(turns, f32x4.splat(1.9353071795864769e-3)))
  const h = f32x4.mul(r, f32x4.splat(0.5))
  const square = f32x4.mul(h, h)
  let s = f32x4.splat(-2.5052108385441720e-8)
  s = f32x4.add(f32x4.mul(s, square), f32x4.splat(2.7557319223985893e-6))
  s = f32x4.add(f32x4.mul(s, square), f32x4.splat(-1.9841269841269841e-4))
  s = f32x4.add(f32x4.mul(s, square), f32x4.splat(8.3333333333333333e-3))
  s = f32x4.add(f32x4.mul(s, square), f32x4.splat(-1.6666666666666666e-1))
  s = f32x4.mul(h, f32x4.add(f32x4.mul(s, square), f32x4.splat(1)))
  return f32x4.sub(f32x4.splat(1), f32x4.mul(f32x4.splat(2), f32x4.mul(s, s)))
}

/** The sum of the four, pairwise. */
// @ts-ignore: decorator
@inline
export function total4(x: v128): f64 {
  const even: f64 = <f64>f32x4.extract_lane(x, 0) + <f64>f32x4.extract_lane(x, 2)
  const odd: f64 = <f64>f32x4.extract_lane(x, 1) + <f64>f32x4.extract_lane(x, 3)
  return even + odd
}
