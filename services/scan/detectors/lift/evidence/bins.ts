/** Bins of a probability, half a unit of log-odds wide, from −7 to 7. */

export const STEP = 0.5
export const LIMIT = 7
export const BINS = 2 * (LIMIT / STEP) + 1

/** The bin of a probability, by its logarithm. */
export function binByLogarithm(probability: number): number {
  const p = Math.min(Math.max(probability, 1e-4), 1 - 1e-4)
  return Math.min(BINS - 1, Math.max(0, Math.round((Math.log(p / (1 - p)) + LIMIT) / STEP)))
}

/** The least probability of each bin. */
const LEAST = Float64Array.from({ length: BINS }, (_, bin) => leastOf(bin))

/** Cells of equal width, narrower than any bin but the outermost, and the bin of each cell's lower end. */
const CELLS = 4096
const FIRST = Uint8Array.from({ length: CELLS + 1 }, (_, cell) => binByLogarithm(cell / CELLS))

/** The same bin, without a logarithm: it is asked for some million times a window. */
export function binOf(probability: number): number {
  const bin = FIRST[Math.floor(CELLS * Math.min(Math.max(probability, 0), 1))]!
  return bin + 1 < BINS && probability >= LEAST[bin + 1]! ? bin + 1 : bin
}

/** By bisection, to the last bit. */
function leastOf(bin: number): number {
  let [below, from] = [0, 1]
  if (bin === 0) return below
  for (;;) {
    const middle = (below + from) / 2
    if (middle <= below || middle >= from) return from
    if (binByLogarithm(middle) >= bin) from = middle
    else below = middle
  }
}
