import type { EvaluatedResource } from '../evaluate.ts'
import type { Json, JsonObject } from '../hcl.ts'
import { list, text } from '../module.ts'
import { ACCOUNT, REGION } from './aws-places.ts'
import { matchesPattern } from './filter-pattern.ts'

const EPOCH = `arn:aws:kms:${REGION}:${ACCOUNT}:key/epoch`
const STORE = `arn:aws:kms:${REGION}:${ACCOUNT}:key/store`
const BUCKET = `credence-test-store-${ACCOUNT}-${REGION}`

const session = (role: string, account = ACCOUNT) => ({
  type: 'AssumedRole',
  arn: `arn:aws:sts::${account}:assumed-role/${role}/session`,
  sessionContext: { sessionIssuer: { type: 'Role', arn: `arn:aws:iam::${account}:role/${role}`, userName: role } },
})
const user = { type: 'IAMUser', arn: `arn:aws:iam::${ACCOUNT}:user/ada`, userName: 'ada' }
const kms = (eventName: string, userIdentity: JsonObject, arn = EPOCH) => ({
  eventSource: 'kms.amazonaws.com',
  eventName,
  userIdentity,
  requestParameters: { encryptionAlgorithm: 'SYMMETRIC_DEFAULT', keyId: arn },
  resources: [{ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN: arn }],
})
/** As KMS tells of it: the key is in the message, and nowhere else. */
const refused = (arn: string) => ({
  eventSource: 'kms.amazonaws.com',
  eventName: 'Decrypt',
  userIdentity: session('curious'),
  errorCode: 'AccessDenied',
  errorMessage: `User: arn:aws:sts::${ACCOUNT}:assumed-role/curious/session is not authorized to perform: kms:Decrypt on resource: ${arn} because no resource-based policy allows the kms:Decrypt action`,
  requestParameters: null,
  responseElements: null,
})
const bucket = (eventName: string, bucketName = BUCKET) => ({
  eventSource: 's3.amazonaws.com',
  eventName,
  userIdentity: session('admin'),
  requestParameters: { bucketName },
})

/** Events as CloudTrail writes them, how often each comes within an hour, and which alarms it is to raise. */
export const EVENTS: readonly (readonly [name: string, event: Json, times: number, alarms: readonly string[]])[] = [
  ['a service unwraps', kms('Decrypt', session('credence-test-scan')), 100, []],
  ['a service unwraps more than usual', kms('Decrypt', session('credence-test-scan')), 5001, ['many-decrypts']],
  ['a person unwraps', kms('Decrypt', session('admin')), 1, ['foreign-decrypts']],
  ['a user unwraps', kms('Decrypt', user), 1, ['foreign-decrypts']],
  [
    'a role of that name elsewhere unwraps',
    kms('Decrypt', session('credence-test-scan', '999999999999')),
    1,
    ['foreign-decrypts'],
  ],
  ['S3 decrypts', kms('Decrypt', session('credence-test-scan'), STORE), 10_000, []],
  ['the epoch key is refused', refused(EPOCH), 1, ['kms-denials']],
  ['the key of the store is refused', refused(STORE), 1, ['kms-denials']],
  ["somebody else's key is refused", refused(`arn:aws:kms:${REGION}:${ACCOUNT}:key/another`), 1, []],
  ...['DisableKey', 'ScheduleKeyDeletion', 'PutKeyPolicy', 'DisableKeyRotation'].map(
    (name) => [name, kms(name, session('platform')), 1, ['key-changes']] as const,
  ),
  ...['PutBucketPolicy', 'DeleteBucketPolicy', 'PutBucketPublicAccessBlock', 'DeleteBucketPublicAccessBlock'].map(
    (name) => [name, bucket(name), 1, ['policy-changes']] as const,
  ),
  ["another bucket's policy is changed", bucket('PutBucketPolicy', 'another'), 1, []],
]

/** Measures, and whether an alarm is to be raised of them. */
export const MEASURES: readonly (readonly [
  namespace: string,
  metric: string,
  dimensions: JsonObject,
  value: number,
  raises: boolean,
])[] = [
  ...['credence-test-mail', 'credence-test-digits'].flatMap((StreamName) =>
    (
      [
        ['GetRecords.IteratorAgeMilliseconds', 31 * 60_000, true],
        ['GetRecords.IteratorAgeMilliseconds', 29 * 60_000, false],
        ['ReadProvisionedThroughputExceeded', 101, true],
        ['WriteProvisionedThroughputExceeded', 101, true],
        ['WriteProvisionedThroughputExceeded', 0, false],
      ] as const
    ).map(([metric, value, raises]) => ['AWS/Kinesis', metric, { StreamName }, value, raises] as const),
  ),
  ...['001', '002'].flatMap((node) =>
    (
      [
        [81, true],
        [79, false],
      ] as const
    ).map(
      ([value, raises]) =>
        [
          'AWS/ElastiCache',
          'DatabaseMemoryUsagePercentage',
          { CacheClusterId: `credence-test-queue-${node}` },
          value,
          raises,
        ] as const,
    ),
  ),
  ['AWS/RDS', 'FreeStorageSpace', { DBInstanceIdentifier: 'credence-test-catalog' }, 4 * 2 ** 30, true],
  ['AWS/RDS', 'FreeStorageSpace', { DBInstanceIdentifier: 'credence-test-catalog' }, 20 * 2 ** 30, false],
]

/** Alarms that stay silent where they should not, or ring for nothing, each in a line that begins `alarms: `. */
export function alarmProblems(resources: readonly EvaluatedResource[]): string[] {
  const alarms = resources.filter(({ type }) => type === 'aws_cloudwatch_metric_alarm')
  const filters = resources.filter(({ type }) => type === 'aws_cloudwatch_log_metric_filter')
  const topic = resources.find(({ type }) => type === 'aws_sns_topic')?.arn ?? null
  const trail = resources.find(({ type }) => type === 'aws_cloudtrail')
  const group = resources.find(({ type, key }) => type === 'aws_cloudwatch_log_group' && key === 'trail')
  const isFed = text(trail?.values['cloud_watch_logs_group_arn']) === `${group?.arn}:*`
  const ring = (namespace: string, metric: string, dimensions: JsonObject, value: number) =>
    alarms.filter(({ values }) => {
      const isOf = values['namespace'] === namespace && values['metric_name'] === metric
      const same = Object.entries((values['dimensions'] ?? {}) as JsonObject)
      return (
        isOf && same.every(([key, one]) => dimensions[key] === one) && isHeard(values, topic) && exceeds(values, value)
      )
    })
  const problems: string[] = []
  for (const [name, event, times, expected] of EVENTS) {
    const raised = filters
      .filter(
        ({ values }) =>
          isFed && values['log_group_name'] === group?.values['name'] && matchesPattern(text(values['pattern']), event),
      )
      .flatMap(({ values }) => list(values['metric_transformation']) as JsonObject[])
      .flatMap(({ name: metric, namespace, value }) => ring(text(namespace), text(metric), {}, times * Number(value)))
      .map(({ key }) => key)
      .toSorted((a, b) => a.localeCompare(b))
    if (raised.join() !== expected.join())
      problems.push(`alarms: ${name}: ${raised.join() || 'nothing'} instead of ${expected.join() || 'nothing'}`)
  }
  for (const [namespace, metric, dimensions, value, expected] of MEASURES) {
    const raised = ring(namespace, metric, dimensions, value).length > 0
    if (raised !== expected)
      problems.push(
        `alarms: ${metric} of ${Object.values(dimensions).map(text).join()} at ${value} ${raised ? 'rings' : 'is silent'}`,
      )
  }
  const silent = alarms.filter(({ values }) => values['namespace'] === 'AWS/RDS' && isHeard(values, topic))
  if (!silent.some(({ values }) => values['treat_missing_data'] === 'breaching'))
    problems.push('alarms: a database that says nothing any more is taken for a healthy one')
  return problems
}

/** That it reaches somebody, within an hour and a half. */
function isHeard(values: JsonObject, topic: string | null): boolean {
  const seconds = Number(values['period']) * Number(values['evaluation_periods'])
  const points = Number(values['datapoints_to_alarm'] ?? values['evaluation_periods'])
  const within = seconds <= 5400 && points >= 1 && points <= Number(values['evaluation_periods'])
  return values['actions_enabled'] === true && list(values['alarm_actions']).includes(topic) && within
}

function exceeds({ comparison_operator: operator, threshold, statistic }: JsonObject, value: number): boolean {
  if (!['Sum', 'Maximum', 'Minimum'].includes(text(statistic))) return false
  if (operator === 'GreaterThanThreshold') return value > Number(threshold)
  if (operator === 'LessThanThreshold') return value < Number(threshold)
  throw new Error(`the comparison ${text(operator)} is not understood`)
}
