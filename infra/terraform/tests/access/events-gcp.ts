import type { Json, JsonObject } from '../hcl.ts'

/** An entry of the audit log, of which kind it is (`ADMIN_WRITE` is logged whatever is set), how often it comes, and which alerts it is to raise. */
export type LogEvent = readonly [
  name: string,
  entry: JsonObject,
  kind: 'ADMIN_WRITE' | 'DATA_READ' | 'DATA_WRITE',
  times: number,
  alerts: readonly string[],
]

const PROJECT = 'credence-sample'
export const account = (name: string) => `credence-${name}@${PROJECT}.iam.gserviceaccount.com`
const RING = `projects/${PROJECT}/locations/europe-west3/keyRings/credence`
const EPOCHS = `${RING}/cryptoKeys/epochs`
const REST = `${RING}/cryptoKeys/rest-storage`
const DENIED = { code: 7, message: 'PERMISSION_DENIED' }

const entry = (
  serviceName: string,
  methodName: string,
  resourceName: string,
  principalEmail: string | null,
  more: { readonly status?: Json; readonly resource?: Json } = {},
): JsonObject => ({
  logName: `projects/${PROJECT}/logs/cloudaudit.googleapis.com%2Fdata_access`,
  resource: more.resource ?? { type: 'audited_resource', labels: { project_id: PROJECT } },
  protoPayload: {
    '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
    // whoever signs in by a pool of workforce or workloads has a subject, and no address
    authenticationInfo:
      principalEmail === null
        ? { principalSubject: 'principal://iam.googleapis.com/locations/global/workforcePools/staff/subject/eve' }
        : { principalEmail },
    requestMetadata: { callerIp: '10.20.0.9' },
    serviceName,
    methodName,
    resourceName,
    ...(more.status === undefined ? {} : { status: more.status }),
  },
})
const kms = (method: string, key: string, who: string | null, status?: Json) =>
  entry('cloudkms.googleapis.com', method, key, who, {
    ...(status === undefined ? {} : { status }),
    resource: { type: 'cloudkms_cryptokey', labels: { key_ring_id: 'credence' } },
  })
const bucket = (method: string, bucket_name: string, path: string, status?: Json) =>
  entry('storage.googleapis.com', method, `projects/_/buckets/${bucket_name}${path}`, 'eve@example.org', {
    ...(status === undefined ? {} : { status }),
    resource: { type: 'gcs_bucket', labels: { bucket_name } },
  })
const policy = (service: string, method: string, resourceName: string, resource?: Json) =>
  entry(service, method, resourceName, 'eve@example.org', resource === undefined ? {} : { resource })
const IAM_POLICY = 'google.iam.v1.IAMPolicy.SetIamPolicy'

export const EVENTS: readonly LogEvent[] = [
  ['a service unwraps', kms('Decrypt', EPOCHS, account('scan')), 'DATA_READ', 30, []],
  ['a reviewer unwraps as the account of reviewers', kms('Decrypt', EPOCHS, account('reviewer')), 'DATA_READ', 1, []],
  [
    'a service unwraps more than usual',
    kms('Decrypt', EPOCHS, account('scan')),
    'DATA_READ',
    1001,
    ['unusual-decrypts'],
  ],
  ['a person unwraps', kms('Decrypt', EPOCHS, 'eve@example.org'), 'DATA_READ', 1, ['key-used-by-a-stranger']],
  ['somebody without an address unwraps', kms('Decrypt', EPOCHS, null), 'DATA_READ', 1, ['key-used-by-a-stranger']],
  [
    'an account of that name elsewhere unwraps',
    kms('Decrypt', EPOCHS, 'credence-scan@elsewhere.iam.gserviceaccount.com'),
    'DATA_READ',
    1,
    ['key-used-by-a-stranger'],
  ],
  [
    'Cloud Storage decrypts at rest',
    kms('Decrypt', REST, 'service-123456789012@gs-project-accounts.iam.gserviceaccount.com'),
    'DATA_READ',
    5000,
    [],
  ],
  [
    "another ring's key is used",
    kms('Decrypt', EPOCHS.replace('credence/', 'other/'), 'eve@example.org'),
    'DATA_READ',
    1,
    [],
  ],
  ['a key is refused to a service', kms('Decrypt', EPOCHS, account('sweep'), DENIED), 'DATA_READ', 1, ['key-refused']],
  ['a key is refused to a stranger', kms('Encrypt', REST, 'eve@example.org', DENIED), 'DATA_READ', 1, ['key-refused']],
  ['a key is not found', kms('GetCryptoKey', EPOCHS, account('scan'), { code: 5 }), 'DATA_READ', 1, []],
  ...['DestroyCryptoKeyVersion', 'UpdateCryptoKeyVersion'].map(
    (method) =>
      [
        `${method} is done`,
        kms(method, `${EPOCHS}/cryptoKeyVersions/3`, 'eve@example.org'),
        'ADMIN_WRITE',
        1,
        ['key-ends'],
      ] as const,
  ),
  ['a key rotates no more', kms('UpdateCryptoKey', EPOCHS, 'eve@example.org'), 'ADMIN_WRITE', 1, ['key-ends']],
  [
    "another ring's version is destroyed",
    kms(
      'DestroyCryptoKeyVersion',
      `projects/${PROJECT}/locations/europe-west3/keyRings/other/cryptoKeys/a/cryptoKeyVersions/1`,
      'eve@example.org',
    ),
    'ADMIN_WRITE',
    1,
    [],
  ],
  [
    'an object is refused',
    bucket('storage.objects.get', `${PROJECT}-credence`, '/objects/team/credence/clean/mail/1', DENIED),
    'DATA_READ',
    1,
    ['objects-refused'],
  ],
  [
    'a write is refused',
    bucket('storage.objects.create', `${PROJECT}-credence`, '/objects/team/credence/clean/mail/1', DENIED),
    'DATA_WRITE',
    1,
    ['objects-refused'],
  ],
  [
    'an object is not there',
    bucket('storage.objects.get', `${PROJECT}-credence`, '/objects/a', { code: 5 }),
    'DATA_READ',
    9,
    [],
  ],
  [
    "another bucket's object is refused",
    bucket('storage.objects.get', 'other', '/objects/a', DENIED),
    'DATA_READ',
    9,
    [],
  ],
  [
    "the bucket's policy is changed",
    bucket('storage.setIamPermissions', `${PROJECT}-credence`, ''),
    'ADMIN_WRITE',
    1,
    ['access-changed'],
  ],
  ["another bucket's policy is changed", bucket('storage.setIamPermissions', 'other', ''), 'ADMIN_WRITE', 1, []],
  [
    "a key's policy is changed",
    policy('cloudkms.googleapis.com', 'SetIamPolicy', EPOCHS),
    'ADMIN_WRITE',
    1,
    ['access-changed'],
  ],
  [
    'somebody may read a subscription',
    policy('pubsub.googleapis.com', IAM_POLICY, `projects/${PROJECT}/subscriptions/credence-mail`),
    'ADMIN_WRITE',
    1,
    ['access-changed'],
  ],
  [
    'somebody may publish records',
    policy('pubsub.googleapis.com', IAM_POLICY, `projects/${PROJECT}/topics/credence-mail`),
    'ADMIN_WRITE',
    1,
    ['access-changed'],
  ],
  [
    'somebody may become a service',
    policy(
      'iam.googleapis.com',
      'google.iam.admin.v1.SetIAMPolicy',
      'projects/-/serviceAccounts/104512345678901234567',
      {
        type: 'service_account',
        labels: { email_id: account('reviewer'), project_id: PROJECT },
      },
    ),
    'ADMIN_WRITE',
    1,
    ['access-changed'],
  ],
  [
    'somebody is given a role on the project',
    policy('cloudresourcemanager.googleapis.com', 'SetIamPolicy', `projects/${PROJECT}`, {
      type: 'project',
      labels: { project_id: PROJECT },
    }),
    'ADMIN_WRITE',
    1,
    ['access-changed'],
  ],
  [
    "another topic's policy is changed",
    policy('pubsub.googleapis.com', IAM_POLICY, `projects/${PROJECT}/topics/other`),
    'ADMIN_WRITE',
    1,
    [],
  ],
]

type Measure = readonly [
  resource: string,
  labels: JsonObject,
  metric: string,
  points: readonly number[],
  alerts: readonly string[],
]
const subscription = (
  subscription_id: string,
  metric: string,
  points: readonly number[],
  alerts: readonly string[],
): Measure => [
  'pubsub_subscription',
  { subscription_id },
  `pubsub.googleapis.com/subscription/${metric}`,
  points,
  alerts,
]
const disk = (database_id: string, points: readonly number[], alerts: readonly string[]): Measure => [
  'cloudsql_database',
  { database_id },
  'cloudsql.googleapis.com/database/disk/utilization',
  points,
  alerts,
]
const memory = (points: readonly number[], alerts: readonly string[]): Measure => [
  'redis_instance',
  { instance_id: 'google_redis_instance.this.id' },
  'redis.googleapis.com/stats/memory/usage_ratio',
  points,
  alerts,
]

/** What is measured within five minutes, and which alerts it is to raise. */
export const MEASURES: readonly Measure[] = [
  subscription('credence-mail', 'oldest_unacked_message_age', [10, 901, 10], ['oldest-message']),
  subscription('credence-digits', 'oldest_unacked_message_age', [899, 899], []),
  subscription('credence-mail-dead-letters', 'oldest_unacked_message_age', [99_999], []),
  subscription('credence-mail-dead-letters', 'num_undelivered_messages', [0, 1, 0], ['dead-letters']),
  subscription('credence-mail-dead-letters', 'num_undelivered_messages', [0, 0], []),
  subscription('credence-mail', 'num_undelivered_messages', [5000], []),
  subscription('other-dead-letters', 'num_undelivered_messages', [1], []),
  memory([0.9, 0.9], ['redis-memory']),
  memory([0.5, 0.9], []),
  disk(`${PROJECT}:credence`, [0.9, 0.9], ['postgres-disk']),
  disk(`${PROJECT}:credence`, [0.5, 0.5], []),
  disk(`${PROJECT}:other`, [0.99], []),
]
