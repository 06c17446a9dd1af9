import type { Mutation } from '../mutation.ts'
import { VALUE_MUTATIONS } from './aws-values.ts'
import { AWS_WEAKENED } from './weakened.ts'

const CONTEXT = `    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:dataset"
      values   = concat(keys(var.datasets), local.federations, ["_signing", "_check"])
    }
`

export const MUTATIONS: readonly Mutation[] = [
  {
    name: 'the bucket may become public by a policy',
    file: 'store.tf',
    replace: ['block_public_policy     = true', 'block_public_policy     = false'],
    caughtBy: 'rego: aws_s3_bucket.store does not block public access: block_public_policy',
  },
  {
    name: 'access lists may open the bucket',
    file: 'store.tf',
    replace: ['  block_public_acls       = true\n', ''],
    caughtBy: 'rego: aws_s3_bucket.store does not block public access: block_public_acls',
  },
  {
    name: 'the bucket answers without TLS',
    file: 'store.tf',
    replace: ['variable = "aws:SecureTransport"', 'variable = "aws:ViaAWSService"'],
    caughtBy: 'rego: aws_s3_bucket.store takes requests without TLS',
  },
  {
    name: 'objects can be read from outside the VPC',
    file: 'store.tf',
    replace: ['variable = "aws:SourceVpce"', 'variable = "aws:SourceVpc"'],
    caughtBy: 'rego: aws_s3_bucket.store can be reached from outside the VPC',
  },
  {
    name: 'objects are encrypted under a key of S3',
    file: 'store.tf',
    replace: ['sse_algorithm     = "aws:kms"', 'sse_algorithm     = "AES256"'],
    caughtBy: 'rego: aws_s3_bucket.store is not encrypted under a key of ours',
  },
  {
    name: 'a deleted object is gone',
    file: 'store.tf',
    replace: [
      'status = "Enabled"\n  }\n}\n\nresource "aws_s3_bucket_server_side',
      'status = "Suspended"\n  }\n}\n\nresource "aws_s3_bucket_server_side',
    ],
    caughtBy: 'rego: aws_s3_bucket.store keeps no versions',
  },
  {
    name: 'a retention can be bypassed',
    file: 'store.tf',
    replace: ['"s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"', '"s3:DeleteObjectVersion"'],
    caughtBy: 'rego: older versions of aws_s3_bucket.store can be deleted for good',
  },
  {
    name: 'the bucket can be destroyed by a plan',
    file: 'store.tf',
    replace: ['prevent_destroy = true', 'prevent_destroy = false'],
    caughtBy: 'rego: aws_s3_bucket.store can be destroyed by a plan',
  },
  {
    name: 'keys do not rotate',
    file: 'keys.tf',
    replace: [
      'wraps epoch keys"\n  key_usage                          = "ENCRYPT_DECRYPT"\n  customer_master_key_spec           = "SYMMETRIC_DEFAULT"\n  enable_key_rotation                = true',
      'wraps epoch keys"\n  key_usage                          = "ENCRYPT_DECRYPT"\n  customer_master_key_spec           = "SYMMETRIC_DEFAULT"\n  enable_key_rotation                = false',
    ],
    caughtBy: 'rego: aws_kms_key.epoch does not rotate',
  },
  {
    name: 'epoch keys are unwrapped without the context of a dataset',
    file: 'keys.tf',
    replace: [CONTEXT, ''],
    caughtBy: 'rego: data.aws_iam_policy_document.epoch_key lets the epoch key be used without the encryption context',
  },
  {
    name: 'whoever administers keys can decrypt',
    file: 'keys.tf',
    replace: ['"kms:CancelKeyDeletion", ', '"kms:CancelKeyDeletion", "kms:Decrypt", '],
    caughtBy: 'lets whoever administers a key use it',
  },
  {
    name: 'the whole account decides who uses the keys of S3',
    file: 'keys.tf',
    replace: [
      `      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = values(local.role_arns)
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.`,
      `      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.`,
    ],
    caughtBy: 'rego: data.aws_iam_policy_document.store_key lets the whole account use a key',
  },
  {
    name: 'an endpoint serves identities of other accounts',
    file: 'endpoints.tf',
    replace: [
      'variable = "aws:PrincipalAccount"\n          values   = [condition.value]',
      'variable = "aws:RequestedRegion"\n          values   = [condition.value]',
    ],
    caughtBy: 'allows somebody whom it does not name',
  },
  {
    name: 'an endpoint has no policy',
    file: 'endpoints.tf',
    replace: ['  policy            = data.aws_iam_policy_document.s3_endpoint.json\n', ''],
    caughtBy: 'rego: aws_vpc_endpoint.s3 has no policy',
  },
  {
    name: 'the endpoint of KMS is gone',
    file: 'endpoints.tf',
    replace: ['    kms = [\n', '    kms-fips = [\n'],
    caughtBy: 'rego: there is no endpoint for kms',
  },
  {
    name: 'machines have public addresses',
    file: 'network.tf',
    replace: [
      'map_public_ip_on_launch                     = false',
      'map_public_ip_on_launch                     = true',
    ],
    caughtBy: 'gives its machines public addresses',
  },
  {
    name: 'services reach the internet',
    file: 'network.tf',
    replace: ['prefix_list_id    = aws_vpc_endpoint.s3.prefix_list_id', 'cidr_ipv4         = "0.0.0.0/0"'],
    caughtBy: 'rego: aws_vpc_security_group_egress_rule.services_to_s3 lets addresses in or out',
  },
  {
    name: 'a service may do anything to objects',
    file: 'permissions.json.tftpl',
    replace: [
      '{"principal":"scan","product":"s3","option":"","actions":["s3:ListBucket"]',
      '{"principal":"scan","product":"s3","option":"","actions":["s3:*"]',
    ],
    caughtBy: 'rego: data.aws_iam_policy_document.service allows s3:*',
  },
  {
    name: 'a service may do what no documentation says',
    file: 'permissions.json.tftpl',
    replace: [
      '{"principal":"scan","product":"s3","option":"","actions":["s3:ListBucket"]',
      '{"principal":"scan","product":"s3","option":"","actions":["s3:ListBucket","s3:DeleteObject"]',
    ],
    caughtBy: 'permissions: scan may s3:DeleteObject',
  },
  {
    name: 'a role has one policy too many',
    file: 'policies.tf',
    replace: [
      'role       = aws_iam_role.service[each.value[0].principal].name',
      'role       = aws_iam_role.service[each.value[0].principal == "encrypt" ? "reviewer" : each.value[0].principal].name',
    ],
    caughtBy: 'permissions: reviewer may',
  },
  {
    name: 'a service reads the passwords',
    file: 'identities.tf',
    replace: ['role   = aws_iam_role.service["secrets"].id', 'role   = aws_iam_role.service["scan"].id'],
    caughtBy: 'permissions: aws_iam_role_policy.secrets grants a service what nothing compares',
  },
  {
    name: 'any service account of the cluster may be a service',
    file: 'identities.tf',
    replace: [
      'values   = ["system:serviceaccount:${statement.value.namespace}:${var.name}-${each.key}"]',
      'values   = ["system:serviceaccount:${statement.value.namespace}:*"]',
    ],
    caughtBy: 'lets more than one service account assume a role',
  },
  {
    name: 'records lie in the stream unencrypted',
    file: 'stream.tf',
    replace: ['encryption_type           = "KMS"', 'encryption_type           = "NONE"'],
    caughtBy: 'rego: aws_kinesis_stream.this is not encrypted under a key of ours',
  },
  {
    name: 'Redis evicts jobs',
    file: 'state.tf',
    replace: ['value = "noeviction"', 'value = "allkeys-lru"'],
    caughtBy: 'rego: aws_elasticache_replication_group.queue evicts jobs',
  },
  {
    name: 'Redis talks without TLS',
    file: 'state.tf',
    replace: ['transit_encryption_mode    = "required"', 'transit_encryption_mode    = "preferred"'],
    caughtBy: 'rego: aws_elasticache_replication_group.queue talks without TLS',
  },
  {
    name: 'PostgreSQL takes connections without TLS',
    file: 'state.tf',
    replace: ['name  = "rds.force_ssl"\n    value = "1"', 'name  = "rds.force_ssl"\n    value = "0"'],
    caughtBy: 'rego: aws_db_instance.catalog takes connections without TLS',
  },
  {
    name: 'PostgreSQL has a public address',
    file: 'state.tf',
    replace: ['publicly_accessible                   = false', 'publicly_accessible                   = true'],
    caughtBy: 'rego: aws_db_instance.catalog is public',
  },
  {
    name: 'the catalog can be deleted',
    file: 'state.tf',
    replace: ['deletion_protection                   = true', 'deletion_protection                   = false'],
    caughtBy: 'rego: aws_db_instance.catalog can be deleted',
  },
  {
    name: 'nobody sees who read an object',
    file: 'trail.tf',
    replace: ['starts_with = ["${aws_s3_bucket.store.arn}/"]', 'starts_with = ["${aws_s3_bucket.trail.arn}/"]'],
    caughtBy: 'rego: no trail tells who touched objects of aws_s3_bucket.store',
  },
  {
    name: 'the trail can be altered unnoticed',
    file: 'trail.tf',
    replace: ['enable_log_file_validation    = true', 'enable_log_file_validation    = false'],
    caughtBy: 'rego: aws_cloudtrail.this can be altered unnoticed',
  },
  {
    name: 'nobody hears that keys were refused',
    file: 'alarms.tf',
    replace: ['    kms-denials = {', '    kms-refusals = {'],
    caughtBy: 'rego: no alarm tells of kms-denials',
  },
  {
    name: 'an argument is misspelt, so that the provider would refuse it',
    file: 'state.tf',
    replace: ['  storage_encrypted  ', '  storage_encryption '],
    caughtBy: 'schema: state.tf: aws_db_instance.catalog: unsupported argument "storage_encryption"',
  },
  {
    name: 'a stream, and what was not read from it, can be destroyed by a plan',
    file: 'stream.tf',
    replace: ['prevent_destroy = true', 'prevent_destroy = false'],
    caughtBy: 'rego: aws_kinesis_stream.this can be destroyed by a plan',
  },
  {
    name: 'the catalog can be destroyed by a plan',
    file: 'state.tf',
    replace: ['prevent_destroy = true', 'prevent_destroy = false'],
    caughtBy: 'rego: aws_db_instance.catalog can be destroyed by a plan',
  },
  {
    name: 'one service signs in to the catalog as another',
    file: 'permissions.json.tftpl',
    replace: ['${installation}-ingest', '${installation}-operator'],
    caughtBy: 'permissions: ingest may rds-db:connect',
  },
  ...VALUE_MUTATIONS,
  ...AWS_WEAKENED,
]
