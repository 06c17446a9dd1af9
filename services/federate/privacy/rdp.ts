import { logAdd, logErfc } from './log-numbers.ts'

/** Orders at which bounds are computed: those of Google's `dp-accounting`, so that figures can be compared. */
export const ORDERS: readonly number[] = [
  ...Array.from({ length: 99 }, (_, i) => 1 + (i + 1) / 10),
  ...Array.from({ length: 53 }, (_, i) => i + 11),
  128,
  256,
  512,
  1024,
]

/**
 * Rényi divergence at one order of a Gaussian mechanism with a standard deviation of `noise` sensitivities, on a sample that
 * contains each client with probability `sampling`, independently (Mironov, Talwar & Zhang 2019, "Rényi Differential Privacy of
 * the Sampled Gaussian Mechanism", sections 3.3 and 3.4). Infinity if it cannot be computed.
 */
export function sampledGaussianRdp(sampling: number, noise: number, order: number): number {
  if (sampling === 0) return 0
  if (noise === 0) return Infinity
  if (sampling === 1) return order / (2 * noise ** 2)
  const logA = Number.isInteger(order) ? wholeOrder(sampling, noise, order) : anyOrder(sampling, noise, order)
  return logA / (order - 1)
}

function wholeOrder(sampling: number, noise: number, order: number): number {
  let sum = -Infinity
  let logBinomial = 0
  for (let k = 0; k <= order; k++) {
    if (k > 0) logBinomial += Math.log((order - k + 1) / k)
    const term = logBinomial + k * Math.log(sampling) + (order - k) * Math.log1p(-sampling)
    sum = logAdd(sum, term + (k * k - k) / (2 * noise ** 2))
  }
  return sum
}

const NEGLIGIBLE = 30
const MOST_TERMS = 1000

/**
 * The series of section 3.3. Its binomials alternate in sign beyond the order. Their absolute values are added, as Google's
 * accountant does: this bounds the sum from above and loses no digits to cancellation.
 */
function anyOrder(sampling: number, noise: number, order: number): number {
  const crossing = noise ** 2 * Math.log(1 / sampling - 1) + 0.5
  const spread = Math.SQRT2 * noise
  let total = -Infinity
  let [lastBelow, lastAbove] = [-Infinity, -Infinity]
  let logBinomial = 0
  for (let i = 0; i < MOST_TERMS; i++) {
    if (i > 0) logBinomial += Math.log(Math.abs((order - i + 1) / i))
    const j = order - i
    const tailBelow = Math.log(0.5) + logErfc((i - crossing) / spread) + (i * i - i) / (2 * noise ** 2)
    const tailAbove = Math.log(0.5) + logErfc((crossing - j) / spread) + (j * j - j) / (2 * noise ** 2)
    const below = logBinomial + i * Math.log(sampling) + j * Math.log1p(-sampling) + tailBelow
    const above = logBinomial + j * Math.log(sampling) + i * Math.log1p(-sampling) + tailAbove
    total = logAdd(total, logAdd(below, above))
    if (below < lastBelow && above < lastAbove && Math.max(below, above) < total - NEGLIGIBLE) return total
    lastBelow = below
    lastAbove = above
  }
  return Infinity
}
