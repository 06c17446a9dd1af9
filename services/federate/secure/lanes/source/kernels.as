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
