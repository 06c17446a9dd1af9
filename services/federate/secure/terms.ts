import { ByteReader, ByteWriter } from './bytes.ts'
import { fault } from './faults.ts'

/** What a round is about: announced by the aggregator, part of the transcript that everybody signs. */
export interface Terms {
  /** Numbers in an update. */
  readonly dimension: number
  /** Bits that one number is quantised to. */
  readonly bits: number
  /** Numbers lie in [−range, range]; what lies outside saturates, and is counted. */
  readonly range: number
  /** The largest weight that a client may claim, in units that the aggregator defines. */
  readonly weightCap: number
  /** The fewest clients whose sum may be unmasked. */
  readonly minimum: number
  /** SHA-256 of the model that the update is for. */
  readonly model: Uint8Array
}

export const MAX_CLIENTS = 4096
const MAX_DIMENSION = 2 ** 26
export const DIGEST_BYTES = 32

export function encodeTerms(terms: Terms): Uint8Array {
  const { dimension, bits, range, weightCap, minimum, model } = terms
  return new ByteWriter().u32(dimension).u8(bits).f64(range).u16(weightCap).u16(minimum).bytes(model).finish()
}

/** Throws `bad_terms` for what no client should take part in. */
export function decodeTerms(bytes: Uint8Array): Terms {
  const reader = new ByteReader(bytes)
  const terms: Terms = {
    dimension: reader.u32(),
    bits: reader.u8(),
    range: reader.f64(),
    weightCap: reader.u16(),
    minimum: reader.u16(),
    model: reader.bytes(DIGEST_BYTES),
  }
  reader.end()
  checkTerms(terms)
  return terms
}

/** Throws `bad_terms`. */
export function checkTerms({ dimension, bits, range, weightCap, minimum, model }: Terms): void {
  const whole = (value: number, low: number, high: number) => Number.isInteger(value) && value >= low && value <= high
  if (!whole(dimension, 1, MAX_DIMENSION)) throw fault('bad_terms', `an update of ${dimension} numbers`)
  if (!whole(bits, 2, 24)) throw fault('bad_terms', `${bits} bits a number: 2 to 24 are possible`)
  if (!Number.isFinite(range) || range <= 0) throw fault('bad_terms', 'the range is not a positive number')
  if (!whole(weightCap, 1, 65_535)) throw fault('bad_terms', `a weight cap of ${weightCap}`)
  if (!whole(minimum, 3, MAX_CLIENTS)) throw fault('bad_terms', `a sum over ${minimum} clients: at least 3 are needed`)
  if (model.length !== DIGEST_BYTES) throw fault('bad_terms', 'the model has no SHA-256 digest')
}

/** The most clients whose weighted sum cannot run over 32 bits. */
export function mostClients({ bits, weightCap }: Pick<Terms, 'bits' | 'weightCap'>): number {
  return Math.min(MAX_CLIENTS, Math.floor((2 ** 32 - 1) / (weightCap * (2 ** bits - 1))))
}
