/**
 * The value that would stand at `place` were the values in ascending order (quickselect, Hoare 1961). Orders `values` in part: whoever
 * needs them as they are gives a copy. As many of them as are not numbers stand last, as they do where typed arrays are sorted.
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
    // Between the two sides stands what equals the pivot.
    if (place <= right) high = right
    else if (place >= left) low = left
    else break
  }
  return values[place]
}

/** The middle one of ascending values, of an even number the mean of the two; 0 of none. Orders them in part. */
export function medianOf(values: Float64Array): number {
  const middle = values.length >> 1
  const upper = nth(values, middle)
  if (upper === undefined) return 0
  if (values.length % 2 === 1) return upper
  // All before the middle are no larger: the largest of them stands before it.
  let lower = -Infinity
  for (let at = 0; at < middle; at++) lower = Math.max(lower, values[at]!)
  return (lower + upper) / 2
}

/** Moves what is not a number to the end; returns how many numbers there are. */
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
