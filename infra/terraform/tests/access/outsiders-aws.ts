import type { EvaluatedResource } from '../evaluate.ts'
import { ACCOUNT, inside, OTHER, TLS, type Places } from './aws-places.ts'
import { succeeds, type Asked } from './aws-world.ts'
import type { Caller } from './iam.ts'
import { PODS, podsAndServices } from './pods-aws.ts'

const person = (name: string, account = ACCOUNT): Caller => ({ arn: `arn:aws:iam::${account}:role/${name}`, account })

/** Who has no business here, or business that ends somewhere; those of an account may do there what its administrators may. */
const STRANGERS: Readonly<Record<string, Caller>> = {
  nobody: { arn: null, account: null },
  'another account': person('admin', OTHER),
  'a role of that name elsewhere': person('credence-test-scan', OTHER),
  'the root': { arn: `arn:aws:iam::${ACCOUNT}:root`, account: ACCOUNT },
  'an administrator': person('admin'),
  'a user': { arn: `arn:aws:iam::${ACCOUNT}:user/ada`, account: ACCOUNT },
  'a role called alike': person('credence-test-scan-2'),
  'a role below a path': person('team/credence-test-scan'),
  'who administers keys': person('platform'),
  'an auditor': person('auditors'),
  'a producer': person('producer'),
  'a reviewing person': person('reviewers'),
}
type Stranger = keyof typeof STRANGERS

interface Probe {
  readonly what: string
  readonly action: string
  readonly resource: string
  readonly about: string | null
  readonly context?: Asked['context']
  /** Who succeeds, from outside of the network. */
  readonly may?: readonly Stranger[]
}

const IN_ACCOUNT = [
  'the root',
  'an administrator',
  'a user',
  'a role called alike',
  'a role below a path',
  'who administers keys',
  'an auditor',
  'a producer',
  'a reviewing person',
]
const CONFIGURES = [
  'PutBucketPolicy',
  'PutBucketObjectLockConfiguration',
  'GetBucketObjectLockConfiguration',
  'PutLifecycleConfiguration',
]
const READS = [
  'GetObject',
  'GetObjectVersion',
  'ListBucket',
  'ListBucketVersions',
  'GetObjectTagging',
  'ListBucketMultipartUploads',
]
const WRITES = [
  'PutObject',
  'DeleteObject',
  'AbortMultipartUpload',
  'PutObjectRetention',
  'RestoreObject',
  'ReplicateObject',
  'UpdateObjectEncryption',
  'PutObjectTagging',
]
const ENDS = ['DeleteObjectVersion', 'BypassGovernanceRetention']
const OPENS = [
  'Decrypt',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyWithoutPlaintext',
  'ReEncryptFrom',
  'ReEncryptTo',
  'CreateGrant',
]
const ADMINISTERS = ['PutKeyPolicy', 'ScheduleKeyDeletion', 'DisableKey', 'EnableKeyRotation', 'RevokeGrant']
const MINDS = ['DisableKeyRotation', 'ReplicateKey', 'ImportKeyMaterial', 'RotateKeyOnDemand']

function probesOf({ bucket, trail, keys, roleArn }: Places, resources: readonly EvaluatedResource[]): Probe[] {
  const region = 'eu-central-1'
  const via = (name: string) => ({ 'kms:ViaService': `${name}.${region}.amazonaws.com` })
  const onBucket = (action: string) => (/^List|Bucket/.test(action) ? bucket : `${bucket}/team/credence/clean/mail/x1`)
  const dataset = { 'kms:EncryptionContext:dataset': 'mail', 'kms:EncryptionContext:kid': 'k1' }
  const key = (
    name: keyof Places['keys'],
    action: string,
    context: Asked['context'],
    may: readonly Stranger[] = [],
  ) => ({
    what: `kms:${action} of the ${name} key${Object.keys(context).length === 0 ? '' : ` with ${JSON.stringify(context)}`}`,
    action: `kms:${action}`,
    resource: keys[name],
    about: keys[name],
    context,
    may,
  })
  const object = (action: string, may: readonly Stranger[] = [], on = onBucket(action), about = bucket) => ({
    what: `s3:${action} on ${on}`,
    action: `s3:${action}`,
    resource: on,
    about,
    may,
  })
  const trailFile = `${trail}/AWSLogs/${ACCOUNT}/CloudTrail/x1`
  const ofTrail = {
    'kms:EncryptionContext:aws:cloudtrail:arn': `arn:aws:cloudtrail:${region}:${ACCOUNT}:trail/credence-test-trail`,
  }
  const names = Object.keys(keys) as (keyof Places['keys'])[]
  const topic = resources.find(({ type }) => type === 'aws_sns_topic')?.arn ?? ''
  return [
    ...[...READS, ...WRITES, ...ENDS].map((action) => object(action)),
    ...CONFIGURES.map((action) => object(action, IN_ACCOUNT)),
    ...names.flatMap((name) => [
      ...OPENS.flatMap((action) => [
        key(name, action, {}),
        key(name, action, dataset),
        key(name, action, { 'kms:EncryptionContext:dataset': 'mail' }),
      ]),
      ...['s3', 'kinesis', 'sns', 'ec2'].flatMap((service) =>
        OPENS.map((action) =>
          key(
            name,
            action,
            via(service),
            name === 'store' && service === 'kinesis' && action === 'GenerateDataKey' ? ['a producer'] : [],
          ),
        ),
      ),
      ...ADMINISTERS.map((action) => key(name, action, {}, ['who administers keys'])),
      ...MINDS.map((action) => key(name, action, {})),
    ]),
    ...['rds', 'elasticache', 'secretsmanager'].flatMap((service) =>
      OPENS.map((action) => key('platform', action, via(service), ['who administers keys'])),
    ),
    key('platform', 'Decrypt', { ...via('s3'), ...ofTrail }, ['an auditor']),
    key('platform', 'Decrypt', ofTrail),
    key('platform', 'Decrypt', {
      ...via('s3'),
      'kms:EncryptionContext:aws:cloudtrail:arn': `arn:aws:cloudtrail:${region}:${OTHER}:trail/x`,
    }),
    object('GetObject', IN_ACCOUNT, trailFile, trail),
    object('PutObject', IN_ACCOUNT, trailFile, trail),
    ...Object.keys(ROLES).flatMap((role) => [
      {
        what: `sts:AssumeRole of ${role}`,
        action: 'sts:AssumeRole',
        resource: roleArn(role),
        about: `trust of ${role}`,
        may: ROLES[role] ?? [],
      },
    ]),
    { what: 'sns:Publish to the alarms', action: 'sns:Publish', resource: topic, about: topic, may: IN_ACCOUNT },
  ]
}

/** Who may become a service, besides its pods. */
const ROLES: Readonly<Record<string, readonly Stranger[]>> = {
  ...Object.fromEntries([...PODS, 'flow_logs', 'trail', 'monitoring'].map((name) => [name, []])),
  reviewer: ['a reviewing person'],
}

/** What strangers achieve, and what services achieve by ways that are not theirs, each in a line that begins `access: `. */
export function outsiderProblems(places: Places, resources: readonly EvaluatedResource[]): string[] {
  const problems: string[] = []
  const judge = (who: string, what: string, asked: Asked, expected: boolean) => {
    const actual = succeeds(places.world, asked)
    if (actual !== expected) problems.push(`access: ${who} ${actual ? 'may' : 'is refused'} ${what}`)
  }
  for (const { what, action, resource, about, context = {}, may = [] } of probesOf(places, resources)) {
    for (const [who, caller] of Object.entries(STRANGERS)) {
      const asked = { caller, role: null, account: ACCOUNT, action, resource, about, context: { ...TLS, ...context } }
      judge(who, what, asked, may.includes(who))
    }
  }
  // whatever an endpoint says: one that lets more through is not to end what is kept
  const open = { ...places.world, endpoints: new Map() }
  for (const action of ENDS) {
    const resource = `${places.bucket}/team/credence/clean/mail/x1`
    const asked = { ...inside(places, 'encrypt', { action: `s3:${action}`, resource, context: {} }), role: null }
    if (succeeds(open, asked)) problems.push(`access: encrypt may s3:${action}`)
  }
  // nor is one to let those who administer keys read what is under them
  for (const action of ['GetObject', 'GetObjectVersion', 'PutObject', 'DeleteObject']) {
    const resource = `${places.bucket}/team/credence/clean/mail/x1`
    const asked = inside(places, 'encrypt', { action: `s3:${action}`, resource, context: {} })
    const caller = STRANGERS['who administers keys'] ?? person('platform')
    if (succeeds(open, { ...asked, caller, role: null }))
      problems.push(`access: who administers keys may s3:${action} through the endpoint`)
  }
  for (const [who, what, asked, expected] of byOtherWays(places)) judge(who, what, asked, expected)
  for (const [what, asked, expected] of podsAndServices(places)) judge('a process', what, asked, expected)
  return problems
}

type Way = readonly [who: string, what: string, asked: Asked, expected: boolean]

/** A service's own requests, as they are not to come: in clear, by an old TLS, from outside, through another's endpoint. */
function byOtherWays(places: Places): Way[] {
  const object = (action: string, path: string, context: Asked['context'] = {}) => ({
    action: `s3:${action}`,
    resource: `${places.bucket}/team/credence/${path}`,
    context,
  })
  const list = { action: 's3:ListBucket', resource: places.bucket, context: {} }
  const wishes = [
    ['encrypt', object('GetObject', 'clean/mail/x1')],
    ['encrypt', object('PutObject', 'clean/mail/x1', { 's3:if-none-match': '*' })],
    ['encrypt', object('DeleteObject', 'staging/mail/x1')],
    ['scan', list],
    ['exporter', object('GetObject', 'manifests/mail/x1')],
  ] as const
  const ways: readonly (readonly [string, Asked['context'], boolean])[] = [
    ['as it should', {}, true],
    ['in clear', { 'aws:SecureTransport': 'false' }, false],
    ['by TLS 1.1', { 's3:TlsVersion': '1.1' }, false],
    ['through an endpoint of somebody else', { 'aws:SourceVpce': 'vpce-elsewhere' }, false],
    [
      'under a key of somebody else',
      {
        's3:x-amz-server-side-encryption': 'aws:kms',
        's3:x-amz-server-side-encryption-aws-kms-key-id': 'arn:aws:kms:eu-central-1:999999999999:key/x',
      },
      false,
    ],
    [
      'under our key',
      {
        's3:x-amz-server-side-encryption': 'aws:kms',
        's3:x-amz-server-side-encryption-aws-kms-key-id': places.keys.store,
      },
      true,
    ],
  ]
  const found = wishes.flatMap(([role, wish]) =>
    ways
      .filter(([way]) => !way.startsWith('under') || wish.action === 's3:PutObject')
      .map(([way, context, expected]): Way => {
        const asked = inside(places, role, wish)
        return [role, `${wish.action} ${way}`, { ...asked, context: { ...asked.context, ...context } }, expected]
      }),
  )
  const outside = wishes.map(([role, wish]): Way => {
    const { 'aws:SourceVpce': _, ...context } = inside(places, role, wish).context
    return [role, `${wish.action} from outside`, { ...inside(places, role, wish), context }, false]
  })
  const blind: Way[] = (['clean/mail/x1', 'keys/mail/x1', 'manifests/mail/x1'] as const).flatMap((path) =>
    ['ingest', 'encrypt', 'operator'].map((role): Way => [
      role,
      `s3:PutObject over ${path} blindly`,
      inside(places, role, object('PutObject', path)),
      false,
    ]),
  )
  // the key's own policy, whatever the service's says: `role` null is somebody who asks for everything under a service's name
  const others: Way[] = (['another', '_else'] as const).map((dataset) => [
    'who asks for everything',
    `kms:Decrypt for the dataset ${dataset}`,
    {
      ...inside(places, 'scan', {
        action: 'kms:Decrypt',
        resource: places.keys.epoch,
        context: { 'kms:EncryptionContext:dataset': dataset },
      }),
      role: null,
    },
    false,
  ])
  others.push([
    'who asks for everything as scan',
    'kms:RotateKeyOnDemand',
    {
      ...inside(places, 'scan', { action: 'kms:RotateKeyOnDemand', resource: places.keys.epoch, context: {} }),
      role: null,
    },
    false,
  ])
  const endpoints = ['s3', 'kinesis-streams', 'kms', 'secretsmanager', 'logs'].flatMap((name): Way[] => {
    const product = name === 'kinesis-streams' ? 'kinesis' : name
    const target = name === 's3' ? places.bucket : '*'
    const action =
      {
        s3: 'ListBucket',
        kinesis: 'GetRecords',
        kms: 'Decrypt',
        secretsmanager: 'GetSecretValue',
        logs: 'PutLogEvents',
      }[product] ?? ''
    const resource =
      name === 'kms' ? places.keys.epoch : name === 's3' ? target : `arn:aws:${product}:eu-central-1:${ACCOUNT}:x1`
    // data leaves through an endpoint by another account's credentials, or to another account's store
    return [
      [
        'another account',
        `${product}:${action} through the endpoint ${name}`,
        {
          caller: person('admin', OTHER),
          role: null,
          account: OTHER,
          action: `${product}:${action}`,
          resource,
          about: null,
          context: { ...TLS, 'aws:SourceVpce': places.endpoint(name) },
        },
        false,
      ],
      [
        'an administrator',
        `${product}:${action} on what is another's through the endpoint ${name}`,
        {
          caller: person('admin'),
          role: null,
          account: ACCOUNT,
          action: `${product}:${action}`,
          resource: `arn:aws:${product}:::elsewhere`,
          about: null,
          context: { ...TLS, 'aws:SourceVpce': places.endpoint(name) },
        },
        false,
      ],
    ]
  })
  return [...found, ...outside, ...blind, ...others, ...endpoints]
}
