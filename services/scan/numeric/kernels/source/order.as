/** Numbers in ascending order, by their digits (radix sort), which costs a tenth of comparisons. */

const BITS: i32 = 11
const WIDTH: i32 = 1 << BITS
const DIGITS: i32 = 6
/** Bytes of counts that `ascend` needs. */
export const ORDER_COUNTS: i32 = (DIGITS * WIDTH) << 2

const SIGN: u64 = 0x8000000000000000
const NAN: u64 = 0x7ff8000000000000

/**
 * Sorts n doubles in place, NaN last, −0 before 0; `spare` has room for as many. `ids` (n integers, or none where 0) are
 * made the places that they had, equal numbers in the order of these; `spareIds` has room for as many.
 */
export function ascend(values: usize, n: i32, spare: usize, ids: usize, spareIds: usize, counts: usize): void {
  memory.fill(counts, 0, ORDER_COUNTS)
  for (let i = 0; i < n; i++) {
    const at = values + (<usize>i << 3)
    let bits = load<u64>(at)
    if ((bits & ~SIGN) > 0x7ff0000000000000) bits = NAN
    const key = bits ^ (<u64>(<i64>bits >> 63) | SIGN)
    store<u64>(at, key)
    let digits = key
    for (let digit = 0; digit < DIGITS; digit++, digits >>= BITS) {
      const place = counts + (<usize>(digit * WIDTH + (<i32>digits & (WIDTH - 1))) << 2)
      store<i32>(place, load<i32>(place) + 1)
    }
    if (ids != 0) store<i32>(ids + (<usize>i << 2), i)
  }
  let from = values
  let to = spare
  let fromIds = ids
  let toIds = spareIds
  for (let digit = 0; digit < DIGITS; digit++) {
    const starts = counts + (<usize>(digit * WIDTH) << 2)
    if (!startsOf(starts, n)) continue
    scatter(from, n, to, fromIds, toIds, starts, <u64>(digit * BITS))
    let other = from
    from = to
    to = other
    other = fromIds
    fromIds = toIds
    toIds = other
  }
  for (let i = 0; i < n; i++) {
    const key = load<u64>(from + (<usize>i << 3))
    store<u64>(values + (<usize>i << 3), key ^ (<u64>(<i64>~key >> 63) | SIGN))
  }
  if (fromIds != ids) memory.copy(ids, fromIds, <usize>n << 2)
}

/** Makes counts of a digit the places where its values begin; false where all numbers have the same. */
function startsOf(counts: usize, n: i32): bool {
  let sum = 0
  for (let value = 0; value < WIDTH; value++) {
    const at = counts + (<usize>value << 2)
    const count = load<i32>(at)
    if (count == n) return false
    store<i32>(at, sum)
    sum += count
  }
  return true
}

function scatter(from: usize, n: i32, to: usize, ids: usize, toIds: usize, starts: usize, shift: u64): void {
  for (let i = 0; i < n; i++) {
    const key = load<u64>(from + (<usize>i << 3))
    const at = starts + (<usize>(<i32>(key >> shift) & (WIDTH - 1)) << 2)
    const place = load<i32>(at)
    store<i32>(at, place + 1)
    store<u64>(to + (<usize>place << 3), key)
    if (ids != 0) store<i32>(toIds + (<usize>place << 2), load<i32>(ids + (<usize>i << 2)))
  }
}
