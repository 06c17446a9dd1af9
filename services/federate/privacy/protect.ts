import { keyStream, type RandomBytes, KEY_BYTES } from '#services/federate/secure/primitives.ts'
import { countsClipped, quantise, type Quantised } from '../secure/quantise.ts'
import { stepOf, type Terms } from '../secure/terms.ts'
import { clipUpdate, noiseBesideCount, noiseWithCount } from './clip.ts'
import { bitsOf, discreteGaussian } from './discrete-gaussian.ts'

/**
 * An update as it leaves its owner: checked, clipped, quantised, and with its share of the round's noise, in this order. The
 * noise is discrete and added to integers after rounding, so that the sum of all shares is what the accountant assumes (Kairouz,
 * Liu & Steinke 2021, "The Distributed Discrete Gaussian Mechanism"). Throws `not_finite` and `bad_update`.
 */
export function protectUpdate(
  update: ArrayLike<number>,
  weight: number,
  terms: Terms,
  random: RandomBytes,
): Quantised & { readonly clipped: boolean } {
  const { dimension, clip, noise, countNoise } = terms
  const bounded = clip > 0 ? clipUpdate(update, clip) : { update, clipped: false }
  const { lanes, saturated } = quantise(bounded.update, weight, terms, random(KEY_BYTES))
  const { words } = lanes
  if (countsClipped(terms)) words[dimension + 2] = Number(bounded.clipped)
  if (noise > 0) {
    const seeds = keyStream(random(KEY_BYTES), 2 * KEY_BYTES)
    const bits = bitsOf(seeds.subarray(0, KEY_BYTES))
    const deviation = Math.ceil(noise / stepOf(terms))
    for (let i = 0; i < dimension; i++) words[i] = (words[i]! + discreteGaussian(deviation, bits)) | 0
    if (countNoise > 0)
      words[dimension + 2]! += discreteGaussian(Math.ceil(countNoise), bitsOf(seeds.subarray(KEY_BYTES)))
  }
  return { lanes, saturated, clipped: bounded.clipped }
}

/**
 * The noise of a sum over `minimum` clients, in sensitivities, for the accountant. One client changes the sum by at most the
 * clip plus what rounding adds, one step per number; if clipped updates are counted, the noise of that count is included. Larger
 * sums contain more noise than this.
 */
export function noiseMultiplier(terms: Terms): number {
  const ofUpdates = (terms.noise * Math.sqrt(terms.minimum)) / sensitivityOf(terms)
  const ofCount = terms.countNoise * Math.sqrt(terms.minimum)
  return ofCount === 0 ? ofUpdates : noiseWithCount(ofUpdates, ofCount)
}

/** The noise per client that gives a sum over `minimum` clients this multiplier: the inverse of `noiseMultiplier`. */
export function noiseFor(multiplier: number, terms: Omit<Terms, 'noise'>): number {
  const ofCount = terms.countNoise * Math.sqrt(terms.minimum)
  const ofUpdates = ofCount === 0 ? multiplier : noiseBesideCount(multiplier, ofCount)
  return (ofUpdates * sensitivityOf(terms)) / Math.sqrt(terms.minimum)
}

function sensitivityOf(terms: Omit<Terms, 'noise'>): number {
  return terms.clip + Math.sqrt(terms.dimension) * stepOf(terms)
}
