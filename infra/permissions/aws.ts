import { KEYS, OBJECTS, READERS, type KeyAccess, type ObjectAccess } from './access.ts'
import { byChoice, PRINCIPALS, type Condition, type Entry, type Option, type Principal, type Product } from './entry.ts'

/** Zones whose objects may be larger than one request. */
const LARGE = /^(staging|scores|clean|quarantine|deadletter)\/\{dataset\}/
/** Zones that object lock retains. */
const LOCKED = /^(clean|quarantine|deadletter|manifests)\//

const BUCKET = 'arn:aws:s3:::{bucket}'
const STREAM = 'arn:aws:kinesis:{region}:{account}:stream/{stream}'
const CONSUMER = `${STREAM}/consumer/{consumer}:*`
const IF_ABSENT: Condition = { Null: { 's3:if-none-match': 'false' } }
const IF_UNCHANGED: Condition = { Null: { 's3:if-match': 'false' } }
const PART: Condition = { Bool: { 's3:ObjectCreationOperation': 'false' } }
const BY_S3: Condition = { StringEquals: { 'kms:ViaService': 's3.{region}.amazonaws.com' } }
const BY_KINESIS: Condition = { StringEquals: { 'kms:ViaService': 'kinesis.{region}.amazonaws.com' } }

/** What is needed on AWS. */
export function awsEntries(): Entry[] {
  return [
    ...principals().flatMap(bucketEntries),
    ...OBJECTS.flatMap(objectEntries),
    ...principals().flatMap(storeKeyEntries),
    ...KEYS.flatMap(keyEntries),
    ...READERS.flatMap(({ who, why, option }) => streamEntries(who, why, option)),
    ...principals().map(signInEntry),
    ...identityEntries(),
  ]
}

function principals(): Principal[] {
  return Object.keys(PRINCIPALS) as Principal[]
}

interface More {
  readonly condition?: Condition
  readonly option?: Option | undefined
  readonly unproved?: string
}

function entry(
  principal: Principal,
  product: Product,
  action: string,
  resource: string,
  why: string,
  { condition, option, unproved }: More = {},
): Entry {
  return {
    principal,
    cloud: 'aws',
    product,
    action: `${product === 'awskms' ? 'kms' : product}:${action}`,
    resource,
    why,
    ...(condition !== undefined && { condition }),
    ...(option !== undefined && { option }),
    ...(unproved !== undefined && { unproved }),
  }
}

/** On the bucket itself. Listing is not held to prefixes: S3 asks for it without one to tell that an object is missing. */
function bucketEntries(principal: Principal): Entry[] {
  const lists =
    'Finds the bucket, lists names, and is told that an object is missing, which S3 hides behind a refusal otherwise.'
  const one = (action: string, why: string, option?: Option) => entry(principal, 's3', action, BUCKET, why, { option })
  const watch = principal === 'operator' ? undefined : ('watch' as const)
  const safe = 'Sees that the bucket is protected against becoming public.'
  return [
    one('ListBucket', lists),
    one('GetBucketPublicAccessBlock', safe, watch ?? 'check'),
    one('GetBucketPolicyStatus', safe, watch ?? 'check'),
    one('GetBucketObjectLockConfiguration', 'Sees that the bucket can lock objects.', watch ? 'objectLock' : 'check'),
    ...(principal === 'operator'
      ? [
          one('GetEncryptionConfiguration', 'Tells under which key the bucket encrypts.', 'check'),
          one('GetBucketVersioning', 'Tells whether older versions stay.', 'check'),
          one('GetLifecycleConfiguration', 'Tells whether older versions and unfinished uploads go.', 'check'),
        ]
      : []),
  ]
}

function objectEntries({ who, does, path, why, option, small }: ObjectAccess): Entry[] {
  const resource = `${BUCKET}/{prefix}${path}`
  return who.flatMap((principal) => {
    const one = (action: string, more: More = {}, reason = why) =>
      entry(principal, 's3', action, resource, reason, { option, ...more })
    return does.flatMap((verb): Entry[] => {
      switch (verb) {
        case 'create':
          return [
            one('PutObject', { condition: IF_ABSENT }),
            ...(LARGE.test(path) && small !== true ? largeEntries(one, option) : []),
            ...(path === 'staging/_check/*' ? [one('AbortMultipartUpload', {}, 'Tries the permission.')] : []),
            ...(LOCKED.test(path) || path === 'staging/_check/*'
              ? [one('PutObjectRetention', { option: byChoice(option, 'objectLock') }, 'Locks what is committed.')]
              : []),
          ]
        case 'replace':
          return [one('PutObject', { condition: IF_UNCHANGED })]
        case 'read':
          return [one('GetObject')]
        case 'delete':
          return [one('DeleteObject')]
        case 'list':
          return [] // on the bucket
      }
    })
  })
}

/** Requests of a multipart upload take no condition, but the last of them, which makes the object. */
function largeEntries(one: (action: string, more: More, why: string) => Entry, option: Option = 'large'): Entry[] {
  return [
    one('PutObject', { condition: PART, option }, 'Sends a large object in parts.'),
    one('AbortMultipartUpload', { option }, 'Takes back the parts of an object that was not completed.'),
  ]
}

function storeKeyEntries(principal: Principal): Entry[] {
  const one = (action: string, why: string, option: Option) =>
    entry(principal, 'awskms', action, '{storeKeyArn}', why, { condition: BY_S3, option })
  const writing = OBJECTS.filter(
    ({ who, does }) => who.includes(principal) && does.some((verb) => /create|replace/.test(verb)),
  )
  const mayAlways = writing.some(({ option }) => option === undefined)
  const chosen = new Set(writing.map(({ option }) => (mayAlways ? 'storeKey' : (option ?? 'storeKey'))))
  return [
    ...[...chosen].map((option) =>
      one('GenerateDataKey', 'S3 encrypts what is written, in the name of who writes.', option),
    ),
    one('Decrypt', 'S3 decrypts what is read, in the name of who reads.', 'storeKey'),
  ]
}

function keyEntries({ who, does, of, why, option }: KeyAccess): Entry[] {
  const bound: More =
    of === undefined ? {} : { condition: { StringEquals: { 'kms:EncryptionContext:dataset': of } } as const }
  const actions: Readonly<Record<KeyAccess['does'], readonly string[]>> = {
    wrap: ['Encrypt', 'Decrypt'],
    unwrap: ['Decrypt'],
    look: ['DescribeKey', 'ListKeyRotations'],
    rotate: ['RotateKeyOnDemand'],
    rewrap: ['ReEncryptFrom', 'ReEncryptTo', 'Decrypt'],
    retire: [], // AWS KMS ends whole keys only
    check: ['Encrypt', 'Decrypt', 'GetKeyRotationStatus'],
  }
  return who.flatMap((principal) =>
    actions[does].map((action) =>
      entry(principal, 'awskms', action, '{kmsKeyArn}', why, {
        option,
        ...(action === 'GetKeyRotationStatus' ? {} : bound),
      }),
    ),
  )
}

function streamEntries(principal: Principal, why: string, option: Option | undefined): Entry[] {
  const on = (resource: string, action: string, reason: string, more: More = {}) =>
    entry(principal, 'kinesis', action, resource, reason, { option, ...more })
  const fanOut = { option: 'fanOut' } as const
  const registers = 'Registers the enhanced fan-out consumer, where nobody did so before.'
  return [
    on(STREAM, 'ListShards', why),
    on(STREAM, 'GetShardIterator', why),
    on(STREAM, 'GetRecords', why),
    on(
      STREAM,
      'DescribeStreamSummary',
      'Tells the state of the stream, and its ARN where a name is configured.',
      principal === 'operator' ? {} : fanOut,
    ),
    on(STREAM, 'DescribeStreamConsumer', 'Finds the consumer.', fanOut),
    on(CONSUMER, 'DescribeStreamConsumer', 'Finds the consumer.', fanOut),
    ...(principal === 'operator'
      ? []
      : [
          on(STREAM, 'RegisterStreamConsumer', registers, fanOut),
          on(CONSUMER, 'RegisterStreamConsumer', registers, fanOut),
        ]),
    on(STREAM, 'SubscribeToShard', why, fanOut),
    on(CONSUMER, 'SubscribeToShard', why, fanOut),
    entry(principal, 'awskms', 'Decrypt', '{streamKeyArn}', 'Kinesis decrypts records, in the name of who reads.', {
      condition: BY_KINESIS,
      option: 'streamKey',
      unproved: 'the emulator of Kinesis encrypts nothing',
    }),
  ]
}

function signInEntry(principal: Principal): Entry {
  const user = `arn:aws:rds-db:{region}:{account}:dbuser:{database}/{installation}-${principal}`
  return entry(principal, 'rds-db', 'connect', user, 'Signs in to the catalog, as a user of its own.', {
    option: 'signIn',
    unproved: 'no emulator of RDS takes the token; a test signs it',
  })
}

function identityEntries(): Entry[] {
  const why = 'Says who this is; AWS lets everybody ask, so that no policy has to allow it.'
  return [entry('operator', 'sts', 'GetCallerIdentity', '*', why, { option: 'check' })]
}
