import { z } from 'zod'

/** What the detectors look at: which fields hold the sample, the label and the contributor. */
const featureSpec = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('image'),
    field: z.string(),
    /** [height, width] or [height, width, channels] */
    shape: z.array(z.int().positive()).min(2).max(3),
  }),
  z.strictObject({ kind: z.literal('text'), field: z.string() }),
  z.strictObject({
    kind: z.literal('table'),
    columns: z.array(z.strictObject({ name: z.string(), type: z.enum(['number', 'category', 'text', 'time']) })).min(1),
  }),
  z.strictObject({ kind: z.literal('vector'), field: z.string(), length: z.int().positive() }),
])
export type FeatureSpec = z.infer<typeof featureSpec>

export const RULES = [
  'control_characters',
  'zero_width',
  'bidi_overrides',
  'not_normalized', // text that is not NFC
  'oversized_text',
] as const
const RULE_ACTIONS = ['warn', 'fix', 'drop'] as const

export const contractSchema = z.strictObject({
  version: z.literal(1),
  /** JSON Schema (2020-12) that each record's fields must meet. */
  schema: z.record(z.string(), z.unknown()),
  features: featureSpec,
  label: z.string().optional(),
  contributor: z.string().optional(),
  id: z.string().optional(),
  limits: z
    .strictObject({
      recordBytes: z
        .int()
        .positive()
        .default(16 * 1024 * 1024),
      depth: z.int().positive().default(16),
      textLength: z.int().positive().default(1_000_000),
    })
    .prefault({}),
  /** What to do about each sanitizing rule: count it, repair the record, or dead-letter it. */
  sanitize: z
    .partialRecord(z.enum(RULES), z.enum(RULE_ACTIONS))
    .default({ control_characters: 'fix', zero_width: 'fix', bidi_overrides: 'fix', oversized_text: 'drop' }),
})
export type Contract = z.infer<typeof contractSchema>
