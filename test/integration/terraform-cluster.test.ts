import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { TERRAFORM } from '../../infra/terraform/tests/check.ts'
import { caughtIn } from '../../infra/terraform/tests/cloud.ts'
import { evaluate, planAnew } from '../../infra/terraform/tests/evaluate.ts'
import type { Samples } from '../../infra/terraform/tests/translate.ts'
import { EvaluationError } from '../../infra/terraform/tests/evaluation-error.ts'
import { missing } from '../../infra/terraform/tests/hcl.ts'
import type { Mutation } from '../../infra/terraform/tests/mutation.ts'
import { CLUSTER_VALUES } from '../../infra/terraform/tests/mutations/values-clusters.ts'
import { opaMissing } from '../../infra/terraform/tests/opa.ts'
import { CLUSTERS } from '../../infra/terraform/tests/samples/clusters.ts'
import { terraformMissing } from '../../infra/terraform/tests/terraform.ts'
import { unless } from './terraform-suite.ts'

/** `[module, from, to, what is said]`: each takes one property away, of the file `main.tf`. */
const SPOILT: readonly (readonly [string, string, string, string])[] = [
  ['aws', 'endpoint_public_access  = false', 'endpoint_public_access  = true', 'endpoint_public_access'],
  [
    'aws',
    'bootstrap_cluster_creator_admin_permissions = false',
    'bootstrap_cluster_creator_admin_permissions = true',
    'creator_admin',
  ],
  ['aws', '"audit", ', '', 'logs of audit'],
  ['aws', '"arn:${local.partition}:iam::${local.account}:root"', '"*"', 'is for anybody'],
  ['aws', 'http_put_response_hop_limit = 1', 'http_put_response_hop_limit = 2', 'hop_limit'],
  ['aws', 'http_tokens                 = "required"', 'http_tokens                 = "optional"', 'http_tokens'],
  ['aws', 'BOTTLEROCKET_x86_64', 'AL2023_x86_64_STANDARD', 'Bottlerocket'],
  ['aws', 'enableNetworkPolicy = "true"', 'enableNetworkPolicy = "false"', 'not enforced'],
  ['aws', 'AmazonEC2ContainerRegistryPullOnly = "nodes"', 'AmazonS3FullAccess = "nodes"', 'grants AmazonS3FullAccess'],
  [
    'aws',
    '"kube-proxy"             = {}',
    '"kube-proxy"             = {}\n    "aws-ebs-csi-driver" = {}',
    'not needed',
  ],
  ['gcp', 'enable_private_endpoint     = true', 'enable_private_endpoint     = false', 'enable_private_endpoint'],
  ['gcp', 'state    = "ENCRYPTED"', 'state    = "DECRYPTED"', 'database_encryption'],
  ['gcp', 'gcp_public_cidrs_access_enabled = false', 'gcp_public_cidrs_access_enabled = true', 'public_cidrs'],
  ['gcp', '"roles/logging.logWriter"', '"roles/editor"', 'grants roles/editor'],
  ['gcp', 'COS_CONTAINERD', 'UBUNTU_CONTAINERD', 'image_type'],
  ['gcp', 'PROJECT_SINGLETON_POLICY_ENFORCE', 'DISABLED', 'binary_authorization'],
  ['gcp', '"WORKLOADS", "APISERVER"', '"WORKLOADS"', 'logs of APISERVER'],
  [
    'azure',
    'private_cluster_enabled             = true',
    'private_cluster_enabled             = false',
    'private_cluster_enabled',
  ],
  [
    'azure',
    'local_account_disabled              = true',
    'local_account_disabled              = false',
    'local_account',
  ],
  ['azure', 'run_command_enabled                 = false', 'run_command_enabled                 = true', 'run_command'],
  ['azure', 'outbound_type       = "userDefinedRouting"', 'outbound_type       = "loadBalancer"', 'outbound_type'],
  ['azure', '"kube-audit", ', '', 'audit log of AKS'],
  ['azure', 'public_network_access_enabled = false', 'public_network_access_enabled = true', 'public_network_access'],
  ['azure', '"AcrPull"', '"Owner"', 'grants Owner'],
]

const ruled = unless(missing, terraformMissing(), opaMissing())
describe.skipIf(ruled.skip)(`clusters${ruled.why}`, () => {
  test.each(Object.entries(CLUSTERS))(
    '%s keeps to the rules, and can be planned when nothing exists yet',
    async (folder, samples) => {
      expect(await caughtIn(folder, 'cluster', samples)).toEqual([])
      await planAnew(join(TERRAFORM, folder), samples)
    },
  )

  test.each(CLUSTER_VALUES)('it is noticed when $name', async ({ cloud, ...mutation }) => {
    const folder = `modules/${cloud}/cluster`
    expect((await caughtIn(folder, 'cluster', CLUSTERS[folder]!, mutation)).join('\n')).toContain(mutation.caughtBy)
  })

  test.each(SPOILT)('%s: it is noticed when %s', async (cloud, from, to, says) => {
    const folder = `modules/${cloud}/cluster`
    const mutation: Mutation = { name: from, file: 'main.tf', replace: [from, to], caughtBy: says }
    expect((await caughtIn(folder, 'cluster', CLUSTERS[folder]!, mutation)).join('\n')).toContain(says)
  })

  test.each([
    ['aws', { administrators: { all: 'arn:aws:iam::123456789012:role/*' } }, /Name one role/],
    ['aws', { administrators: {} }, /Name one role/],
    ['aws', { kubernetes_version: '1.24' }, /1\.30 or newer/],
    ['aws', { log_days: 30 }, /A year at least/],
    ['gcp', { administrator_ranges: { all: '0.0.0.0/0' } }, /private ones/],
    ['azure', { administrator_groups: [] }, /one group at least/],
  ])('%s refuses %j', async (cloud, variables, says) => {
    const folder = `modules/${cloud}/cluster`
    const samples = CLUSTERS[folder]!
    const given: Samples = { ...samples, variables: { ...samples.variables, ...variables } }
    const failed = await evaluate(join(TERRAFORM, folder), given).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(EvaluationError)
    expect(String(failed)).toMatch(says)
  })
})
