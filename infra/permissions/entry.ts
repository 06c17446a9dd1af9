/** Who calls: one identity each, in every cloud. Whoever deploys is not among them. */
export const PRINCIPALS = {
  ingest: '`credence ingest`: reads the sources and stages windows.',
  scan: '`credence scan`: scores staged windows.',
  encrypt: '`credence encrypt`: commits scanned windows, and delivers admitted rows to BigQuery.',
  sweep: '`credence sweep`: carries out reviews, and removes what a crash left in staging.',
  reviewer:
    '`credence quarantine list` and `show`, `credence deadletter list` and `show`: looks at what is held or was not read.',
  exporter: '`credence export` and `verify`: what reads for training.',
  operator: '`credence keys …`, `credence memory prune` and `credence check`: looks after keys.',
  console: '`credence console`: shows what is held in a browser, and signs decisions that `sweep` carries out.',
  federate: '`credence federate …`: the aggregator of federated rounds.',
} as const
export type Principal = keyof typeof PRINCIPALS

export const CLOUDS = { aws: 'AWS', azure: 'Azure', gcp: 'Google Cloud' } as const
export type Cloud = keyof typeof CLOUDS

export type Product =
  | 's3'
  | 'awskms'
  | 'kinesis'
  | 'rds-db'
  | 'sts'
  | 'blob' // of a flat account or, the same, of one with a hierarchical namespace (ADLS)
  | 'keyvault'
  | 'eventhubs'
  | 'gcs'
  | 'gcpkms'
  | 'secretmanager'
  | 'cloudsql'
  | 'pubsub'
  | 'bigquery'

/** What a permission may be needed for besides the ordinary run. */
export const OPTIONS = {
  watch: 'to see, before the store is used, that the bucket cannot become public (left to `check` where it is refused)',
  large: 'for objects above 16 MiB, which go up in parts',
  objectLock: '`store.s3.objectLock`',
  immutability: '`store.blob.immutabilityDays`',
  storeKey: '`store.s3.kmsKey`',
  fanOut: '`source.kinesis.mode: fan-out`',
  streamKey: 'for a Kinesis stream that is encrypted under a key of yours',
  checkpoints: '`source.eventhubs.checkpoints`',
  bigquery: '`sink.bigquery`',
  signIn: '`catalog.identity`',
  letters: '`credence deadletter show`, and dead letters in the console',
  neighbours: 'for what the console shows of admitted records: neighbours, explanations and what was recalled',
  releases: 'for a console that carries out releases and recalls itself, at once',
  audit: '`credence audit verify`, and the same in the console',
  verify: '`credence verify`',
  countObjects: '`credence keys status --objects`',
  newEpochs: '`credence keys rotate --new-epochs`',
  rotateSigning: '`credence keys rotate --signing`',
  reencrypt: '`credence keys reencrypt`',
  destroy: '`credence keys destroy`',
  check: '`credence check`',
} as const
export type Option = keyof typeof OPTIONS

/** What retention of an object takes: who writes there by that choice alone retains by it alone. */
export function byChoice(option: Option | undefined, retention: Option): Option {
  return option === 'releases' ? option : retention
}

/** In the words of IAM: operator, key, value. */
export type Condition = Readonly<
  Partial<Record<'StringEquals' | 'StringLike' | 'Null' | 'Bool', Readonly<Record<string, string>>>>
>

/** One action on one resource that one principal needs. */
export interface Entry {
  readonly principal: Principal
  readonly cloud: Cloud
  readonly product: Product
  /** As the service's own access control names it. */
  readonly action: string
  /** In the service's own form; `*` stands for anything, `{name}` for what the installation is called. */
  readonly resource: string
  readonly condition?: Condition
  /** Azure: names below the resource are listed, which is another operation under the same action. */
  readonly lists?: true
  /** One sentence. */
  readonly why: string
  /** What alone needs it; always needed without. */
  readonly option?: Option
  /** Why no test of the whole pipeline makes this call. */
  readonly unproved?: string
}

/** What an installation calls its parts: what the names in braces stand for. */
export const NAMES = {
  dataset:
    'a dataset of the configuration; one entry for each that the identity serves. A federation is kept as a dataset is: those are what `federate` serves, and `operator` serves both',
  prefix: '`store.*.prefix` with a slash behind it; nothing without one',
  bucket: '`store.s3.bucket` or `store.gcs.bucket`',
  region: 'of the bucket, the key or the stream',
  account: 'AWS: the account of 12 digits',
  stream: '`source.kinesis.stream`',
  consumer: '`source.kinesis.consumer`',
  kmsKeyArn: '`keys.awskms.key`: the ARN of the key itself; an alias is not a resource of these permissions',
  storeKeyArn: '`store.s3.kmsKey`',
  streamKeyArn: 'the key that the stream is encrypted under',
  container: '`store.adls.container` or `store.blob.container`',
  checkpoints: 'the container of `source.eventhubs.checkpoints`',
  hub: '`source.eventhubs.hub`',
  consumerGroup: '`source.eventhubs.consumerGroup`',
  vaultKey: '`keys.keyvault.key`',
  project: 'Google Cloud: of the subscription, the key or the table',
  subscription: '`source.pubsub.subscription`',
  topic: 'the topic of the subscription',
  kmsKeyName: '`keys.gcpkms.key`',
  instance: 'Google Cloud: the instance of `catalog.postgres`',
  queueSecret: 'Google Cloud: the secret with the password of `queue.redis`',
  database: 'AWS: the resource id of the database of `catalog.postgres`, `db-…`',
  installation: 'AWS: what the users of `catalog.postgres` begin with',
  bqDataset: '`sink.bigquery.dataset`',
  table: '`sink.bigquery.table`',
} as const
