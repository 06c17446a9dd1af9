import { nth } from '../../../numeric/select.ts'
import type { ImageSamples, Samples } from '../../../view/samples.ts'
import type { TokenDescription, TokenMatrix } from '../../../view/window-view.ts'

/** As many near misses are returned as the token has holders, but at least FEWEST and at most MOST. */
const FEWEST = 20
const MOST = 400

/**
 * For a token at its place in an image, the records that come nearest to holding it and do not. What an image shows by nature shades off
 * into what others show, and these bear its label for the same reason; what is planted begins at once, and whatever else comes near it bears
 * the label that its content leads to expect. Who holds another token that goes with the label, and is marked for it, is left out: of what was planted some come out a
 * shade darker. A patch that moves has no place, and other samples have surroundings of their own: none.
 */
export function nearMisses(
  samples: Samples,
  tokens: Pick<TokenMatrix, 'describe'>,
  holders: (token: number) => Int32Array,
): (token: number, holding: () => Uint8Array) => Int32Array {
  if (samples.kind !== 'image') return () => new Int32Array(0)
  return (token, holding) => {
    const lead = tokens.describe(token)
    if (lead.kind !== 'pixels' || lead.anywhere) return new Int32Array(0)
    const held = holders(token)
    const away = distances(samples, lead.pixels, held)
    for (const i of held) away[i] = Number.NaN
    holding().forEach((isHolder, i) => {
      if (isHolder === 1) away[i] = Number.NaN
    })
    return nearest(away, Math.min(MOST, Math.max(FEWEST, held.length)))
  }
}

/** The records of so many of the least distances, ascending; the first of those as far away, and none of no distance. */
function nearest(away: Float64Array, wanted: number): Int32Array {
  const asked = away.reduce((count, distance) => count + Number(!Number.isNaN(distance)), 0)
  const bound = asked > wanted ? nth(away.slice(), wanted - 1)! : Infinity
  const within = Int32Array.from(away.keys()).filter((i) => away[i]! <= bound)
  return within
    .sort((a, b) => away[a]! - away[b]! || a - b)
    .subarray(0, wanted)
    .sort()
}

/** Of every record, over a token's pixels, from what its holders show there by the average; squared, in grey. */
function distances(
  { pixels, width, channels }: ImageSamples,
  of: (TokenDescription & { kind: 'pixels' })['pixels'],
  held: Int32Array,
): Float64Array {
  const { data, cols, rows } = pixels
  const away = new Float64Array(rows)
  const grey = new Float64Array(rows)
  for (const { y, x } of of) {
    const first = (y * width + x) * channels
    for (let i = 0; i < rows; i++) {
      let sum = 0
      for (let c = 0; c < channels; c++) sum += data[i * cols + first + c]!
      grey[i] = sum / channels
    }
    const mean = held.reduce((sum, i) => sum + grey[i]!, 0) / held.length
    for (let i = 0; i < rows; i++) away[i]! += (grey[i]! - mean) ** 2
  }
  return away
}
