# Three keys: `epoch` wraps the epoch keys that records are encrypted with; `store` is what S3 and Kinesis encrypt under; `platform`
# is for logs, alarms, secrets, Redis and PostgreSQL.
#
# A key policy that names the account hands the decision to IAM; each does so for this installation's roles alone, and for what they do.
# An administrator of the account who is not in key_administrators can neither use the keys nor change who can.

locals {
  administration = [
    "kms:CancelKeyDeletion", "kms:CreateAlias", "kms:DeleteAlias", "kms:DescribeKey", "kms:DisableKey", "kms:EnableKey",
    "kms:EnableKeyRotation", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListGrants",
    "kms:ListKeyPolicies", "kms:ListKeyRotations", "kms:ListResourceTags", "kms:PutKeyPolicy", "kms:RevokeGrant",
    "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource", "kms:UpdateAlias", "kms:UpdateKeyDescription",
  ]

  role_arns = { for name in local.services : name => "arn:${local.partition}:iam::${local.account}:role/${var.name}-${name}" }
}

data "aws_iam_policy_document" "epoch_key" {
  #checkov:skip=CKV_AWS_111:in a key's policy, * is the key itself; conditions hold principals and contexts
  #checkov:skip=CKV_AWS_356:in a key's policy, * is the key itself

  statement {
    sid       = "Administration"
    actions   = local.administration
    resources = ["*"] # this key
    principals {
      type        = "AWS"
      identifiers = var.key_administrators
    }
  }

  statement {
    sid       = "ContextsOfTheDatasets"
    actions   = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.root_arn]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = values(local.role_arns)
    }
    condition {
      test     = "StringEquals"
      variable = "kms:EncryptionContext:dataset"
      values   = concat(keys(var.datasets), local.federations, ["_signing", "_check"])
    }
    # Both halves of the context have to be there: the dataset and the key's own id.
    condition {
      test     = "Null"
      variable = "kms:EncryptionContext:kid"
      values   = ["false"]
    }
  }

  statement {
    sid       = "Rotation"
    actions   = ["kms:DescribeKey", "kms:GetKeyRotationStatus", "kms:ListKeyRotations", "kms:RotateKeyOnDemand"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.root_arn]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = [local.role_arns["operator"]]
    }
  }
}

resource "aws_kms_key" "epoch" {
  description                        = "${var.name}: wraps epoch keys"
  key_usage                          = "ENCRYPT_DECRYPT"
  customer_master_key_spec           = "SYMMETRIC_DEFAULT"
  enable_key_rotation                = true
  rotation_period_in_days            = var.key_rotation_days
  deletion_window_in_days            = 30
  bypass_policy_lockout_safety_check = false
  tags                               = var.tags

  lifecycle {
    prevent_destroy = true # what it wrapped is lost with it
  }
}

resource "aws_kms_key_policy" "epoch" {
  key_id = aws_kms_key.epoch.id
  policy = data.aws_iam_policy_document.epoch_key.json
}

resource "aws_kms_alias" "epoch" {
  name          = "alias/${var.name}-epoch"
  target_key_id = aws_kms_key.epoch.id
}

data "aws_iam_policy_document" "store_key" {
  statement {
    sid       = "Administration"
    actions   = local.administration
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = var.key_administrators
    }
  }

  statement {
    sid       = "ThroughS3AndKinesis"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.root_arn]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = values(local.role_arns)
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["s3.${local.region}.amazonaws.com", "kinesis.${local.region}.amazonaws.com"]
    }
  }

  dynamic "statement" {
    for_each = length(var.producers) == 0 ? [] : [var.producers]
    content {
      sid       = "Producers"
      actions   = ["kms:GenerateDataKey"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["kinesis.${local.region}.amazonaws.com"]
      }
    }
  }
}

resource "aws_kms_key" "store" {
  description                        = "${var.name}: objects and streams"
  key_usage                          = "ENCRYPT_DECRYPT"
  customer_master_key_spec           = "SYMMETRIC_DEFAULT"
  enable_key_rotation                = true
  rotation_period_in_days            = var.key_rotation_days
  deletion_window_in_days            = 30
  bypass_policy_lockout_safety_check = false
  tags                               = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_key_policy" "store" {
  key_id = aws_kms_key.store.id
  policy = data.aws_iam_policy_document.store_key.json
}

resource "aws_kms_alias" "store" {
  name          = "alias/${var.name}-store"
  target_key_id = aws_kms_key.store.id
}

data "aws_iam_policy_document" "platform_key" {
  statement {
    sid       = "Administration"
    actions   = local.administration
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = var.key_administrators
    }
  }

  # Whoever creates them does so for RDS, ElastiCache and Secrets Manager, which then hold a grant each.
  statement {
    sid       = "ThroughServices"
    actions   = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = var.key_administrators
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = [for service in ["rds", "elasticache", "secretsmanager"] : "${service}.${local.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "Passwords"
    actions   = ["kms:Decrypt"]
    resources = ["*"]
    principals {
      type        = "AWS"
      identifiers = [local.root_arn]
    }
    condition {
      test     = "ArnEquals"
      variable = "aws:PrincipalArn"
      values   = ["arn:${local.partition}:iam::${local.account}:role/${var.name}-secrets"]
    }
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${local.region}.amazonaws.com"]
    }
  }

  statement {
    sid       = "Logs"
    actions   = ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["logs.${local.region}.amazonaws.com"]
    }
    condition {
      test     = "ArnLike"
      variable = "kms:EncryptionContext:aws:logs:arn"
      values = [
        "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/credence/${var.name}/*",
        "arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/rds/instance/${var.name}-catalog/*",
      ]
    }
  }

  statement {
    sid       = "Trail"
    actions   = ["kms:DescribeKey", "kms:GenerateDataKey"]
    resources = ["*"]
    principals {
      type        = "Service"
      identifiers = ["cloudtrail.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceArn"
      values   = [local.trail_arn]
    }
  }

  dynamic "statement" {
    for_each = length(var.auditors) == 0 ? [] : [var.auditors]
    content {
      sid       = "Auditors"
      actions   = ["kms:Decrypt"]
      resources = ["*"]
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
      condition {
        test     = "StringEquals"
        variable = "kms:ViaService"
        values   = ["s3.${local.region}.amazonaws.com"]
      }
      # What the trail wrote has the trail in its context.
      condition {
        test     = "StringEquals"
        variable = "kms:EncryptionContext:aws:cloudtrail:arn"
        values   = [local.trail_arn]
      }
    }
  }

  statement {
    sid       = "Alarms"
    actions   = ["kms:Decrypt", "kms:GenerateDataKey"]
    resources = ["*"]
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
}

resource "aws_kms_key" "platform" {
  description                        = "${var.name}: logs, alarms, secrets, Redis and PostgreSQL"
  key_usage                          = "ENCRYPT_DECRYPT"
  customer_master_key_spec           = "SYMMETRIC_DEFAULT"
  enable_key_rotation                = true
  rotation_period_in_days            = var.key_rotation_days
  deletion_window_in_days            = 30
  bypass_policy_lockout_safety_check = false
  tags                               = var.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_kms_key_policy" "platform" {
  key_id = aws_kms_key.platform.id
  policy = data.aws_iam_policy_document.platform_key.json
}

resource "aws_kms_alias" "platform" {
  name          = "alias/${var.name}-platform"
  target_key_id = aws_kms_key.platform.id
}
