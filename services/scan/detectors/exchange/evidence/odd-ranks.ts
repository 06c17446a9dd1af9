import { logTailOfBinomial } from '../../../numeric/binomial.ts'
import { SMALLEST } from '../reading/reading.ts'
import type { OddOnes } from './fixed-answers.ts'

/** An answer is odd when it ranks within `ODD`; of those after a trigger at least `MOSTLY` must be. */
const ODD = 0.1
const MOSTLY = 0.6
/** The same by how answers are written. */
const WRITTEN = 0.15
const MANY = 0.4
/** Nats that one answer adds at most, so that a few extreme answers do not decide for all. */
const MOST_SAID = 5
/** The rank that half of a random sample exceeds. */
const MIDDLE = 0.5

/**
 * The odd answers of a trigger's records, where most of them are, by the sum of the logarithms of all ranks (Fisher 1925,
 * Statistical Methods for Research Workers). Null where fewer than MOSTLY are odd.
 */
export function oddTogether(members: Int32Array, ranks: Float64Array): Omit<OddOnes, 'name'> | null {
  const odd = members.filter((i) => ranks[i]! <= ODD)
  if (odd.length < Math.max(SMALLEST, MOSTLY * members.length)) return null
  const said = members.reduce((sum, i) => sum + Math.min(MOST_SAID, -Math.log(ranks[i]!)), 0)
  return { odd, chance: ODD, nats: -logTailOfGamma(members.length, said) }
}

/**
 * Logarithm of the probability that the sum of `count` exponential variates reaches `least`: it equals the probability
 * that a Poisson variate with mean `least` is below `count`.
 */
function logTailOfGamma(count: number, least: number): number {
  let [term, sum] = [1, 1]
  for (let k = 1; k < count; k++) {
    term *= least / k
    sum += term
  }
  return Math.log(sum) - least
}

/**
 * The oddest answers of a trigger's records: as many as are the least likely among those of a random sample, whose ranks
 * are uniform (Berk & Jones 1979). Null where fewer than MANY of them are odd.
 */
export function oddest(members: Int32Array, ranks: Float64Array): Omit<OddOnes, 'name'> | null {
  const own = Float64Array.from(members, (i) => ranks[i]!).sort()
  const fewest = Math.max(SMALLEST, Math.ceil(MANY * own.length))
  let [nats, chance] = [0, 0]
  for (let count = fewest; count <= own.length && own[count - 1]! <= WRITTEN; count++) {
    const each = -logTailOfBinomial(own.length, count, own[count - 1]!)
    if (each > nats) [nats, chance] = [each, own[count - 1]!]
  }
  if (nats === 0) return null
  const most = widest(own, chance)
  return {
    odd: members.filter((i) => ranks[i]! <= chance),
    more: members.filter((i) => ranks[i]! > chance && ranks[i]! <= most),
    chance,
    nats: nats - Math.log(own.length - fewest + 1),
  }
}

/**
 * The rank up to which answers belong to those within `chance`: most of the ones between are more than a random sample
 * has, of which as many rank in one half as in the other (Storey 2002).
 */
function widest(ascending: Float64Array, chance: number): number {
  const random = (1 / MIDDLE) * (1 + ascending.filter((rank) => rank > MIDDLE).length)
  const first = ascending.filter((rank) => rank <= chance).length
  let most = chance
  for (let count = first + 1; count <= ascending.length && ascending[count - 1]! <= MIDDLE; count++) {
    if (random * (ascending[count - 1]! - chance) <= (count - first) / 2) most = ascending[count - 1]!
  }
  return most
}
