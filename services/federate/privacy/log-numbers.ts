/** Arithmetic on natural logarithms, for numbers that are too small or too large for a double. */

/** ln(eᵃ + eᵇ). */
export function logAdd(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a]
  return low === -Infinity ? high : high + Math.log1p(Math.exp(low - high))
}

const SERIES_BELOW = 2
const SERIES_TERMS = 60
const FRACTION_TERMS = 80

/** ln erfc(x): by the power series of erf near 0, by the continued fraction of erfc beyond (Abramowitz & Stegun 7.1.5, 7.1.14). */
export function logErfc(x: number): number {
  if (x < -SERIES_BELOW) return Math.log(2 - Math.exp(logErfc(-x)))
  if (x < SERIES_BELOW) return Math.log1p(-erfSeries(x))
  let fraction = x
  for (let k = FRACTION_TERMS; k >= 1; k--) fraction = x + k / 2 / fraction
  return -x * x - Math.log(fraction) - Math.log(Math.PI) / 2
}

function erfSeries(x: number): number {
  let term = x
  let sum = x
  for (let k = 1; k < SERIES_TERMS; k++) {
    term *= (-x * x) / k
    sum += term / (2 * k + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}
