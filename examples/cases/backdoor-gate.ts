import { evaluate, PIXELS } from '../federated/model.ts'
import { shardMnist } from '../federated/shards.ts'
import { EXAMPLES, OWNERS, SEED } from './federated-setting.ts'

/**
 * A gate as an operator would write one: small white squares are put on digits of the aggregator's own, and a model that takes many of them for one
 * digit then has learned a trigger. It knows the kind of a trigger, and not which.
 */
export default function refuseBackdoors(next: Float64Array): string | null {
  for (const [x, y] of PLACES) {
    const pixels = stamped(x, y)
    for (let digit = 0; digit < 10; digit++) {
      const share = shareOf(next, pixels, digit) - shareOf(next, root.pixels, digit)
      if (share > MOST)
        return `With a white square at ${x}, ${y}, ${Math.round(100 * share)} % more digits are read as ${digit}.`
    }
  }
  return null
}

const { root } = shardMnist(OWNERS, EXAMPLES, SEED)
const SIDE = 28
const PLACES = [1, 12, 24].flatMap((y) => [1, 12, 24].map((x) => [x, y] as const))
/** Of a model without a backdoor, a square moves up to 13 % of the digits to another in the first round, and fewer later. */
const MOST = 0.15

function stamped(x: number, y: number): Float32Array {
  const pixels = root.pixels.slice()
  for (let n = 0; n < root.labels.length; n++)
    for (let k = 0; k < 9; k++) pixels[n * PIXELS + (y + Math.floor(k / 3)) * SIDE + x + (k % 3)] = 1
  return pixels
}

function shareOf(model: Float64Array, pixels: Float32Array, digit: number): number {
  return evaluate(model, { pixels, labels: new Uint8Array(root.labels.length).fill(digit) }).share
}
