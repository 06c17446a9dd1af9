import { z } from 'zod'

const name = z.string().min(1)
const region = name.optional().describe('When absent, as the SDK finds it (AWS_REGION and so on).')
const endpoint = z.url().optional().describe('Another address of the service: a private endpoint, or an emulator.')

const instant = z.iso.datetime({ offset: true }).transform((text) => new Date(text))

/** How the bytes of a message become records; the same for every stream. */
const messages = {
  format: z
    .enum(['auto', 'json', 'jsonl', 'avro', 'text'])
    .default('auto')
    .describe('auto goes by the content type and the first bytes of each message.'),
  schemas: name.optional().describe('Avro: one schema (.avsc), or a registry file that maps ids to schemas.'),
}

export const kinesisSource = z.strictObject({
  kinesis: z.strictObject({
    stream: name.describe('Its name or its ARN.'),
    region,
    endpoint,
    mode: z.enum(['polling', 'fan-out']).default('polling'),
    consumer: name.default('credence').describe('The name of the enhanced fan-out consumer.'),
    start: z
      .union([z.enum(['TRIM_HORIZON', 'LATEST']), instant])
      .default('TRIM_HORIZON')
      .describe('Where reading begins that has no position yet; or a time.'),
    contributor: z.literal('partition-key').optional(),
    ...messages,
  }),
})

export const eventHubsSource = z.strictObject({
  eventhubs: z.strictObject({
    namespace: name
      .optional()
      .describe('Such as my-namespace.servicebus.windows.net; read under the managed identity.'),
    connectionStringEnv: name
      .optional()
      .describe('In place of the namespace: the name of the environment variable that holds a connection string.'),
    hub: name,
    consumerGroup: name.default('$Default'),
    start: z.union([z.enum(['earliest', 'latest']), instant]).default('earliest'),
    checkpoints: z
      .url()
      .optional()
      .describe('A blob container that checkpoints are copied to, so that other tools see how far reading is.'),
    contributor: z.literal('partition-key').optional(),
    ...messages,
  }),
})

export const pubsubSource = z.strictObject({
  pubsub: z.strictObject({
    project: name,
    subscription: name,
    endpoint: z.url().optional().describe('A regional or private endpoint (https://host), or an emulator.'),
    lanes: z.int().min(1).max(64).default(4).describe('Streams that are read at once, over all processes together.'),
    contributor: z
      .union([z.literal('ordering-key'), z.strictObject({ attribute: name })])
      .optional()
      .describe('What names who delivered a message.'),
    ...messages,
  }),
})

const prefix = z
  .string()
  .regex(/^[A-Za-z0-9][\w.=-]*(\/[A-Za-z0-9][\w.=-]*)*$/, 'expected a path such as team/credence')
  .optional()
  .describe('All objects are below it.')
const days = z.int().min(1).max(36_500)

export const storeSchema = z
  .union([
    z.strictObject({
      s3: z.strictObject({
        bucket: name,
        prefix,
        region,
        endpoint,
        kmsKey: name.optional().describe('ARN of the key that the bucket encrypts under (SSE-KMS).'),
        objectLock: z.strictObject({ mode: z.enum(['GOVERNANCE', 'COMPLIANCE']), days }).optional(),
      }),
    }),
    z.strictObject({
      adls: z.strictObject({
        url: z.url().describe('Such as https://account.dfs.core.windows.net.'),
        container: name.describe('The file system.'),
        prefix,
        encryptionScope: name.optional(),
      }),
    }),
    z.strictObject({
      blob: z.strictObject({
        url: z.url().describe('Such as https://account.blob.core.windows.net.'),
        container: name,
        prefix,
        encryptionScope: name.optional(),
        immutabilityDays: days.optional(),
      }),
    }),
    z.strictObject({
      gcs: z.strictObject({
        bucket: name,
        prefix,
        project: name.optional(),
        endpoint,
        kmsKey: name.optional().describe('Resource name of the key that the bucket encrypts under (CMEK).'),
        retentionDays: days.optional(),
      }),
    }),
  ])
  .describe('Where objects are kept; files in the data folder when absent.')

const formerKeys = z
  .array(name)
  .min(1)
  .optional()
  .describe('Keys that this one follows: what they wrapped still unwraps, and `credence keys rewrap` brings it over.')

/** The longest that any process may be told to keep a key, and the choice of the current one. */
export const LONGEST_KEY_TTL_SECONDS = 86_400

export const keysSchema = z.strictObject({
  local: z
    .strictObject({
      passphrase: z
        .string()
        .min(8)
        .optional()
        .describe(
          'From the environment, such as ${CREDENCE_PASSPHRASE}. Seals the local keyring; when absent, a key file with ' +
            'mode 0600 in the data folder does.',
        ),
    })
    .optional()
    .describe('A keyring in the data folder; the one there is when no key service is named.'),
  awskms: z
    .strictObject({ key: name.describe('ARN or alias of a symmetric KMS key.'), region, endpoint, formerKeys })
    .optional(),
  keyvault: z
    .strictObject({
      key: z.url().describe('https://<vault>.vault.azure.net/keys/<name>, or of a Managed HSM.'),
      formerKeys,
    })
    .optional(),
  gcpkms: z
    .strictObject({
      key: z.string().regex(/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/, {
        error: 'expected projects/…/locations/…/keyRings/…/cryptoKeys/…',
      }),
      endpoint: name.optional(),
      formerKeys,
    })
    .optional(),
  ttlSeconds: z
    .int()
    .min(1)
    .max(LONGEST_KEY_TTL_SECONDS)
    .default(300)
    .describe('How long an unwrapped epoch key is kept: a key that is disabled lives this long.'),
})

export const catalogSchema = z
  .strictObject({
    postgres: name.describe(
      'postgresql://user:${CREDENCE_POSTGRES_PASSWORD}@host/database; verifies TLS unless emulator is true.',
    ),
  })
  .describe('In the data folder when absent; every process that shares the work needs the same one.')

const rate = z.strictObject({ windows: z.int().min(1), perSeconds: z.number().positive().default(1) })

export const queueSchema = z
  .strictObject({
    redis: name.describe('rediss://:${CREDENCE_REDIS_PASSWORD}@host:port; redis:// only where emulator is true.'),
    prefix: name.default('credence'),
    ca: name.optional().describe('A file with the certificates (PEM) to trust in place of the system’s.'),
    servername: name.optional().describe('The name that the certificate is for, where it is not the host’s.'),
    rates: z
      .strictObject({ scan: rate.optional(), commit: rate.optional() })
      .optional()
      .describe('How many windows all processes together may begin to scan or to commit in a time.'),
  })
  .describe('Within the process when absent.')

export const sinkSchema = z.strictObject({
  bigquery: z.strictObject({
    project: name,
    dataset: name,
    table: name,
    kmsKey: name.optional().describe('Resource name of the key that the table encrypts under (CMEK).'),
    sensitive: z.array(name).default([]).describe('Columns that are encrypted before they leave.'),
    endpoint: name.optional().describe('Of an emulator: its REST address.'),
    writeEndpoint: name.optional().describe('Of an emulator: host:port of its Storage Write API.'),
  }),
})
