import { normOf } from '../privacy/clip.ts'
import { ByteReader, ByteWriter } from '../secure/bytes.ts'
import { fault } from '../secure/faults.ts'

/** An update that its client sends openly, so that the aggregator can judge it. */
export interface OpenUpdate {
  readonly client: string
  /** The weight that the client claims. */
  readonly weight: number
  readonly values: Float64Array
}

/** Rules for every update before it is compared with others. */
export interface UpdateRules {
  readonly dimension: number
  /** The largest weight of a client, whatever it claims. */
  readonly weightCap: number
  /** Attested numbers of each client's examples, if somebody vouches for them: no client has a larger weight. */
  readonly attested?: ReadonlyMap<string, number> | undefined
  /** Updates longer than this are refused instead of clipped. */
  readonly mostNorm: number
}

export interface CheckedUpdate extends OpenUpdate {
  /** The weight with which the client counts. */
  readonly counted: number
  readonly norm: number
}

const DTYPES = { f32: 1, f64: 2 } as const

/** dtype u8, weight f64, then little-endian numbers: the body of an open update. */
export function encodeUpdate(values: ArrayLike<number>, weight: number): Uint8Array {
  const bytes = new Uint8Array(Float64Array.from(values).buffer)
  return new ByteWriter().u8(DTYPES.f64).f64(weight).bytes(bytes).finish()
}

/** Reads single or double precision; the result is double. Throws `bad_update`. */
export function decodeUpdate(client: string, body: Uint8Array, dimension: number): OpenUpdate {
  const reader = new ByteReader(body)
  const dtype = reader.u8()
  const weight = reader.f64()
  const rest = new Uint8Array(reader.rest())
  const size = dtype === DTYPES.f32 ? 4 : 8
  if (dtype !== DTYPES.f32 && dtype !== DTYPES.f64) throw fault('bad_update', `${client} sent numbers of type ${dtype}`)
  if (rest.length !== size * dimension) {
    throw fault('bad_update', `${client} sent ${rest.length} bytes in place of ${dimension} numbers`)
  }
  const values = size === 4 ? Float64Array.from(new Float32Array(rest.buffer)) : new Float64Array(rest.buffer)
  return { client, weight, values }
}

/**
 * Checks shape, finiteness, norm and weight, in this order. The claimed weight counts only up to the cap and up to what is
 * attested. Throws `bad_update` and `not_finite`.
 */
export function checkUpdate(
  update: OpenUpdate,
  { dimension, weightCap, attested, mostNorm }: UpdateRules,
): CheckedUpdate {
  const { client, values, weight } = update
  if (values.length !== dimension) {
    throw fault('bad_update', `${client} sent ${values.length} numbers in place of ${dimension}`)
  }
  const norm = normOf(values)
  if (norm > mostNorm) throw fault('bad_update', `${client} sent an update of norm ${norm.toPrecision(3)}`)
  if (!Number.isFinite(weight) || weight <= 0) throw fault('bad_update', `${client} claims a weight of ${weight}`)
  return { ...update, norm, counted: Math.min(weight, weightCap, attested?.get(client) ?? weightCap) }
}
