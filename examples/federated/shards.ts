import { seededRandom, type Random } from '#core/random.ts'
import { loadMnist } from '#cli/demo/datasets.ts'
import { PIXELS, type Examples } from './model.ts'

export interface Shards {
  /** One a client. */
  readonly clients: readonly Examples[]
  /** A few examples that the aggregator has of its own. */
  readonly root: Examples
  readonly test: Examples
}

const ROOT = 200
const TEST = 2000

/** MNIST among `count` clients of `each` examples: every one with digits in proportions of its own, or all in the same. */
export function shardMnist(count: number, each: number, seed: number, alike = false): Shards {
  const pool = loadMnist()
  const random = seededRandom(seed, 'shards')
  const drawn = random.permutation(pool.size).subarray(0, 2 * count * each + ROOT + TEST)
  const { samples, labels } = pool.take(drawn)
  if (samples.kind !== 'image') throw new TypeError('MNIST has images')
  const { data } = samples.pixels
  const digits = Uint8Array.from(labels.of)
  const pick = (indexes: readonly number[]): Examples => {
    const pixels = new Float32Array(indexes.length * PIXELS)
    for (const [i, n] of indexes.entries()) pixels.set(data.subarray(n * PIXELS, (n + 1) * PIXELS), i * PIXELS)
    return { pixels, labels: Uint8Array.from(indexes, (n) => digits[n]!) }
  }
  const range = (from: number, length: number) => Array.from({ length }, (_, i) => from + i)
  const byDigit = Array.from({ length: 10 }, (): number[] => [])
  for (let n = ROOT + TEST; n < digits.length; n++) byDigit[digits[n]!]!.push(n)
  const clients = Array.from({ length: count }, () => {
    const shares = alike ? Array.from({ length: 10 }, () => 0.1) : dirichlet(random)
    const indexes = Array.from({ length: each }, () => take(byDigit, shares, random))
    return pick(indexes)
  })
  return { clients, root: pick(range(0, ROOT)), test: pick(range(ROOT, TEST)) }
}

/** Proportions of which all are equally likely: a flat Dirichlet distribution (exponential numbers, normalised), as in Hsu et al. 2019. */
function dirichlet(random: Random): number[] {
  const parts = Array.from({ length: 10 }, () => -Math.log(1 - random.next()))
  const total = parts.reduce((sum, part) => sum + part, 0)
  return parts.map((part) => part / total)
}

/** One example by its digit's share; of another digit where that one has run out. */
function take(byDigit: number[][], shares: readonly number[], random: Random): number {
  let point = random.next()
  const digit = shares.findIndex((share) => (point -= share) < 0)
  for (let i = 0; i < 10; i++) {
    const found = byDigit[(Math.max(digit, 0) + i) % 10]!.pop()
    if (found !== undefined) return found
  }
  throw new RangeError('MNIST has fewer examples than the clients ask for')
}
