/**
 * Natural logarithm of the probability of `least` or more successes among `count` tries of the given chance, in (0, 1);
 * `least` is 0 to `count`. Exact to rounding however small it is: the terms are added as shares of the largest.
 */
export function logTailOfBinomial(count: number, least: number, chance: number): number {
  const odds = Math.log(chance) - Math.log1p(-chance)
  const terms = new Float64Array(count - least + 1)
  let term = count * Math.log1p(-chance)
  let highest = -Infinity
  for (let k = 0; k <= count; k++) {
    if (k >= least) {
      terms[k - least] = term
      highest = Math.max(highest, term)
    }
    term += Math.log((count - k) / (k + 1)) + odds
  }
  return highest + Math.log(terms.reduce((sum, each) => sum + Math.exp(each - highest), 0))
}
