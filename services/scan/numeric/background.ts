import type { Matrix } from './matrix.ts'

/** Rows of which more than this share is not the background gain little by what products leave out of them. */
const STANDING_OUT = 0.6
/** So many rows, evenly spread, tell what the background is. */
const LOOKED_AT = 256

/** By column the value of most rows (Boyer & Moore 1981), whatever value where there is none; null where too much is not that. */
export function backgroundOf({ rows, cols, data }: Matrix): Float64Array | null {
  const [most, votes] = [new Float64Array(cols), new Int32Array(cols)]
  const step = Math.max(1, Math.floor(rows / LOOKED_AT))
  for (let i = 0; i < rows; i += step) vote(data, i * cols, most, votes)
  let [others, looked] = [0, 0]
  for (let i = 0; i < rows; i += step, looked++) others += different(data, i * cols, most)
  return others <= STANDING_OUT * looked * cols ? most : null
}

function vote(data: Float32Array, from: number, most: Float64Array, votes: Int32Array): void {
  for (let j = 0; j < most.length; j++) {
    const value = data[from + j]!
    if (votes[j] === 0) most[j] = value
    votes[j] = votes[j]! + (most[j] === value ? 1 : -1)
  }
}

function different(data: Float32Array, from: number, most: Float64Array): number {
  let count = 0
  for (let j = 0; j < most.length; j++) count += data[from + j] === most[j] ? 0 : 1
  return count
}
