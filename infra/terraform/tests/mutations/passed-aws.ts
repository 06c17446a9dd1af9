import type { Mutation } from '../mutation.ts'

/** Values that passed every check once: each stands where a value may stand, and takes away what it was for. */
export const AWS_PASSED: readonly Mutation[] = [
  {
    name: 'keys exist in every region',
    file: 'keys.tf',
    replace: [
      'description                        = "${var.name}: wraps epoch keys"',
      'description                        = "${var.name}: wraps epoch keys"\n  multi_region = true',
    ],
    caughtBy: 'rego: aws_kms_key.epoch: says multi_region, which lets it be copied to other regions',
  },
  {
    name: 'streams keep a day whatever is asked',
    file: 'stream.tf',
    replace: ['retention_period          = each.value.retention_hours', 'retention_period          = 24'],
    caughtBy: 'asked: aws_kinesis_stream.this[digits] keeps 24 hours, not 72',
  },
  {
    name: 'streams under the key of the platform',
    file: 'stream.tf',
    replace: [
      'kms_key_id                = aws_kms_key.store.arn',
      'kms_key_id                = aws_kms_key.platform.arn',
    ],
    caughtBy:
      'rego: aws_kinesis_stream.this["digits"]: is under arn:aws:kms:eu-central-1:123456789012:key/platform, not under aws_kms_key.store',
  },
  {
    name: 'every statement is logged with its values',
    file: 'state.tf',
    replace: [
      'name  = "log_min_duration_statement"\n    value = "1000"',
      'name  = "log_min_duration_statement"\n    value = "0"',
    ],
    caughtBy: 'rego: aws_db_parameter_group.catalog: log_min_duration_statement is not 1000',
  },
  {
    name: 'the database shows a certificate whose authority has ended',
    file: 'state.tf',
    replace: ['"rds-ca-rsa2048-g1"', '"rds-ca-2019"'],
    caughtBy: 'rego: aws_db_instance.catalog: ca_cert_identifier is rds-ca-2019, not rds-ca-rsa2048-g1',
  },
  {
    name: 'a PostgreSQL that nobody mends',
    file: 'state.tf',
    replace: ['engine_version                        = "17"', 'engine_version                        = "11"'],
    caughtBy: 'rego: aws_db_instance.catalog: 11 is mended by nobody',
  },
  {
    name: 'flows of the network are written to somebody else',
    file: 'network.tf',
    replace: [
      'log_destination          = aws_cloudwatch_log_group.this["flows"].arn',
      'log_destination          = "arn:aws:logs:eu-central-1:999999999999:log-group:x"',
    ],
    caughtBy:
      'rego: aws_flow_log.this: flows are written to arn:aws:logs:eu-central-1:999999999999:log-group:x, which is not ours',
  },
  {
    name: 'roles of anybody are assumed through the endpoint',
    file: 'endpoints.tf',
    replace: ['resources = [for role in aws_iam_role.service : role.arn] }', 'resources = ["arn:aws:iam::*:role/*"] }'],
    caughtBy: "rego: data.aws_iam_policy_document.endpoint: leads to arn:aws:iam::*:role/*, which may be anybody's",
  },
  {
    name: 'layers come from anybody’s bucket of such a name',
    file: 'endpoints.tf',
    replace: ['s3:::prod-${local.region}-starport-layer-bucket/*', 's3:::*-starport-layer-bucket/*'],
    caughtBy:
      "rego: data.aws_iam_policy_document.s3_endpoint: leads to arn:aws:s3:::*-starport-layer-bucket/*, which may be anybody's",
  },
  {
    name: 'images come from any account',
    file: 'endpoints.tf',
    replace: ['${local.region}:${var.addon_account}:repository/${name}', '${local.region}:*:repository/${name}'],
    caughtBy:
      "rego: data.aws_iam_policy_document.endpoint: leads to arn:aws:ecr:eu-central-1:*:repository/amazon-k8s-cni*, which may be anybody'",
  },
  {
    name: 'reading objects is in no trail',
    file: 'trail.tf',
    replace: [
      '      field  = "resources.type"\n      equals = ["AWS::S3::Object"]\n    }',
      '      field  = "resources.type"\n      equals = ["AWS::S3::Object"]\n    }\n    field_selector {\n      field  = "readOnly"\n      equals = ["false"]\n    }',
    ],
    caughtBy:
      'rego: aws_cloudtrail.this: has nothing of GetObject on arn:aws:s3:::credence-test-store-123456789012-eu-central-1/clean/x',
  },
  {
    name: 'the whole account reads the trail',
    file: 'trail.tf',
    replace: [
      '      identifiers = statement.value\n      }\n    }\n  }\n\n  dynamic',
      '      identifiers = concat(statement.value, ["arn:aws:iam::${local.account}:root"])\n      }\n    }\n  }\n\n  dynamic',
    ],
    caughtBy: 'rego: data.aws_iam_policy_document.logs: the whole account may s3:GetObject, s3:ListBucket',
  },
  {
    name: 'access logs are taken from any bucket',
    file: 'trail.tf',
    replace: [
      '        test     = "ArnEquals"\n        variable = "aws:SourceArn"\n        values   = [aws_s3_bucket.store.arn, aws_s3_bucket.trail.arn]',
      '        test     = "ArnLike"\n        variable = "aws:SourceArn"\n        values   = ["arn:aws:s3:::*"]',
    ],
    caughtBy: 'rego: data.aws_iam_policy_document.logs: aws:SourceArn may be anything like arn:aws:s3:::*',
  },
  {
    name: 'the catalog’s alarm takes silence for health',
    file: 'alarms.tf',
    replace: ['treat_missing_data  = "breaching"', 'treat_missing_data  = "notBreaching"'],
    caughtBy: 'alarms: a database that says nothing any more is taken for a healthy one',
  },
  {
    name: 'anybody of the account publishes alarms',
    file: 'alarms.tf',
    replace: [
      '      type        = "Service"\n      identifiers = ["cloudwatch.amazonaws.com"]',
      '      type        = "AWS"\n      identifiers = [local.root_arn]',
    ],
    caughtBy: 'rego: data.aws_iam_policy_document.alarms: the whole account may sns:Publish',
  },
  {
    name: 'objects are replicated from outside the endpoint',
    file: 'store.tf',
    replace: ['"s3:PutObject*", "s3:ReplicateObject", ', '"s3:PutObject*", '],
    caughtBy:
      'access: the root may s3:ReplicateObject on arn:aws:s3:::credence-test-store-123456789012-eu-central-1/team/credence/clean/mail/x1',
  },
  {
    name: 'manifests lose their older versions in a day',
    file: 'store.tf',
    replace: [
      '      prefix = "${var.prefix == "" ? "" : "${var.prefix}/"}staging/"\n    }\n    noncurrent_version_expiration {\n      noncurrent_days = 7',
      '      prefix = "${var.prefix == "" ? "" : "${var.prefix}/"}manifests/"\n    }\n    noncurrent_version_expiration {\n      noncurrent_days = 1',
    ],
    caughtBy: 'rego: aws_s3_bucket_lifecycle_configuration.store: older versions in manifests are gone after 1 days',
  },
  {
    name: 'older versions go by number',
    file: 'store.tf',
    replace: [
      'noncurrent_days = var.noncurrent_days\n',
      'noncurrent_days = var.noncurrent_days\n      newer_noncurrent_versions = 1\n',
    ],
    caughtBy:
      'rego: aws_s3_bucket_lifecycle_configuration.store: older versions go by their number, however new they are',
  },
  {
    name: 'Redis is not copied',
    file: 'state.tf',
    replace: ['snapshot_retention_limit   = var.backup_days', 'snapshot_retention_limit   = 0'],
    caughtBy: 'rego: aws_elasticache_replication_group.queue: copies of the queue are kept for 0 days',
  },
  {
    name: 'roles are without the boundary',
    file: 'identities.tf',
    replace: ['  permissions_boundary  = var.permissions_boundary\n', ''],
    caughtBy: 'rego: aws_iam_role.service["console"]: has no boundary, as others have',
  },
  {
    name: 'logs of any account are under our key',
    file: 'keys.tf',
    replace: [
      '"arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/credence/${var.name}/*"',
      '"arn:${local.partition}:logs:*:*:*"',
    ],
    caughtBy:
      'rego: data.aws_iam_policy_document.platform_key: kms:EncryptionContext:aws:logs:arn may be anything like arn:aws:logs:*:*:*',
  },
  {
    name: 'what is committed is locked for a day',
    file: 'main.tf',
    environment: 'prod-aws',
    replace: ['{ mode = "GOVERNANCE", days = 365 }', '{ mode = "GOVERNANCE", days = 1 }'],
    caughtBy: 'prod: what is committed is locked for 1 days',
  },
  {
    name: 'older versions are kept for a week',
    file: 'main.tf',
    environment: 'prod-aws',
    replace: ['noncurrent_days         = 90', 'noncurrent_days         = 7'],
    caughtBy:
      'prod: module.credence.aws_s3_bucket_lifecycle_configuration.store.rule.3.noncurrent_version_expiration.0.noncurrent_days is 7 inst',
  },
  {
    name: 'the budget looks at something else',
    file: 'main.tf',
    environment: 'prod-aws',
    replace: ['user:application$credence', 'user:application$other'],
    caughtBy:
      'prod: aws_budgets_budget.monthly.cost_filter.0.values.0 is user:application$other instead of user:application$credence',
  },
  {
    name: 'the budget tells when little is spent',
    file: 'main.tf',
    environment: 'prod-aws',
    replace: ['"GREATER_THAN"', '"LESS_THAN"'],
    caughtBy:
      'prod: aws_budgets_budget.monthly.notification.0.comparison_operator is LESS_THAN instead of GREATER_THAN',
  },
  {
    name: 'what is made has no tag that the budget looks for',
    file: 'main.tf',
    environment: 'prod-aws',
    replace: ['      application = "credence"\n', ''],
    caughtBy: 'schema: provider aws: default_tags.tags.application is null, not credence',
  },
  {
    name: 'a database the size of a toy',
    file: 'main.tf',
    environment: 'prod-aws',
    replace: ['"db.m7g.large"', '"db.t4g.micro"'],
    caughtBy:
      'prod: module.credence.aws_db_instance.catalog.instance_class is db.t4g.micro instead of something that is not ^db\\.t',
  },
]
