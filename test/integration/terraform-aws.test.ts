import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TERRAFORM } from '../../infra/terraform/tests/check.ts'
import { folderOf } from '../../infra/terraform/tests/cloud.ts'
import { AWS } from '../../infra/terraform/tests/clouds/aws.ts'
import { evaluate } from '../../infra/terraform/tests/evaluate.ts'
import { missing, type JsonObject } from '../../infra/terraform/tests/hcl.ts'
import { ALWAYS, CHOSEN, permissionProblems } from '../../infra/terraform/tests/permissions-aws.ts'
import { FEDERATIONS } from '../../infra/terraform/tests/samples/aws.ts'
import { terraformMissing } from '../../infra/terraform/tests/terraform.ts'
import { terraformSuite, unless } from './terraform-suite.ts'

terraformSuite(AWS)

const NARROW: JsonObject = { prefix: '', object_lock: null, fan_out: false, operator_may: [], reviewers_may: [] }
const GIVEN = { options: ALWAYS, prefix: '', federations: FEDERATIONS }
const OF_REVIEW = new Set<string>(['letters', 'neighbours', 'releases'])
const run = unless(missing, terraformMissing())

describe.skipIf(run.skip)(`modules/aws in other shapes${run.why}`, () => {
  const grants = async (variables: JsonObject, given: Parameters<typeof permissionProblems>[1]) => {
    const samples = { ...AWS.samples, variables: { ...AWS.samples.variables, ...variables } }
    return permissionProblems(await evaluate(join(TERRAFORM, folderOf(AWS)), samples), given)
  }

  test('grants nothing that is not chosen', async () => {
    expect(await grants(NARROW, GIVEN)).toEqual([])
  })

  test('makes no identity for a console and an aggregator that nobody runs', async () => {
    const none = { ...NARROW, console: false, federations: [] }
    const given = { ...GIVEN, federations: [], without: ['console', 'federate'] } as const
    expect(await grants(none, given)).toEqual([])
    expect(await grants(none, GIVEN)).toContainEqual(expect.stringMatching(/not granted: console may s3:GetObject/))
  })

  test('grants the same for many datasets, in several policies', async () => {
    const datasets = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`dataset-${i}`, {}]))
    expect(await grants({ ...NARROW, datasets }, GIVEN)).toEqual([])
  })

  test.each(CHOSEN.filter((option) => option !== 'objectLock' && option !== 'fanOut'))(
    'grants %s alone',
    async (one) => {
      const chosen = OF_REVIEW.has(one) ? { reviewers_may: [one] } : { operator_may: [one] }
      expect(await grants({ ...NARROW, ...chosen }, { ...GIVEN, options: [...ALWAYS, one] })).toEqual([])
    },
  )
})

describe.skipIf(run.skip)(`modules/aws on the first day${run.why}`, () => {
  const resourcesOf = async (variables: JsonObject) => {
    const samples = { ...AWS.samples, variables: { ...AWS.samples.variables, ...variables } }
    return (await evaluate(join(TERRAFORM, folderOf(AWS)), samples)).resources
  }
  const endpointsOf = async (variables: JsonObject) =>
    (await resourcesOf(variables))
      .filter(({ type, name }) => type === 'aws_vpc_endpoint' && name === 'interface')
      .map(({ key }) => key)
  const OWN = ['kinesis-streams', 'kms', 'logs', 'secretsmanager', 'sts']
  const CLUSTER = ['ec2', 'ecr.api', 'ecr.dkr', 'eks', 'eks-auth', 'monitoring']

  test('needs no cluster, which lives in the network that is made; the second apply binds its service accounts', async () => {
    const bound = async (eks: JsonObject) =>
      (await resourcesOf({ eks })).filter(({ type }) => type === 'aws_eks_pod_identity_association').length
    expect(await bound({ cluster_name: 'training' })).toBe(0)
    expect(await bound({ cluster_name: 'training', pod_identities: true })).toBe(10)
  })

  test('has the endpoints that machines of a cluster need, images of add-ons among them, and none where there is no cluster', async () => {
    expect(await endpointsOf({})).toEqual([...OWN, ...CLUSTER].toSorted((a, b) => a.localeCompare(b)))
    expect(await endpointsOf({ cluster_endpoints: false })).toEqual(OWN)
    expect(await endpointsOf({ cluster_endpoints: false, sessions: true })).toEqual(
      [...OWN, 'ssm', 'ssmmessages'].toSorted((a, b) => a.localeCompare(b)),
    )
  })
})

const refused = unless(missing, terraformMissing())

describe.skipIf(refused.skip)(`inputs that modules/aws refuses${refused.why}`, () => {
  const given = (variables: JsonObject) =>
    evaluate(join(TERRAFORM, folderOf(AWS)), { ...AWS.samples, variables: { ...AWS.samples.variables, ...variables } })
  const role = 'arn:aws:iam::123456789012:role'

  test.each<[string, JsonObject, string]>([
    ['a name that is too long', { name: 'a-name-that-is-too-long-for-it' }, '3 to 24 lower-case letters'],
    ['no dataset', { datasets: {} }, 'at least one dataset'],
    ['a retention of an hour', { datasets: { mail: { retention_hours: 1 } } }, '24 to 8760 hours'],
    ['a path with a slash at its end', { prefix: 'team/' }, 'without a slash at either end'],
    ['public addresses for the network', { cidr: '52.0.0.0/20' }, 'has to be private'],
    ['one zone', { zones: ['eu-central-1a'] }, 'two to six zones'],
    ['an unknown mode of retention', { object_lock: { mode: 'NONE', days: 1 } }, 'GOVERNANCE or COMPLIANCE'],
    ['older versions for a day', { noncurrent_days: 1 }, 'at least 7 days'],
    ['logs for a month', { log_days: 30 }, 'less than a year'],
    ['keys without administrators', { key_administrators: [] }, 'without an administrator'],
    ['keys that rotate every ten years', { key_rotation_days: 3650 }, 'every 90 to 730 days'],
    ['a wildcard in who may assume a role', { assumed_by: { reviewer: [`${role}/*`] } }, 'without a wildcard'],
    ['an unknown service', { assumed_by: { reviewers: [`${role}/r`] } }, 'Services are'],
    ['roles that nobody can assume', { eks: null, assumed_by: {} }, 'Nobody could assume the role'],
    [
      'any action through an endpoint',
      { additional_endpoints: { 'ecr.api': [{ actions: ['ecr:*'], resources: ['*'] }] } },
      'no wildcard',
    ],
    ['a queue without a replica', { redis_replicas: 0 }, 'a failed node loses the queue'],
    ['an auditor who administers keys', { auditors: [`${role}/platform`] }, 'Whoever audits administers no key'],
    ['any role as an auditor', { auditors: [`${role}/*`] }, 'without a wildcard'],
    ['any cluster', { eks: { cluster_name: '*' } }, 'one cluster and one namespace'],
    ['every repository', { image_repositories: ['arn:aws:ecr:*:*:repository/*'] }, 'Name repositories by ARN'],
    ['key records for a year', { key_record_days: 365 }, '1 to 30 days'],
    ['backups for a day', { backup_days: 1 }, '7 to 35 days'],
    ['a federation that is called as a dataset is', { federations: ['mail'] }, 'none is that of a dataset'],
    ['more for reviewers than there is', { reviewers_may: ['newEpochs'] }, 'letters, neighbours or releases'],
    ['more for the operator than there is', { operator_may: ['everything'] }, 'newEpochs, rotateSigning'],
    [
      'more datasets than a policy holds',
      { datasets: Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`dataset-${i}`, {}])) },
      'too many for one installation',
    ],
  ])('%s', async (_, variables, said) => {
    await expect(given(variables)).rejects.toThrow(said)
  })
})
