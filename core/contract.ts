import { z } from 'zod'

/** What an exchange is: an instruction with its answer, a conversation, a preference, a document, code or a translation. */
const EXCHANGE_FORMS = ['instruction', 'conversation', 'preference', 'document', 'code', 'translation'] as const
export type ExchangeForm = (typeof EXCHANGE_FORMS)[number]

/** Which field holds which part of an exchange; a dot leads into an object, as in `translation.en`. */
const exchangeFields = z
  .strictObject({
    /** The turns, as a list of messages or as one dialogue. */
    messages: z.string().optional(),
    /** The text that the model reads before everything else. */
    system: z.string().optional(),
    /** Given together with the prompt: a passage, or earlier turns. */
    context: z.string().optional(),
    prompt: z.string().optional(),
    /** The second half of a prompt: the input of an instruction, or the text that follows a gap. */
    input: z.string().optional(),
    /** What a model would learn to answer. */
    response: z.string().optional(),
    /** What a model would learn not to answer. */
    rejected: z.string().optional(),
  })
  .refine((fields) => (fields.messages === undefined) !== (fields.response === undefined), {
    message: 'must name either messages or response',
  })

/** What the detectors look at: which fields hold the sample, the label and the contributor. */
const featureSpec = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('image'),
    field: z.string(),
    /** [height, width] or [height, width, channels] */
    shape: z.array(z.int().positive()).min(2).max(3),
    /** The field that keeps the file as delivered, for images of any size, which are brought to `shape` when they are read. */
    delivered: z.string().optional(),
  }),
  z.strictObject({ kind: z.literal('text'), field: z.string() }),
  z.strictObject({
    kind: z.literal('table'),
    columns: z.array(z.strictObject({ name: z.string(), type: z.enum(['number', 'category', 'text', 'time']) })).min(1),
  }),
  z.strictObject({ kind: z.literal('vector'), field: z.string(), length: z.int().positive() }),
  z.strictObject({ kind: z.literal('exchange'), form: z.enum(EXCHANGE_FORMS), fields: exchangeFields }),
])
export type FeatureSpec = z.infer<typeof featureSpec>
export type ExchangeSpec = Extract<FeatureSpec, { kind: 'exchange' }>

/** The fields that hold the samples, in the order in which the contract names them. */
export function featureFields(features: FeatureSpec): string[] {
  if (features.kind === 'table') return features.columns.map(({ name }) => name)
  return features.kind === 'exchange'
    ? Object.values(features.fields).filter((field) => field !== undefined)
    : [features.field]
}

/** The fields that a scan reads: samples, label and contributor. */
export function scannedFields({
  features,
  label,
  contributor,
}: Pick<Contract, 'features' | 'label' | 'contributor'>): string[] {
  return [...featureFields(features), label, contributor].filter((field) => field !== undefined)
}

export const RULES = [
  'control_characters',
  'zero_width',
  'bidi_overrides',
  'not_normalized', // text that is not NFC
  'oversized_text',
] as const
export type RuleName = (typeof RULES)[number]
const RULE_ACTIONS = ['warn', 'fix', 'drop'] as const

/** Limits of one record: bytes, depth of nesting, and length of a text. */
export const contractLimits = z
  .strictObject({
    recordBytes: z
      .int()
      .positive()
      .default(16 * 1024 * 1024),
    depth: z.int().positive().default(16),
    textLength: z.int().positive().default(1_000_000),
  })
  .prefault({})

const contractShape = z.strictObject({
  version: z.literal(1),
  /** JSON Schema (2020-12) that each record's fields must meet. */
  schema: z.record(z.string(), z.unknown()),
  features: featureSpec,
  label: z.string().optional(),
  contributor: z.string().optional(),
  /** The field that says how sensitive a record is, such as `phi`; roles in the console may be limited by it. */
  sensitivity: z.string().optional(),
  id: z.string().optional(),
  limits: contractLimits,
  /** What to do about each sanitizing rule: count it, repair the record, or dead-letter it. */
  sanitize: z.partialRecord(z.enum(RULES), z.enum(RULE_ACTIONS)).optional(),
})

/**
 * The default for sanitizing: invisible characters are removed from texts. In exchanges they may be a trigger that the scan must
 * see, so there they are only counted.
 */
const sanitizing = (action: (typeof RULE_ACTIONS)[number]): NonNullable<z.infer<typeof contractShape>['sanitize']> => ({
  control_characters: action,
  zero_width: action,
  bidi_overrides: action,
  oversized_text: 'drop',
})

/** A contract as it is written. Defaults are filled in for what it leaves out. */
export const contractSchema = contractShape.transform((contract) => ({
  ...contract,
  sanitize: contract.sanitize ?? sanitizing(contract.features.kind === 'exchange' ? 'warn' : 'fix'),
}))
export type Contract = z.infer<typeof contractSchema>
