import { KEYS, OBJECTS, READERS } from './access.ts'
import { PRINCIPALS, type Entry, type Option, type Principal, type Product } from './entry.ts'

const BUCKET = 'projects/_/buckets/{bucket}'
const BIGQUERY = 'projects/{project}/datasets/{bqDataset}'

interface More {
  readonly option?: Option | undefined
  readonly unproved?: string
}

function entry(
  principal: Principal,
  product: Product,
  action: string,
  resource: string,
  why: string,
  { option, unproved }: More = {},
): Entry {
  return {
    principal,
    cloud: 'gcp',
    product,
    action,
    resource,
    why,
    ...(option !== undefined && { option }),
    ...(unproved !== undefined && { unproved }),
  }
}

/** What is needed on Google Cloud. Testing permissions, as `check` does, needs none. */
export function gcpEntries(): Entry[] {
  return [
    ...bucketEntries(),
    ...objectEntries(),
    ...keyEntries(),
    ...(Object.keys(PRINCIPALS) as Principal[]).map(signInEntry),
    ...secretEntries(),
    ...subscriptionEntries(),
    ...tableEntries(),
  ]
}

function signInEntry(principal: Principal): Entry {
  const instance = 'projects/{project}/instances/{instance}'
  return entry(
    principal,
    'cloudsql',
    'cloudsql.instances.login',
    instance,
    'Signs in to the catalog, as a user of its own.',
    {
      option: 'signIn',
      unproved: 'no emulator of Cloud SQL takes the token; a test asks for one',
    },
  )
}

function secretEntries(): Entry[] {
  const reads = (principal: Principal, secret: string, why: string, option?: Option) =>
    entry(principal, 'secretmanager', 'secretmanager.versions.access', `projects/{project}/secrets/${secret}`, why, {
      option,
      unproved: 'the password comes in the environment, and whoever starts the process reads it as this identity',
    })
  return [
    ...(['ingest', 'scan', 'encrypt', 'sweep'] as const).map((one) =>
      reads(one, '{queueSecret}', 'Signs in to the queue.'),
    ),
    reads('operator', '{queueSecret}', 'Signs in to the queue, to see that it answers.', 'check'),
  ]
}

function bucketEntries(): Entry[] {
  const looks = 'Sees, before the store is used, that public access is prevented.'
  const lists =
    'Lists names, and is told that an object is missing, which Cloud Storage hides behind a refusal otherwise.'
  return (Object.keys(PRINCIPALS) as Principal[]).flatMap((principal) => [
    entry(principal, 'gcs', 'storage.buckets.get', BUCKET, looks),
    entry(
      principal,
      'gcs',
      'storage.objects.list',
      BUCKET,
      lists,
      principal === 'ingest' || principal === 'scan'
        ? { unproved: 'it lists nothing; the emulator tells everybody what is missing' }
        : {},
    ),
  ])
}

function objectEntries(): Entry[] {
  const ACTIONS = {
    create: ['create'],
    replace: ['create', 'delete'],
    read: ['get'],
    delete: ['delete'],
    list: [], // on the bucket
  } as const
  // the service says which permissions there are: nothing has to be written to try them
  const tried = OBJECTS.filter(({ option }) => option !== 'check')
  return tried.flatMap(({ who, does, path, why, option }) =>
    who.flatMap((principal) =>
      [...new Set(does.flatMap((verb) => ACTIONS[verb]))].map((action) =>
        entry(principal, 'gcs', `storage.objects.${action}`, `${BUCKET}/objects/{prefix}${path}`, why, { option }),
      ),
    ),
  )
}

/** Cloud KMS authenticates what a wrap is bound to, but no condition can name it. */
function keyEntries(): Entry[] {
  const GET = 'cryptoKeys.get'
  const WRAP = 'cryptoKeyVersions.useToEncrypt'
  const UNWRAP = 'cryptoKeyVersions.useToDecrypt'
  const ACTIONS = {
    wrap: [GET, WRAP, UNWRAP],
    unwrap: [UNWRAP],
    look: [GET, 'cryptoKeyVersions.list'],
    rotate: ['cryptoKeyVersions.create', 'cryptoKeyVersions.get', 'cryptoKeys.update'],
    rewrap: [GET, WRAP, UNWRAP],
    retire: ['cryptoKeyVersions.destroy'],
    check: [GET, WRAP, UNWRAP],
  } as const
  return KEYS.flatMap(({ who, does, why, option }) =>
    who.flatMap((principal) =>
      ACTIONS[does].map((action) => {
        const versioned = /useToEncrypt|Versions\.(get|destroy)$/.test(action)
        const on = versioned ? '{kmsKeyName}/cryptoKeyVersions/*' : '{kmsKeyName}'
        return entry(principal, 'gcpkms', `cloudkms.${action}`, on, why, { option })
      }),
    ),
  )
}

function subscriptionEntries(): Entry[] {
  const on = 'projects/{project}/subscriptions/{subscription}'
  const looks = 'Tells how the subscription and its topic stand.'
  return [
    ...READERS.filter(({ option }) => option === undefined).map(({ who, why }) =>
      entry(who, 'pubsub', 'pubsub.subscriptions.consume', on, why),
    ),
    entry('operator', 'pubsub', 'pubsub.subscriptions.get', on, looks, { option: 'check' }),
    entry('operator', 'pubsub', 'pubsub.topics.get', 'projects/{project}/topics/{topic}', looks, { option: 'check' }),
  ]
}

/** Needed to deliver, and in part to check. */
function tableEntries(): Entry[] {
  const sink = (action: string, resource: string, why: string, more: More = {}) =>
    entry('encrypt', 'bigquery', `bigquery.${action}`, resource, why, { option: 'bigquery', ...more })
  const tables = `${BIGQUERY}/tables/{table}*`
  const counts = 'Counts the rows of a batch that BigQuery no longer knows of.'
  const rare = { unproved: 'only days after a crash; the conformance tests of the sink count' }
  const looks = 'Tells how the tables stand.'
  return [
    sink('tables.create', BIGQUERY, 'Makes the tables of admitted and revoked rows, and the view of what stands.'),
    sink('tables.get', tables, 'Sees that the tables have the columns and the key that they are to have.'),
    sink('tables.update', tables, 'Adds the columns that a contract has gained.'),
    sink('tables.updateData', tables, 'Appends rows.'),
    sink('tables.getData', tables, counts, rare),
    sink('jobs.create', 'projects/{project}', counts, rare),
    entry('operator', 'bigquery', 'bigquery.datasets.get', BIGQUERY, looks, { option: 'check' }),
    entry('operator', 'bigquery', 'bigquery.tables.get', tables, looks, { option: 'check' }),
  ]
}
