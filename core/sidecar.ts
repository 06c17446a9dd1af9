import { z } from 'zod'
import { DECISIONS, policySchema, type Decision, type Policy } from './decision.ts'
import { corrupt, parseStored } from './later-version.ts'
import {
  FAMILIES,
  MITIGATIONS,
  type Campaign,
  type DetectorInfo,
  type Issue,
  type ScanResult,
  type Spared,
  type Trigger,
} from './score.ts'
import { canonicalJson, type Value } from './value.ts'

/** What a scan stores beside a window: the risk and the decision of every record, and what they are based on. */
export interface Sidecar {
  readonly version: 1
  readonly window: string
  readonly policy: Policy
  readonly seed: number
  readonly detectors: readonly DetectorInfo[]
  readonly notes: readonly string[]
  readonly certified: boolean
  /** Present if the window was scanned quickly and nothing in it was suspected; absent if every detector scanned it. */
  readonly effort?: 'quick'
  /** Why the window could not be scanned, in which case it is held whole; absent if it was scanned. */
  readonly unscanned?: string
  /** The memory that the window was judged with; absent if there was none. */
  readonly memory?: MemoryRef
  /** What the window teaches later ones: sketches of clean scores by channel; absent if it teaches nothing. */
  readonly taught?: Readonly<Record<string, Sketch>>
  /** The records that the window gives to its dataset's pool; absent if it gives none. */
  readonly pool?: PoolRef
  /** How many of the window's riskiest records each contributor brought; absent if no contributor is named. */
  readonly brought?: Brought
  readonly campaigns: readonly Campaign[]
  /** Records whose risk was lowered because people called others of their cause harmless; absent if there are none. */
  readonly spared?: readonly Spared[]
  /** One for each record of the window, in the window's order: `records[i].index === i`. */
  readonly records: readonly ScoredRecord[]
  /** n × 2, row-major; base64 of little-endian float32 in the file. */
  readonly map: ScanResult['map']
}

/** A memory, named by the last window of its dataset that taught it. */
export interface MemoryRef {
  readonly through: number
  /** SHA-256 of the memory's canonical JSON, hex. It is taken of the plaintext, because every writer's ciphertext differs. */
  readonly sha256: string
}

/** Records that are scanned once more, together with records of other windows. */
export interface PoolRef {
  /** SHA-256 of the records' lines, hex. It is taken of the plaintext, because every writer's ciphertext differs. */
  readonly sha256: string
  /** Indices within the window, in the order of the lines. Of older windows only the first ones are used. */
  readonly members: readonly number[]
  /**
   * What did not fit into the pool: chosen records, columns of numbers, records without a print, rare words, and rare
   * words whose places were left out; absent if everything fitted.
   */
  readonly leftOut?: LeftOut
}

export interface LeftOut {
  readonly records: number
  readonly columns: number
  readonly prints: number
  /** Rare words that were left out, rare words whose places were, and keys of exchanges; each absent if all fitted. */
  readonly words?: number
  readonly places?: number
  readonly keys?: number
}

/** Contributors of a window; those with the most records come first. */
export interface Brought {
  /** The number of records of the whole window, and how many of them count as its riskiest at each of several levels. */
  readonly records: number
  readonly riskiest: readonly number[]
  readonly by: readonly { readonly name: string; readonly records: number; readonly riskiest: readonly number[] }[]
}

/** A distribution as a few hundred numbers: weighted means of neighbouring values, ascending, finest in the upper tail. */
export interface Sketch {
  readonly values: readonly number[]
  readonly weights: readonly number[]
}

export interface ScoredRecord {
  readonly id: string
  readonly index: number
  readonly risk: number
  readonly decision: Decision
  readonly issues: readonly Issue[]
}

const issue: z.ZodType<Issue> = z.strictObject({
  family: z.enum(FAMILIES),
  score: z.number(),
  why: z.string(),
  by: z.array(z.string()).exactOptional(),
})

export const triggerSchema: z.ZodType<Trigger> = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('patch'),
    shape: z.array(z.number()),
    pixels: z.array(z.strictObject({ y: z.number(), x: z.number(), value: z.number() })),
  }),
  z.strictObject({ kind: z.literal('pattern'), shape: z.array(z.number()), delta: z.array(z.number()) }),
  z.strictObject({
    kind: z.literal('tokens'),
    tokens: z.array(z.string()),
    behaviour: z.array(z.string()).exactOptional(),
  }),
  z.strictObject({
    kind: z.literal('values'),
    values: z.array(z.strictObject({ column: z.string(), value: z.string() })),
  }),
  z.strictObject({ kind: z.literal('direction'), dimensions: z.array(z.number()) }),
])

export const likenessSchema = z.array(z.int().nonnegative())

const left = z.int().nonnegative()
export const leftOutSchema: z.ZodType<LeftOut> = z.strictObject({
  records: left,
  columns: left,
  prints: left,
  words: left.exactOptional(),
  places: left.exactOptional(),
  keys: left.exactOptional(),
})

export const sketchSchema: z.ZodType<Sketch> = z
  .strictObject({ values: z.array(z.number()).min(1), weights: z.array(z.number().positive()) })
  .refine(({ values, weights }) => values.length === weights.length)

const campaign: z.ZodType<Campaign> = z.strictObject({
  id: z.string(),
  family: z.enum(FAMILIES),
  summary: z.string(),
  label: z.string().exactOptional(),
  trigger: triggerSchema.exactOptional(),
  likeness: likenessSchema.exactOptional(),
  members: z.array(z.int().nonnegative()),
  contributors: z.array(z.strictObject({ name: z.string(), members: z.int(), records: z.int() })),
  evidence: z.number(),
  mitigations: z.array(z.enum(MITIGATIONS)),
})

const fileSchema = z.strictObject({
  version: z.literal(1),
  window: z.string(),
  policy: policySchema,
  seed: z.number(),
  detectors: z.array(z.strictObject({ name: z.string(), family: z.enum(FAMILIES), version: z.int() })),
  notes: z.array(z.string()),
  certified: z.boolean(),
  effort: z.literal('quick').exactOptional(),
  unscanned: z.string().exactOptional(),
  memory: z.strictObject({ through: z.int().positive(), sha256: z.string() }).exactOptional(),
  taught: z.record(z.string(), sketchSchema).exactOptional(),
  pool: z
    .strictObject({
      sha256: z.string(),
      members: z.array(z.int().nonnegative()),
      leftOut: leftOutSchema.exactOptional(),
    })
    .exactOptional(),
  brought: z
    .strictObject({
      records: z.int().positive(),
      riskiest: z.array(z.int().nonnegative()),
      by: z.array(
        z.strictObject({ name: z.string(), records: z.int().positive(), riskiest: z.array(z.int().nonnegative()) }),
      ),
    })
    .exactOptional(),
  campaigns: z.array(campaign),
  spared: z.array(z.strictObject({ cause: z.string(), members: z.array(z.int().nonnegative()) })).exactOptional(),
  records: z.array(
    z.strictObject({
      id: z.string(),
      index: z.int().nonnegative(),
      risk: z.number(),
      decision: z.enum(DECISIONS),
      issues: z.array(issue),
    }),
  ),
  map: z.base64(),
})

const KIND = { reason: 'sidecar', newer: 'newer_sidecar', named: 'a sidecar of scores', version: 1 } as const

/** Canonical JSON: the same scan gives the same bytes. Throws RangeError for a number that JSON cannot hold. */
export function encodeSidecar(sidecar: Sidecar): Uint8Array {
  const { buffer, byteOffset, byteLength } = sidecar.map
  const file = { ...sidecar, map: Buffer.from(buffer, byteOffset, byteLength).toString('base64') }
  return Buffer.from(canonicalJson(withoutUndefined(file) as Value), 'utf8')
}

/**
 * The inverse of `encodeSidecar`; errors name the path. Throws `conflict` (`newer_sidecar`) for what a later version wrote, and `corrupt` for
 * anything else that it did not write.
 */
export function decodeSidecar(bytes: Uint8Array, path?: string): Sidecar {
  const { map, ...rest } = parseStored(fileSchema, bytes, KIND, path)
  const floats = Buffer.from(map, 'base64')
  if (rest.records.some((record, i) => record.index !== i) || floats.length % 4 !== 0) throw corrupt(KIND, path)
  return { ...rest, map: new Float32Array(new Uint8Array(floats).buffer) }
}

/** Canonical JSON writes null for undefined, but an absent label must stay absent. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined)
  if (typeof value !== 'object' || value === null) return value
  const present = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(present.map(([key, entry]) => [key, withoutUndefined(entry)]))
}
