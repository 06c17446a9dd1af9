import { ByteReader, ByteWriter } from './bytes.ts'
import { fault } from './faults.ts'

/** The terms of a round: announced by the aggregator, and part of the transcript that all clients sign. */
export interface Terms {
  /** Numbers in an update. */
  readonly dimension: number
  /** Bits that one number is quantised to. */
  readonly bits: number
  /** Numbers lie in [−range, range]; numbers outside saturate and are counted. */
  readonly range: number
  /** The largest weight that a client may claim, in units that the aggregator defines. */
  readonly weightCap: number
  /** The fewest clients whose sum may be unmasked. */
  readonly minimum: number
  /** The largest norm of an update; clients shorten longer ones. 0: no bound. */
  readonly clip: number
  /** Standard deviation of the discrete Gaussian noise that each client adds to each number. 0: none. */
  readonly noise: number
  /**
   * Standard deviation of the noise that each client adds to the count of clipped updates. 0: no noise, and no count if there is
   * `noise`.
   */
  readonly countNoise: number
  /** SHA-256 of the model that the update is for. */
  readonly model: Uint8Array
  /** The size of the sketch that each client signs of its update once all are masked: a power of two. 0: no sketch. */
  readonly sketch: number
}

export const MAX_CLIENTS = 4096
const MAX_DIMENSION = 2 ** 26
export const DIGEST_BYTES = 32
const WITHOUT_SKETCH = 4 + 1 + 8 + 2 + 2 + 3 * 8 + DIGEST_BYTES

export function encodeTerms(terms: Terms): Uint8Array {
  const { dimension, bits, range, weightCap, minimum, clip, noise, countNoise, model, sketch } = terms
  const writer = new ByteWriter().u32(dimension).u8(bits).f64(range).u16(weightCap).u16(minimum)
  writer.f64(clip).f64(noise).f64(countNoise).bytes(model)
  return (sketch === 0 ? writer : writer.u16(sketch)).finish()
}

/** Throws `bad_terms` for terms that no client should accept. */
export function decodeTerms(bytes: Uint8Array): Terms {
  const reader = new ByteReader(bytes)
  const terms: Terms = {
    dimension: reader.u32(),
    bits: reader.u8(),
    range: reader.f64(),
    weightCap: reader.u16(),
    minimum: reader.u16(),
    clip: reader.f64(),
    noise: reader.f64(),
    countNoise: reader.f64(),
    model: reader.bytes(DIGEST_BYTES),
    sketch: reader.left > 0 ? reader.u16() : 0,
  }
  reader.end()
  if (terms.sketch === 0 && bytes.length > WITHOUT_SKETCH) throw fault('bad_terms', 'a sketch of no numbers')
  checkTerms(terms)
  return terms
}

/** Throws `bad_terms`. */
export function checkTerms(terms: Terms): void {
  const { dimension, bits, range, weightCap, minimum, model } = terms
  const whole = (value: number, low: number, high: number) => Number.isInteger(value) && value >= low && value <= high
  if (!whole(dimension, 1, MAX_DIMENSION)) throw fault('bad_terms', `an update of ${dimension} numbers`)
  if (!whole(bits, 2, 24)) throw fault('bad_terms', `${bits} bits a number: 2 to 24 are possible`)
  if (!Number.isFinite(range) || range <= 0) throw fault('bad_terms', 'the range is not a positive number')
  if (!whole(weightCap, 1, 65_535)) throw fault('bad_terms', `a weight cap of ${weightCap}`)
  if (!whole(minimum, 3, MAX_CLIENTS)) throw fault('bad_terms', `a sum over ${minimum} clients: at least 3 are needed`)
  if (model.length !== DIGEST_BYTES) throw fault('bad_terms', 'the model has no SHA-256 digest')
  checkPrivacy(terms)
  if (terms.sketch !== 0) checkSketch(terms)
}

/**
 * The least noise in quantisation steps. With less, the sum of discrete Gaussians is not a discrete Gaussian to within e^−158
 * (Kairouz et al. 2021, theorem 1).
 */
const FEWEST_STEPS = 4
const MOST_STEPS = 2 ** 24

function checkPrivacy({ bits, range, weightCap, clip, noise, countNoise }: Terms): void {
  const positive = (value: number) => Number.isFinite(value) && value >= 0
  if (![clip, noise, countNoise].every(positive))
    throw fault('bad_terms', 'a clip or a noise that is no number from 0 on')
  if (noise === 0) {
    if (countNoise > 0) throw fault('bad_terms', 'noise on the count of clipped updates and none on the updates')
    return
  }
  if (clip === 0) throw fault('bad_terms', 'noise without a clip hides nobody')
  if (clip > range)
    throw fault('bad_terms', 'with noise, nothing may saturate: the range has to reach as far as the clip')
  if (weightCap !== 1) throw fault('bad_terms', 'noise is for one client one vote: the weight cap has to be 1')
  const steps = noise / stepOf({ bits, range })
  if (steps < FEWEST_STEPS || steps > MOST_STEPS) {
    throw fault('bad_terms', `noise of ${steps} quantisation steps: ${FEWEST_STEPS} to ${MOST_STEPS} are possible`)
  }
  if (countNoise > 0 && countNoise < 1) throw fault('bad_terms', 'noise on the count has a deviation from 1 on')
}

/** The fewest numbers of an update for each number of its sketch; with fewer, a sketch reveals too much. */
const LEAST_FOLDED = 16
const FEWEST_CELLS = 8

function checkSketch({ dimension, range, weightCap, clip, noise, sketch }: Terms): void {
  const possible = sketch >= FEWEST_CELLS && Math.log2(sketch) % 1 === 0 && sketch * LEAST_FOLDED <= dimension
  if (!possible) throw fault('bad_terms', `a sketch of ${sketch} numbers of an update of ${dimension}`)
  if (noise > 0) throw fault('bad_terms', 'a sketch of each update tells more than the noise of a sum hides')
  if (weightCap !== 1) throw fault('bad_terms', 'sketches are for one client one vote: the weight cap has to be 1')
  if (clip === 0 || clip > range) throw fault('bad_terms', 'sketches need a clip, and a range that reaches as far')
}

/** The distance between two neighbouring levels of quantisation. */
export function stepOf({ bits, range }: Pick<Terms, 'bits' | 'range'>): number {
  return (2 * range) / (2 ** bits - 1)
}

/** The part of a word's range that sums may use; the rest is left for noise. */
export const LARGEST_PART = 3 / 4

/** The most clients whose weighted sum cannot overflow 32 bits. */
export function mostClients({ bits, weightCap }: Pick<Terms, 'bits' | 'weightCap'>): number {
  return Math.min(MAX_CLIENTS, Math.floor((LARGEST_PART * 2 ** 32) / (weightCap * (2 ** bits - 1))))
}
