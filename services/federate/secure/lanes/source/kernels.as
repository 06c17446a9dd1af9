/** Sums of vectors of 32-bit words, modulo 2³², in memory that is given to each. Pointers are bytes; `end` is that of `to`. */

/** to[i] += from[i], in whole vectors of four words: at least one. */
export function add(to: usize, from: usize, end: usize): void {
  do {
    v128.store(to, i32x4.add(v128.load(to), v128.load(from)))
    from += 16
    to += 16
  } while (to < end)
}

/** to[i] −= from[i], likewise. */
export function take(to: usize, from: usize, end: usize): void {
  do {
    v128.store(to, i32x4.sub(v128.load(to), v128.load(from)))
    from += 16
    to += 16
  } while (to < end)
}

/** to[i] += the i-th number of `width` bits from `from` on, low bits first; `low` is the highest of that width. Eight bytes are read at once, up to seven beyond the last number. */
export function addPacked(to: usize, from: usize, end: usize, width: u32, low: u32): void {
  let bit: u32 = 0
  do {
    const eight = load<u64>(from + (bit >> 3))
    store<u32>(to, load<u32>(to) + (<u32>(eight >> (bit & 7)) & low))
    bit += width
    to += 4
  } while (to < end)
}

/** to[i] = the low `width` bits of the i-th word from `from` on, one after the other, low bits first; what follows the last one up to a whole word is 0. `end` is that of `from`. */
export function pack(to: usize, from: usize, end: usize, width: u32, low: u32): void {
  let held: u64 = 0
  let count: u32 = 0
  do {
    held |= (<u64>(load<u32>(from) & low)) << count
    count += width
    if (count >= 32) {
      store<u32>(to, <u32>held)
      held >>= 32
      count -= 32
      to += 4
    }
    from += 4
  } while (from < end)
  store<u32>(to, <u32>held)
}

/**
 * to[i] = weight · min(max(⌊(from[i] + range) · scale + chance[i]⌋, 0), top), of whose chances the high 24 bits are parts of 1; two at a time. Returns how many
 * lie outside the range, or −1 where one is not finite.
 */
export function quantise(to: usize, from: usize, chance: usize, end: usize, range: f64, scale: f64, top: f64, weight: i32): i32 {
  const ranges = f64x2.splat(range)
  const scales = f64x2.splat(scale)
  const tops = f64x2.splat(top)
  const weights = i32x4.splat(weight)
  const parts = f64x2.splat(1.0 / 16777216.0)
  const zero = f64x2.splat(0)
  const infinite = f64x2.splat(Infinity)
  let outside = i64x2.splat(0)
  let finite = i64x2.splat(-1)
  do {
    const value = v128.load(from)
    const size = f64x2.abs(value)
    outside = i64x2.sub(outside, f64x2.gt(size, ranges))
    finite = v128.and(finite, f64x2.lt(size, infinite))
    const chances = f64x2.mul(f64x2.convert_low_i32x4_u(i32x4.shr_u(v128.load64_zero(chance), 8)), parts)
    const steps = f64x2.floor(f64x2.add(f64x2.mul(f64x2.add(value, ranges), scales), chances))
    const kept = i32x4.trunc_sat_f64x2_s_zero(f64x2.min(f64x2.max(steps, zero), tops))
    v128.store64_lane(to, i32x4.mul(kept, weights), 0)
    from += 16
    chance += 8
    to += 8
  } while (to < end)
  if (!i64x2.all_true(finite)) return -1
  return <i32>(i64x2.extract_lane(outside, 0) + i64x2.extract_lane(outside, 1))
}

/** to[i] = (middle + the word less middle, of which `spare` high bits are not there) / weight · step − range, in doubles; two at a time, `end` is that of `from`. */
export function mean(to: usize, from: usize, end: usize, middle: i32, spare: i32, weight: f64, step: f64, range: f64): void {
  const middles = i32x4.splat(middle)
  const middleParts = f64x2.splat(<f64>middle)
  const weights = f64x2.splat(weight)
  const steps = f64x2.splat(step)
  const ranges = f64x2.splat(range)
  do {
    const around = i32x4.shr_s(i32x4.shl(i32x4.sub(v128.load64_zero(from), middles), spare), spare)
    const sum = f64x2.add(f64x2.convert_low_i32x4_s(around), middleParts)
    v128.store(to, f64x2.sub(f64x2.mul(f64x2.div(sum, weights), steps), ranges))
    from += 8
    to += 16
  } while (from < end)
}
