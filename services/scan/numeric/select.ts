/**
 * The value at `place` of the values in ascending order (quickselect, Hoare 1961); undefined outside them. It reorders
 * `values`, so a caller that needs their order passes a copy. NaN comes last, as in sorted typed arrays.
 */
export function nth(values: Float64Array, place: number): number | undefined {
  if (!(place >= 0 && place < values.length)) return undefined
  let [low, high] = [0, withoutNaN(values) - 1]
  if (place > high) return Number.NaN
  while (low < high) {
    const pivot = middleOf(values[low]!, values[(low + high) >> 1]!, values[high]!)
    let [left, right] = [low, high]
    while (left <= right) {
      while (values[left]! < pivot) left++
      while (values[right]! > pivot) right--
      if (left > right) break
      const held = values[left]!
      values[left++] = values[right]!
      values[right--] = held
    }
    // Between the two sides are values equal to the pivot.
    if (place <= right) high = right
    else if (place >= left) low = left
    else break
  }
  return values[place]
}

/** The median of the values, the mean of the middle two for an even number; 0 without values. It reorders them. */
export function medianOf(values: Float64Array): number {
  const middle = values.length >> 1
  const upper = nth(values, middle)
  if (upper === undefined) return 0
  if (values.length % 2 === 1) return upper
  // All values before the middle are no larger: the lower of the middle two is the largest of them.
  let lower = -Infinity
  for (let at = 0; at < middle; at++) lower = Math.max(lower, values[at]!)
  return (lower + upper) / 2
}

/** Moves NaN to the end; returns how many numbers there are. */
function withoutNaN(values: Float64Array): number {
  let count = 0
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!
    if (Number.isNaN(value)) continue
    values[at] = values[count]!
    values[count++] = value
  }
  return count
}

function middleOf(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
