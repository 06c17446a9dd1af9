resource "aws_sns_topic" "alarms" {
  name              = "${var.name}-alarms"
  kms_master_key_id = aws_kms_key.platform.id
  tags              = var.tags
}

data "aws_iam_policy_document" "alarms" {
  statement {
    sid       = "Alarms"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.alarms.arn]
    principals {
      type        = "*"
      identifiers = ["*"]
    }
    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  arn    = aws_sns_topic.alarms.arn
  policy = data.aws_iam_policy_document.alarms.json
}

resource "aws_sns_topic_subscription" "alarms" {
  for_each = var.alarm_topic_subscribers

  topic_arn = aws_sns_topic.alarms.arn
  protocol  = each.value.protocol
  endpoint  = each.value.endpoint
}

locals {
  stream_alarms = {
    behind = {
      metric    = "GetRecords.IteratorAgeMilliseconds"
      statistic = "Maximum"
      threshold = var.iterator_age_minutes * 60000
      says      = "Reading is behind the stream: records that are older than its retention are lost."
    }
    read-throttled = {
      metric    = "ReadProvisionedThroughputExceeded"
      statistic = "Sum"
      threshold = 100
      says      = "Reads are throttled: add shards, or read by fan-out."
    }
    write-throttled = {
      metric    = "WriteProvisionedThroughputExceeded"
      statistic = "Sum"
      threshold = 100
      says      = "Writes are throttled: producers may be losing records. Add shards."
    }
  }

  alarms_of_streams = merge([
    for dataset in keys(var.datasets) : {
      for kind, alarm in local.stream_alarms : "${dataset}-${kind}" => merge(alarm, { dataset = dataset })
    }
  ]...)
}

resource "aws_cloudwatch_metric_alarm" "stream" {
  for_each = local.alarms_of_streams

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = "AWS/Kinesis"
  metric_name         = each.value.metric
  dimensions          = { StreamName = aws_kinesis_stream.this[each.value.dataset].name }
  statistic           = each.value.statistic
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = 300
  evaluation_periods  = 3
  datapoints_to_alarm = 2
  treat_missing_data  = "notBreaching"
  actions_enabled     = true
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = var.tags
}

# What the trail tells of the keys, as numbers.
locals {
  # A refusal names the key in its message alone: KMS tells of resources once it has let somebody in.
  of_our_keys = join(" || ", flatten([for arn in values(local.key_ids) : ["($.resources[0].ARN = \"${arn}\")", "($.errorMessage = \"*${arn}*\")"]]))
  key_ids     = { epoch = aws_kms_key.epoch.arn, store = aws_kms_key.store.arn, platform = aws_kms_key.platform.arn }
  of_epoch    = "$.resources[0].ARN = \"${aws_kms_key.epoch.arn}\""
  # Nobody's is none of theirs either: users and services of AWS have no session of a role.
  not_ours = join(" && ", [for arn in values(local.role_arns) : "($.userIdentity.sessionContext.sessionIssuer.arn != \"${arn}\")"])

  trail_alarms = {
    kms-denials = {
      pattern   = "{ $.eventSource = \"kms.amazonaws.com\" && $.errorCode = \"AccessDenied*\" && (${local.of_our_keys}) }"
      threshold = 0
      period    = 300
      says      = "Somebody was refused the use of a key."
    }
    foreign-decrypts = {
      pattern   = "{ $.eventSource = \"kms.amazonaws.com\" && $.eventName = \"Decrypt\" && ${local.of_epoch} && (($.userIdentity.sessionContext.sessionIssuer.arn NOT EXISTS) || (${local.not_ours})) }"
      threshold = 0
      period    = 300
      says      = "An epoch key was unwrapped, or was to be, by somebody who is none of the services."
    }
    many-decrypts = {
      pattern   = "{ $.eventSource = \"kms.amazonaws.com\" && $.eventName = \"Decrypt\" && ${local.of_epoch} }"
      threshold = var.decrypts_per_hour
      period    = 3600
      says      = "Epoch keys are unwrapped more often than usual: somebody may be reading everything."
    }
    key-changes = {
      pattern   = "{ $.eventSource = \"kms.amazonaws.com\" && ($.eventName = \"DisableKey\" || $.eventName = \"ScheduleKeyDeletion\" || $.eventName = \"PutKeyPolicy\" || $.eventName = \"DisableKeyRotation\") }"
      threshold = 0
      period    = 300
      says      = "A key was disabled, is to be deleted, or its policy or rotation was changed."
    }
    policy-changes = {
      pattern   = "{ $.eventSource = \"s3.amazonaws.com\" && $.requestParameters.bucketName = \"${aws_s3_bucket.store.id}\" && ($.eventName = \"PutBucketPolicy\" || $.eventName = \"DeleteBucketPolicy\" || $.eventName = \"PutBucketPublicAccessBlock\" || $.eventName = \"DeleteBucketPublicAccessBlock\") }"
      threshold = 0
      period    = 300
      says      = "The protection of the store's bucket was changed."
    }
  }
}

resource "aws_cloudwatch_log_metric_filter" "trail" {
  for_each = local.trail_alarms

  name           = "${var.name}-${each.key}"
  log_group_name = aws_cloudwatch_log_group.this["trail"].name
  pattern        = each.value.pattern

  metric_transformation {
    namespace     = "Credence/${var.name}"
    name          = each.key
    value         = "1"
    default_value = "0"
  }
}

resource "aws_cloudwatch_metric_alarm" "trail" {
  for_each = local.trail_alarms

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = each.value.says
  namespace           = "Credence/${var.name}"
  metric_name         = aws_cloudwatch_log_metric_filter.trail[each.key].metric_transformation[0].name
  statistic           = "Sum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  period              = each.value.period
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"
  actions_enabled     = true
  alarm_actions       = [aws_sns_topic.alarms.arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "redis_memory" {
  # ElastiCache counts for each node, and numbers them so.
  for_each = toset([for i in range(1 + var.redis_replicas) : format("%s-%03d", aws_elasticache_replication_group.queue.replication_group_id, i + 1)])

  alarm_name          = "${var.name}-redis-memory-${each.key}"
  alarm_description   = "Redis is nearly full: it evicts nothing, so that it will refuse jobs."
  namespace           = "AWS/ElastiCache"
  metric_name         = "DatabaseMemoryUsagePercentage"
  dimensions          = { CacheClusterId = each.key }
  statistic           = "Maximum"
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
  period              = 300
  evaluation_periods  = 2
  treat_missing_data  = "notBreaching"
  actions_enabled     = true
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = var.tags
}

resource "aws_cloudwatch_metric_alarm" "postgres_storage" {
  alarm_name          = "${var.name}-postgres-storage"
  alarm_description   = "The catalog's database has less than 5 GiB left."
  namespace           = "AWS/RDS"
  metric_name         = "FreeStorageSpace"
  dimensions          = { DBInstanceIdentifier = aws_db_instance.catalog.identifier }
  statistic           = "Minimum"
  comparison_operator = "LessThanThreshold"
  threshold           = 5 * 1024 * 1024 * 1024
  period              = 300
  evaluation_periods  = 2
  treat_missing_data  = "breaching"
  actions_enabled     = true
  alarm_actions       = [aws_sns_topic.alarms.arn]
  ok_actions          = [aws_sns_topic.alarms.arn]
  tags                = var.tags
}
