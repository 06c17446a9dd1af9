import { AppError } from '#core/errors.ts'
import { ORDERS, sampledGaussianRdp } from './rdp.ts'

/** Rounds of one kind: the noise, and the probability with which each client is sampled. */
export interface NoisyRounds {
  /** Standard deviation of the noise in the sum, in units of the sum's sensitivity. */
  readonly noise: number
  readonly sampling: number
  readonly rounds: number
}

/**
 * The privacy spent so far, for each order: rounds compose by addition (Mironov 2017, "Rényi Differential Privacy", proposition
 * 1).
 */
export interface Accountant {
  /** Throws `invalid` for numbers that describe no mechanism. */
  add(spent: NoisyRounds): void
  /** The ε of (ε, δ) for everything added so far; infinity if no order bounds it. */
  epsilon(delta: number, conversion?: Conversion): number
}

/**
 * How the orders become one ε: `canonne` (Canonne, Kamath & Steinke 2020, proposition 12) is tighter; `mironov` (Mironov 2017,
 * proposition 3) was used for older published figures.
 */
export type Conversion = 'canonne' | 'mironov'

export function createAccountant(): Accountant {
  const total = new Float64Array(ORDERS.length)
  return {
    add({ noise, sampling, rounds }) {
      const sound = noise >= 0 && sampling >= 0 && sampling <= 1 && Number.isInteger(rounds) && rounds >= 0
      if (!sound) {
        const message = `noise ${noise}, sampling ${sampling}, ${rounds} rounds describe no mechanism`
        throw new AppError('invalid', message, { reason: 'privacy' })
      }
      if (rounds === 0) return
      for (const [i, order] of ORDERS.entries()) total[i]! += rounds * sampledGaussianRdp(sampling, noise, order)
    },

    epsilon(delta, conversion = 'canonne') {
      if (!(delta > 0 && delta < 1)) throw new AppError('invalid', `a delta of ${delta}`, { reason: 'privacy' })
      const epsilons = ORDERS.map((order, i) => convert(order, total[i]!, delta, conversion))
      return Math.max(0, Math.min(...epsilons))
    },
  }
}

function convert(order: number, divergence: number, delta: number, conversion: Conversion): number {
  if (conversion === 'mironov') return divergence - Math.log(delta) / (order - 1)
  // the divergence is so small that the total variation alone is below δ (Bretagnolle & Huber)
  if (delta ** 2 + Math.expm1(-divergence) > 0) return 0
  if (order <= 1.01) return Infinity
  return divergence + Math.log1p(-1 / order) - Math.log(delta * order) / (order - 1)
}
