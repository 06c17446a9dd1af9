import type { JsonObject } from '../hcl.ts'
import type { Samples } from '../translate.ts'

export const ACCOUNT = '123456789012'
export const REGION = 'eu-central-1'

const BUCKET = `credence-test-store-${ACCOUNT}-${REGION}`

export const FEDERATIONS = ['rounds'] as const

export const SAMPLES: Samples = {
  variables: {
    name: 'credence-test',
    datasets: { mail: {}, digits: { shards: 4, retention_hours: 72 } },
    zones: [`${REGION}a`, `${REGION}b`, `${REGION}c`],
    prefix: 'team/credence',
    federations: [...FEDERATIONS],
    console: true,
    reviewers_may: ['letters', 'neighbours', 'releases'],
    key_administrators: [`arn:aws:iam::${ACCOUNT}:role/platform`],
    producers: [`arn:aws:iam::${ACCOUNT}:role/producer`],
    object_lock: { mode: 'GOVERNANCE', days: 30 },
    fan_out: true,
    eks: {
      cluster_name: 'training',
      oidc_provider_arn: `arn:aws:iam::${ACCOUNT}:oidc-provider/oidc.eks.${REGION}.amazonaws.com/id/ABCDEF0123456789`,
    },
    auditors: [`arn:aws:iam::${ACCOUNT}:role/auditors`],
    assumed_by: { reviewer: [`arn:aws:iam::${ACCOUNT}:role/reviewers`] },
    operator_may: ['newEpochs', 'rotateSigning', 'reencrypt', 'destroy', 'countObjects'],
  },
  attributes: {
    'data.aws_caller_identity.current': { account_id: ACCOUNT },
    'data.aws_partition.current': { partition: 'aws' },
    'data.aws_region.current': { region: REGION },
    'aws_s3_bucket.store': { id: BUCKET, arn: `arn:aws:s3:::${BUCKET}` },
    'aws_kms_key.epoch': { arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/epoch` },
    'aws_kms_key.store': { arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/store` },
    'aws_kms_key.platform': { arn: `arn:aws:kms:${REGION}:${ACCOUNT}:key/platform` },
    'aws_db_instance.catalog': {
      address: 'catalog.abc.eu-central-1.rds.amazonaws.com',
      resource_id: 'db-CATALOG',
    },
    'aws_vpc_endpoint.s3': { cidr_blocks: ['3.5.134.0/23', '52.219.168.0/24'] },
    'aws_elasticache_replication_group.queue': { primary_endpoint_address: 'master.queue.abc.cache.amazonaws.com' },
  },
}

/** By which other things are made. */
export const SHAPES: Readonly<Record<string, JsonObject>> = {
  bound: {
    eks: { cluster_name: 'training', pod_identities: true },
    permissions_boundary: `arn:aws:iam::${ACCOUNT}:policy/boundary`,
    sessions: true,
    alarm_topic_subscribers: { oncall: { protocol: 'email', endpoint: 'oncall@example.org' } },
  },
}

const ENVIRONMENT: Samples = {
  variables: {
    account_id: ACCOUNT,
    datasets: { mail: {} },
    key_administrators: [`arn:aws:iam::${ACCOUNT}:role/platform`],
    eks: { cluster_name: 'training' },
    alarm_topic_subscribers: { oncall: { protocol: 'email', endpoint: 'oncall@example.org' } },
    budget_emails: ['oncall@example.org'],
  },
  ...(SAMPLES.attributes !== undefined && { attributes: SAMPLES.attributes }),
}

export const ENVIRONMENTS: Readonly<Record<string, Samples>> = { 'dev-aws': ENVIRONMENT, 'prod-aws': ENVIRONMENT }
