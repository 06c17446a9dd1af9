import { z } from 'zod'
import { policySchema } from '#core/decision.ts'
import { EFFORTS } from '#core/score.ts'
import { catalogConfig } from '#runtime/catalog/config.ts'
import { queueConfig } from '#runtime/queue/bullmq/config.ts'
import { bigQueryConfig } from '#services/encrypt/sinks/bigquery/config.ts'
import { adlsConfig, blobConfig } from '#services/encrypt/stores/azure/config.ts'
import { gcsConfig } from '#services/encrypt/stores/gcs/config.ts'
import { s3Config } from '#services/encrypt/stores/s3/config.ts'
import { eventHubsConfig } from '#services/ingest/sources/eventhubs/config.ts'
import { fileConfig } from '#services/ingest/sources/files/config.ts'
import { kinesisConfig } from '#services/ingest/sources/kinesis/config.ts'
import { pubsubConfig } from '#services/ingest/sources/pubsub/config.ts'
import { federationConfig } from '#services/federate/config.ts'
import { consoleConfig } from './console.ts'
import { keysConfig } from './keys.ts'

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

export const storeSchema = z
  .union(
    [
      z.strictObject({ s3: s3Config.describe('A bucket of Amazon S3.') }),
      z.strictObject({ adls: adlsConfig.describe('A file system of Azure Data Lake Storage Gen2.') }),
      z.strictObject({ blob: blobConfig.describe('A container of Azure Blob Storage.') }),
      z.strictObject({ gcs: gcsConfig.describe('A bucket of Google Cloud Storage.') }),
    ],
    {
      error: ({ input }) =>
        typeof input === 'string' && !input.includes('://')
          ? 'expected a map; known here: s3, adls, blob, gcs; to keep objects in a folder leave out `store`, and name the folder with `data`'
          : undefined,
    },
  )
  .describe('Where objects are kept; files in the data folder when absent.')

const datasetSchema = z.strictObject({
  source: z
    .union([
      z
        .string()
        .min(1)
        .transform((root) => fileConfig.parse({ root })),
      fileConfig,
      z.strictObject({ kinesis: kinesisConfig.describe('A stream of Amazon Kinesis.') }),
      z.strictObject({ eventhubs: eventHubsConfig.describe('An event hub of Azure.') }),
      z.strictObject({ pubsub: pubsubConfig.describe('A subscription of Google Pub/Sub.') }),
    ])
    .describe('A file or a folder; or the source in full: files, kinesis, eventhubs or pubsub.'),
  contract: z.string().min(1).describe('The file with the contract.'),
  window: z
    .strictObject({
      records: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(10_000)
        .describe('At most this many records; 1,000 to 10,000 find most.'),
      bytes: size.default(64 * 2 ** 20).describe('At most this many bytes, as a number or such as 64MiB.'),
      seconds: z
        .number()
        .positive()
        .max(86_400)
        .default(60)
        .describe(
          'Streams only: how long a window stays open; ten times as long while it is too small to be scanned (50 records).',
        ),
    })
    .prefault({})
    .describe('A window ends with whichever comes first.'),
  policy: policySchema.prefault({}).describe('How risk becomes a decision.'),
  scan: z
    .strictObject({
      effort: z
        .enum(EFFORTS)
        .default('full')
        .describe(
          'quick: windows of 2,000 records and more are looked at by the cheapest detectors first, and scanned in full where these suspect anything; the manifest says which were not. It misses more: see docs/detection.md.',
        ),
    })
    .prefault({})
    .describe('How thoroughly windows are scanned.'),
  model: z
    .strictObject({
      onnx: z
        .string()
        .min(1)
        .describe('A classifier of images or vectors; a second output is taken as its last hidden layer.'),
    })
    .optional()
    .describe('A model of yours that supplies activations and losses in place of the probe.'),
  detectors: z
    .array(z.string().min(1))
    .min(1)
    .optional()
    .describe('Modules with detectors of yours, which score beside the others. They run as part of this program.'),
  memory: z
    .union([
      z.literal(false),
      z.strictObject({
        every: z
          .int()
          .min(1)
          .max(1000)
          .default(4)
          .describe(
            'A memory is made after so many windows, and used from so many later on; so many are always scanned side by side.',
          ),
        recall: z
          .strictObject({
            automatic: z
              .number()
              .min(0.5)
              .max(0.9999)
              .describe(
                'From this probability on that an admitted record belongs to a campaign, it is recalled without a person.',
              ),
          })
          .optional()
          .describe(
            'What the memory finds among admitted records is suggested for a recall; with this, recalled by policy.',
          ),
      }),
    ])
    .prefault({})
    .describe(
      'What earlier windows teach later ones: how far out clean records lie, and what their thin poison has in common. false: each is judged alone, and gives no records to a pool.',
    ),
  sink: z
    .strictObject({ bigquery: bigQueryConfig.describe('A table of BigQuery, each row once.') })
    .optional()
    .describe('Where admitted rows go besides the clean zone.'),
})
export type DatasetConfig = z.output<typeof datasetSchema>

const DATASET_NAME = /^[a-z0-9][a-z0-9_-]{0,62}$/

export const configSchema = z
  .strictObject({
    version: z.literal(1).describe('Of this format.'),
    data: z.string().min(1).default('./.credence').describe('The folder for state: catalog, objects, keys.'),
    datasets: z
      .record(z.string().regex(DATASET_NAME, 'expected a-z, 0-9, _ and -, at most 63'), datasetSchema)
      .default({})
      .describe('By name.'),
    federations: z
      .record(z.string().regex(DATASET_NAME, 'expected a-z, 0-9, _ and -, at most 63'), federationConfig)
      .default({})
      .describe('Federated learning, by name; no dataset has the same.'),
    keys: keysConfig
      .prefault({})
      .describe('What wraps the epoch keys: every service that is named wraps each of them.'),
    store: storeSchema.optional(),
    catalog: catalogConfig.optional(),
    queue: queueConfig.optional(),
    profile: z
      .enum(['development', 'production'])
      .default('development')
      .describe('production refuses whatever emulator: true would allow.'),
    emulator: z
      .boolean()
      .default(false)
      .describe('Allows connections without TLS, or to an unverified peer. For emulators only.'),
    http: z
      .strictObject({
        host: z
          .string()
          .min(1)
          .default('127.0.0.1')
          .describe('The address to listen at; 0.0.0.0 is all of the machine.'),
        port: z.int().min(0).max(65_535).describe('0 takes a free one.'),
      })
      .optional()
      .describe('Where a service answers /livez, /readyz and /metrics; nowhere when absent.'),
    console: consoleConfig.optional(),
    traces: z
      .strictObject({ otlp: z.url().describe('https://host/v1/traces; http:// only where emulator is true.') })
      .optional()
      .describe('An OpenTelemetry collector (OTLP over HTTP).'),
    seed: z.int().min(0).default(0).describe('Same input, same configuration, same seed: same bytes.'),
    workers: z
      .int()
      .min(1)
      .max(256)
      .optional()
      .describe('Scanning threads; when absent, one for each processor, at most 8. The result does not depend on it.'),
  })
  .refine((config) => config.profile !== 'production' || !config.emulator, {
    path: ['emulator'],
    error: 'a production profile refuses emulator: true',
  })
  .superRefine(({ datasets, federations }, context) => {
    const custom = (path: string[], message: string) => context.addIssue({ code: 'custom', path, message })
    const names = Object.keys(federations)
    if (Object.keys(datasets).length + names.length === 0)
      custom(['datasets'], 'expected at least one dataset, or a federation')
    for (const name of names.filter((name) => Object.hasOwn(datasets, name)))
      custom(['federations', name], 'there is a dataset of this name: each has a folder of its own in the store')
  })
  .superRefine(({ profile, emulator, federations }, context) => {
    for (const [name, { listen }] of Object.entries(federations)) {
      const custom = (message: string) =>
        context.addIssue({ code: 'custom', path: ['federations', name, 'listen'], message })
      const isLocal = ['127.0.0.1', '::1', 'localhost'].includes(listen.host)
      if (listen.certificate === undefined && !isLocal && !emulator)
        custom('expected a certificate and its key: only this machine is listened to in the clear')
      if (profile === 'production' && listen.clients === undefined)
        custom('a production profile asks clients for certificates: set `certificate`, `key` and `clients`')
    }
  })
  .superRefine(({ emulator, traces, datasets, console }, context) => {
    const check = (url: string | undefined, path: string[]) => {
      if (url === undefined || emulator || /^https:/i.test(url)) return
      context.addIssue({
        code: 'custom',
        path,
        message: 'expected an address with https://, or emulator: true at the top of the file for a test',
      })
    }
    check(traces?.otlp, ['traces', 'otlp'])
    check(console?.openid?.issuer, ['console', 'openid', 'issuer'])
    for (const [name, { source }] of Object.entries(datasets)) {
      const checkpoints = 'eventhubs' in source ? source.eventhubs.checkpoints : undefined
      check(checkpoints, ['datasets', name, 'source', 'eventhubs', 'checkpoints'])
    }
  })
export type ConfigFile = z.output<typeof configSchema>

/** The JSON Schema by which editors check a configuration. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...rest } = z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' })
  return { $schema, $id: 'https://credence.dev/schema/credence.schema.json', title: 'Credence configuration', ...rest }
}
