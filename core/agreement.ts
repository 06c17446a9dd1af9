import { seededRandom } from './random.ts'

/** How far people who judge the same things agree, beyond chance. */
export interface Agreement {
  /**
   * Krippendorff's α: 1 if all agree, 0 if they agree as by chance; null if nothing was judged twice, or if only one judgement
   * occurs.
   */
  readonly alpha: number | null
  /** The middle 95 % of α over 1,000 resamples of the things; null if α is null or there are fewer than five things. */
  readonly between: readonly [low: number, high: number] | null
  /** Things that two or more people judged. */
  readonly units: number
  /** Those of them on which the judgements differ. */
  readonly disputed: number
}

const RESAMPLES = 1000
const FEWEST_UNITS = 5

/**
 * Krippendorff's α for nominal judgements by any number of people, with any gaps. Each unit lists the judgements of one thing.
 * Units with fewer than two judgements are ignored. (Krippendorff, Computing Krippendorff's Alpha-Reliability, 2011.)
 */
export function agreementOf(units: readonly (readonly string[])[], seed = 1): Agreement {
  const paired = units.filter((judgements) => judgements.length > 1)
  const disputed = paired.filter((judgements) => new Set(judgements).size > 1).length
  const alpha = alphaOf(paired)
  return { alpha, between: alpha === null ? null : betweenOf(paired, seed), units: paired.length, disputed }
}

function alphaOf(units: readonly (readonly string[])[]): number | null {
  const totals = new Map<string, number>()
  let judgements = 0
  let observed = 0
  for (const unit of units) {
    const counts = new Map<string, number>()
    for (const value of unit) counts.set(value, (counts.get(value) ?? 0) + 1)
    let alike = 0
    for (const [value, count] of counts) {
      alike += count * (count - 1)
      totals.set(value, (totals.get(value) ?? 0) + count)
    }
    judgements += unit.length
    observed += (unit.length * (unit.length - 1) - alike) / (unit.length - 1)
  }
  let expected = judgements * (judgements - 1)
  for (const total of totals.values()) expected -= total * (total - 1)
  // if only one judgement ever occurs, chance agreement is unknown
  return expected === 0 ? null : 1 - ((judgements - 1) * observed) / expected
}

function betweenOf(units: readonly (readonly string[])[], seed: number): readonly [number, number] | null {
  if (units.length < FEWEST_UNITS) return null
  const random = seededRandom(seed, 'agreement')
  const alphas: number[] = []
  for (let i = 0; i < RESAMPLES; i++) {
    // a resample with a single judgement counts as full agreement
    alphas.push(alphaOf(units.map(() => units[random.below(units.length)] ?? [])) ?? 1)
  }
  alphas.sort((a, b) => a - b)
  return [alphas[Math.floor(0.025 * RESAMPLES)] ?? 0, alphas[Math.ceil(0.975 * RESAMPLES) - 1] ?? 0]
}
