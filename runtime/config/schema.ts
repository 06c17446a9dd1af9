import { z } from 'zod'
import { policySchema } from '#core/decision.ts'

const UNITS = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, kB: 1e3, MB: 1e6, GB: 1e9 } as const
const SIZE = /^(\d+(?:\.\d+)?)\s*(B|KiB|MiB|GiB|kB|MB|GB)$/

/** Bytes, as a number or as `64MiB`. */
const size = z.union([
  z.int().positive(),
  z
    .string()
    .regex(SIZE, 'expected bytes, or a size such as 64MiB')
    .transform((text) => {
      const [, amount = '', unit = 'B'] = SIZE.exec(text) ?? []
      return Math.round(Number(amount) * UNITS[unit as keyof typeof UNITS])
    }),
])

/** `auto` goes by the name and the first bytes of each file. */
export const SOURCE_FORMATS = ['auto', 'jsonl', 'json', 'csv', 'idx', 'npy', 'npz', 'parquet', 'email', 'text'] as const

const pathPattern = z
  .string()
  .refine(
    (value) => groupsOf(value)?.some((group) => group === 'contributor' || group === 'label') ?? false,
    'expected a regular expression with a group named contributor or label, such as ^(?<contributor>[^/]+)/',
  )

const fileSource = z.strictObject({
  /** A file, or a folder that is read with everything below it. */
  root: z.string().min(1),
  /** Globs over paths relative to the root; absent: every file. */
  include: z.array(z.string().min(1)).min(1).optional(),
  exclude: z.array(z.string().min(1)).optional(),
  /**
   * Matched against the path relative to the root: its group `contributor` names who delivered the file, `label` becomes the
   * field `label`. Absent: the first folder below the root is the contributor.
   */
  path: pathPattern.optional(),
  format: z.enum(SOURCE_FORMATS).default('auto'),
})

const datasetSchema = z.strictObject({
  /** A file or a folder; or the source in full. */
  source: z.union([
    z
      .string()
      .min(1)
      .transform((root) => fileSource.parse({ root })),
    fileSource,
  ]),
  /** The contract's file. */
  contract: z.string().min(1),
  /** A window ends with whichever comes first. */
  window: z
    .strictObject({
      records: z.int().min(1).max(1_000_000).default(10_000),
      bytes: size.default(64 * 2 ** 20),
    })
    .prefault({}),
  policy: policySchema.prefault({}),
  /** A model of yours that supplies activations and losses in place of the probe. */
  model: z.strictObject({ onnx: z.string().min(1) }).optional(),
})
export type DatasetConfig = z.output<typeof datasetSchema>

const DATASET_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/

export const configSchema = z.strictObject({
  version: z.literal(1),
  /** The folder for state: catalog, objects, keys. */
  data: z.string().min(1).default('./.credence'),
  datasets: z
    .record(z.string().regex(DATASET_NAME, 'expected a-z, 0-9, _ and -, at most 63'), datasetSchema)
    .refine((datasets) => Object.keys(datasets).length > 0, 'expected at least one dataset'),
  /** Absent passphrase: a key file with mode 0600 in the data folder. */
  keys: z
    .strictObject({ local: z.strictObject({ passphrase: z.string().min(8).optional() }).prefault({}) })
    .prefault({}),
  /** Same input, same configuration, same seed: same bytes. */
  seed: z.int().min(0).default(0),
  /** Scanning threads; absent: one for each processor, at most 8. The result does not depend on it. */
  workers: z.int().min(1).max(256).optional(),
})
export type ConfigFile = z.output<typeof configSchema>

/** The JSON Schema that editors check a configuration against. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' })
  return { $schema, $id: 'https://credence.dev/schema/credence.schema.json', title: 'Credence configuration', ...rest }
}

/** The names of a pattern's groups; null when it does not compile. */
function groupsOf(pattern: string): string[] | null {
  try {
    return Object.keys(new RegExp(`${pattern}|`, 'u').exec('')?.groups ?? {})
  } catch {
    return null
  }
}
