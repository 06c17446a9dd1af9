import type { Mutation } from '../mutation.ts'

/** Changes of a value alone: what is there is still there, and means something else. */
export const VALUE_MUTATIONS: readonly Mutation[] = [
  {
    name: 'any role of the account uses the key of the store: ArnEquals takes a wildcard',
    file: 'keys.tf',
    replace: [
      `      values   = values(local.role_arns)
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.`,
      `      values   = ["arn:\${local.partition}:iam::\${local.account}:role/*"]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.`,
    ],
    caughtBy: 'access: an administrator may kms:Decrypt of the store key',
  },
  {
    name: 'only listing is refused in clear',
    file: 'store.tf',
    replace: [
      `    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:*"]`,
      `    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["s3:ListBucket"]`,
    ],
    caughtBy: 'access: encrypt may s3:GetObject in clear',
  },
  {
    name: 'the endpoint rule spares every role',
    file: 'store.tf',
    replace: [
      `      values   = [aws_vpc_endpoint.s3.id]
    }`,
      `      values   = [aws_vpc_endpoint.s3.id]
    }
    condition {
      test     = "ArnNotLike"
      variable = "aws:PrincipalArn"
      values   = ["arn:\${local.partition}:iam::\${local.account}:role/*"]
    }`,
    ],
    caughtBy: 'access: an administrator may s3:GetObject on',
  },
  {
    name: 'any pod of the namespace may be a service',
    file: 'identities.tf',
    replace: [
      `        variable = "aws:RequestTag/kubernetes-service-account"
        values   = ["\${var.name}-\${each.key}"]`,
      `        variable = "aws:RequestTag/kubernetes-service-account"
        values   = ["\${var.name}-\${each.key}", "default"]`,
    ],
    caughtBy: 'access: a process may sts:AssumeRole of scan by a pod',
  },
  {
    name: 'a pattern is taken for the service account',
    file: 'identities.tf',
    replace: [
      `        test     = "StringEquals"
        variable = "aws:RequestTag/kubernetes-service-account"
        values   = ["\${var.name}-\${each.key}"]`,
      `        test     = "StringLike"
        variable = "aws:RequestTag/kubernetes-service-account"
        values   = ["*"]`,
    ],
    caughtBy: 'access: a process may sts:AssumeRole of scan by a pod',
  },
  {
    name: 'the root of the account, and so whoever it lets, may assume reviewer',
    file: 'identities.tf',
    replace: [
      'identifiers = statement.value\n      }\n    }\n  }\n}',
      'identifiers = concat(statement.value, [local.root_arn])\n      }\n    }\n  }\n}',
    ],
    caughtBy: 'access: an administrator may sts:AssumeRole of reviewer',
  },
  {
    name: 'pods of every cluster may be services',
    file: 'identities.tf',
    replace: [':cluster/${statement.value.cluster_name}"]', ':cluster/*"]'],
    caughtBy: 'access: a process may sts:AssumeRole of scan by a pod',
  },
  {
    name: 'tokens for somebody else are taken',
    file: 'identities.tf',
    replace: ['values   = ["sts.amazonaws.com"]', 'values   = ["sts.amazonaws.com", "somebody else"]'],
    caughtBy: 'access: a process may sts:AssumeRoleWithWebIdentity of scan',
  },
  {
    name: 'an old TLS is taken',
    file: 'store.tf',
    replace: ['values   = ["1.2"]', 'values   = ["1.0"]'],
    caughtBy: 'access: encrypt may s3:GetObject by TLS 1.1',
  },
  {
    name: 'objects may be written under a key of somebody else',
    file: 'store.tf',
    replace: ['test     = "StringNotEqualsIfExists"', 'test     = "StringEqualsIfExists"'],
    caughtBy: 'access: encrypt may s3:PutObject under a key of somebody else',
  },
  {
    name: 'history stays for those alone who come in clear',
    file: 'store.tf',
    replace: [
      '    resources = ["${aws_s3_bucket.store.arn}/*"]\n    principals {\n      type        = "*"\n      identifiers = ["*"]\n    }\n  }\n}\n\nresource "aws_s3_bucket_policy" "store"',
      '    resources = ["${aws_s3_bucket.store.arn}/staging/*"]\n    principals {\n      type        = "*"\n      identifiers = ["*"]\n    }\n  }\n}\n\nresource "aws_s3_bucket_policy" "store"',
    ],
    caughtBy: 'access: encrypt may s3:DeleteObjectVersion',
  },
  {
    name: 'an epoch key is unwrapped for any dataset',
    file: 'keys.tf',
    replace: [
      'values   = concat(keys(var.datasets), local.federations, ["_signing", "_check"])',
      'values   = concat(keys(var.datasets), local.federations, ["_signing", "_check", "another"])',
    ],
    caughtBy: 'access: who asks for everything may kms:Decrypt for the dataset another',
  },
  {
    name: 'the signing keys are not unwrapped',
    file: 'keys.tf',
    replace: [
      'concat(keys(var.datasets), local.federations, ["_signing", "_check"])',
      'concat(keys(var.datasets), local.federations, ["_check"])',
    ],
    caughtBy: 'access: encrypt is refused kms:Decrypt',
  },
  {
    name: 'the key of the store is used without S3 between',
    file: 'keys.tf',
    replace: [
      'variable = "kms:ViaService"\n      values   = ["s3.${local.region}.amazonaws.com", "kinesis.${local.region}.amazonaws.com"]',
      'variable = "aws:PrincipalAccount"\n      values   = [local.account]',
    ],
    caughtBy: 'store_key lets a key be used directly',
  },
  {
    name: 'a producer decrypts what others sent',
    file: 'keys.tf',
    replace: [
      'sid       = "Producers"\n      actions   = ["kms:GenerateDataKey"]',
      'sid       = "Producers"\n      actions   = ["kms:GenerateDataKey", "kms:Decrypt"]',
    ],
    caughtBy: 'access: a producer may kms:Decrypt of the store key',
  },
  {
    name: 'an auditor decrypts whatever the platform key opens',
    file: 'keys.tf',
    replace: [
      'values   = [local.trail_arn]\n      }\n    }\n  }',
      'values   = [local.trail_arn, "arn:aws:cloudtrail:eu-central-1:999999999999:trail/x"]\n      }\n    }\n  }',
    ],
    caughtBy: 'access: an auditor may kms:Decrypt of the platform key',
  },
  {
    name: 'any trail writes into ours',
    file: 'trail.tf',
    replace: [
      'resources = ["${each.value.arn}/AWSLogs/${local.account}/*"]\n      principals {\n        type        = "Service"\n        identifiers = ["cloudtrail.amazonaws.com"]\n      }\n      condition {\n        test     = "StringEquals"\n        variable = "aws:SourceArn"\n        values   = [local.trail_arn]',
      'resources = ["${each.value.arn}/AWSLogs/${local.account}/*"]\n      principals {\n        type        = "Service"\n        identifiers = ["cloudtrail.amazonaws.com"]\n      }\n      condition {\n        test     = "StringLike"\n        variable = "aws:SourceArn"\n        values   = ["arn:aws:cloudtrail:*"]',
    ],
    caughtBy: 'access: a process may s3:PutObject into the trail',
  },
  {
    name: 'an endpoint carries data into every store',
    file: 'endpoints.tf',
    replace: [
      'resources = [aws_s3_bucket.store.arn, "${aws_s3_bucket.store.arn}/*"]',
      'resources = [aws_s3_bucket.store.arn, "arn:aws:s3:::elsewhere", "${aws_s3_bucket.store.arn}/*"]',
    ],
    caughtBy: "what is another's through the endpoint s3",
  },
  {
    name: 'the endpoint of S3 forgets what exporters do',
    file: 'endpoints.tf',
    replace: [
      'actions   = local.actions.s3\n',
      'actions   = [for action in local.actions.s3 : action if action != "s3:ListBucket"]\n',
    ],
    caughtBy: 'access: exporter is refused s3:ListBucket',
  },
  {
    name: 'replacing objects takes no condition',
    file: 'permissions.json.tftpl',
    replace: ['"variable":"s3:if-match","values":["false"]', '"variable":"s3:if-match","values":["true"]'],
    caughtBy: 'access: operator may s3:PutObject over keys/mail/x1 blindly',
  },
  {
    name: 'refused uses of keys are looked for where KMS does not tell of them',
    file: 'alarms.tf',
    replace: [', "($.errorMessage = \\"*${arn}*\\")"', ''],
    caughtBy: 'alarms: the epoch key is refused: nothing instead of kms-denials',
  },
  {
    name: 'an alarm waits for a hundred refusals',
    file: 'alarms.tf',
    replace: ['(${local.of_our_keys}) }"\n      threshold = 0', '(${local.of_our_keys}) }"\n      threshold = 100'],
    caughtBy: 'alarms: the epoch key is refused: nothing instead of kms-denials',
  },
  {
    name: 'alarms of the trail are deaf: they look at another metric',
    file: 'alarms.tf',
    replace: [
      'metric_name         = aws_cloudwatch_log_metric_filter.trail[each.key].metric_transformation[0].name',
      'metric_name         = "${each.key}s"',
    ],
    caughtBy: 'alarms: a person unwraps: nothing instead of foreign-decrypts',
  },
  {
    name: 'alarms of streams look at the average, and for less',
    file: 'alarms.tf',
    replace: [
      'comparison_operator = "GreaterThanThreshold"\n  threshold           = each.value.threshold\n  period              = 300',
      'comparison_operator = "LessThanThreshold"\n  threshold           = each.value.threshold\n  period              = 300',
    ],
    caughtBy: 'alarms: GetRecords.IteratorAgeMilliseconds of credence-test-digits at 1860000 is silent',
  },
  {
    name: 'an alarm waits for a week',
    file: 'alarms.tf',
    replace: [
      'period              = 300\n  evaluation_periods  = 3\n  datapoints_to_alarm = 2',
      'period              = 86400\n  evaluation_periods  = 7\n  datapoints_to_alarm = 7',
    ],
    caughtBy: 'alarms: GetRecords.IteratorAgeMilliseconds',
  },
  {
    name: 'nobody hears of a full disk',
    file: 'alarms.tf',
    replace: ['threshold           = 5 * 1024 * 1024 * 1024', 'threshold           = 5'],
    caughtBy: 'alarms: FreeStorageSpace of credence-test-catalog',
  },
  {
    name: 'decryptions by people look like a service of that name',
    file: 'alarms.tf',
    replace: [
      '(($.userIdentity.sessionContext.sessionIssuer.arn NOT EXISTS) || (${local.not_ours}))',
      '(${local.not_ours})',
    ],
    caughtBy: 'alarms: a user unwraps: nothing instead of foreign-decrypts',
  },
  {
    name: 'a lifecycle rule deletes the whole store',
    file: 'store.tf',
    replace: [
      '    expiration {\n      expired_object_delete_marker = true\n    }',
      '    expiration {\n      days = 30\n    }',
    ],
    caughtBy: 'rego: aws_s3_bucket_lifecycle_configuration.store deletes what is current',
  },
  {
    name: 'a lifecycle rule deletes the whole store on a day',
    file: 'store.tf',
    replace: [
      '    expiration {\n      expired_object_delete_marker = true\n    }',
      '    expiration {\n      date = "2027-01-01T00:00:00Z"\n    }',
    ],
    caughtBy: 'rego: aws_s3_bucket_lifecycle_configuration.store deletes what is current',
  },
  {
    name: 'production has no standby',
    environment: 'prod-aws',
    file: 'main.tf',
    replace: ['postgres_multi_az       = true', 'postgres_multi_az       = false'],
    caughtBy: 'prod: module.credence.aws_db_instance.catalog.multi_az',
  },
  {
    name: 'production locks nothing',
    environment: 'prod-aws',
    file: 'main.tf',
    replace: ['  object_lock             = { mode = "GOVERNANCE", days = 365 }\n', ''],
    caughtBy: 'prod: what is committed is locked for 0 days',
  },
  {
    name: 'the budget is a thousand times what it was',
    environment: 'prod-aws',
    file: 'variables.tf',
    replace: ['default     = 2500', 'default     = 2500000'],
    caughtBy: 'prod: aws_budgets_budget.monthly.limit_amount',
  },
  {
    name: 'the budget tells at twenty times',
    environment: 'prod-aws',
    file: 'main.tf',
    replace: ['{ ACTUAL = 80, FORECASTED = 100 }', '{ ACTUAL = 2000, FORECASTED = 100 }'],
    caughtBy: 'prod: aws_budgets_budget.monthly.notification.0.threshold',
  },
  {
    name: 'the state is not locked',
    environment: 'prod-aws',
    file: 'main.tf',
    replace: ['use_lockfile = true', 'use_lockfile = false'],
    caughtBy: 'schema: backend s3: use_lockfile',
  },
  {
    name: 'the state is not encrypted',
    environment: 'dev-aws',
    file: 'main.tf',
    replace: ['    encrypt      = true\n', ''],
    caughtBy: 'schema: backend s3: encrypt',
  },
  {
    name: 'any account may be applied to',
    environment: 'prod-aws',
    file: 'main.tf',
    replace: ['  allowed_account_ids = [var.account_id]\n', ''],
    caughtBy: 'schema: provider aws: allowed_account_ids',
  },
  {
    name: 'any major of the provider does',
    file: 'versions.tf',
    replace: ['version = "~> 6.64"', 'version = "~> 7.0"'],
    caughtBy: 'schema: provider aws: version',
  },
  {
    name: 'the provider is somebody else’s',
    environment: 'prod-aws',
    file: 'main.tf',
    replace: ['source  = "hashicorp/aws"', 'source  = "hashicorq/aws"'],
    caughtBy: 'schema: provider aws: source',
  },
  {
    name: 'requests of the provider go elsewhere',
    environment: 'prod-aws',
    file: 'main.tf',
    replace: [
      '  region              = var.region\n',
      '  region              = var.region\n  endpoints {\n    s3 = "https://elsewhere.example"\n  }\n',
    ],
    caughtBy: 'schema: provider aws: endpoints',
  },
]
