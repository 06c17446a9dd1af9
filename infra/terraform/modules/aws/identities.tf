# One role for each service, and for people through reviewer, exporter and operator. Who may assume it: the service account of its
# name in the cluster (pod identity, or IRSA), and the roles that assumed_by names.

locals {
  # `secrets` hands the token of Redis to the cluster; it reads nothing else. PostgreSQL has no password that a service knows.
  identities = setunion(local.services, ["secrets"])
  issuer     = try(split("oidc-provider/", var.eks.oidc_provider_arn)[1], null)
}

data "aws_iam_policy_document" "trust" {
  for_each = local.identities

  dynamic "statement" {
    for_each = var.eks == null ? [] : [var.eks]
    content {
      actions = ["sts:AssumeRole", "sts:TagSession"]
      principals {
        type        = "Service"
        identifiers = ["pods.eks.amazonaws.com"]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [local.account]
      }
      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = ["arn:${local.partition}:eks:${local.region}:${local.account}:cluster/${statement.value.cluster_name}"]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:RequestTag/kubernetes-namespace"
        values   = [statement.value.namespace]
      }
      condition {
        test     = "StringEquals"
        variable = "aws:RequestTag/kubernetes-service-account"
        values   = ["${var.name}-${each.key}"]
      }
    }
  }

  dynamic "statement" {
    for_each = local.issuer == null ? [] : [var.eks]
    content {
      actions = ["sts:AssumeRoleWithWebIdentity"]
      principals {
        type        = "Federated"
        identifiers = [statement.value.oidc_provider_arn]
      }
      condition {
        test     = "StringEquals"
        variable = "${local.issuer}:aud"
        values   = ["sts.amazonaws.com"]
      }
      condition {
        test     = "StringEquals"
        variable = "${local.issuer}:sub"
        values   = ["system:serviceaccount:${statement.value.namespace}:${var.name}-${each.key}"]
      }
    }
  }

  dynamic "statement" {
    for_each = length(lookup(var.assumed_by, each.key, [])) == 0 ? [] : [var.assumed_by[each.key]]
    content {
      actions = ["sts:AssumeRole"]
      principals {
        type        = "AWS"
        identifiers = statement.value
      }
    }
  }
}

resource "aws_iam_role" "service" {
  for_each = local.identities

  name                  = "${var.name}-${each.key}"
  description           = "Credence: ${each.key}"
  assume_role_policy    = data.aws_iam_policy_document.trust[each.key].json
  max_session_duration  = 3600
  permissions_boundary  = var.permissions_boundary
  force_detach_policies = true
  tags                  = var.tags

  lifecycle {
    precondition {
      condition     = var.eks != null || length(lookup(var.assumed_by, each.key, [])) > 0
      error_message = "Nobody could assume the role ${each.key}: give eks, or name roles in assumed_by."
    }
  }
}

# In the cluster, which lives in this network: made in the second apply.
resource "aws_eks_pod_identity_association" "service" {
  for_each = try(var.eks.pod_identities, false) ? local.identities : toset([])

  cluster_name    = var.eks.cluster_name
  namespace       = var.eks.namespace
  service_account = "${var.name}-${each.key}"
  role_arn        = aws_iam_role.service[each.key].arn
  tags            = var.tags
}

data "aws_iam_policy_document" "secrets" {
  statement {
    actions   = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"]
    resources = local.secret_arns
  }

  statement {
    actions   = ["kms:Decrypt"]
    resources = [aws_kms_key.platform.arn]
    condition {
      test     = "StringEquals"
      variable = "kms:ViaService"
      values   = ["secretsmanager.${local.region}.amazonaws.com"]
    }
  }
}

resource "aws_iam_role_policy" "secrets" {
  name   = "read"
  role   = aws_iam_role.service["secrets"].id
  policy = data.aws_iam_policy_document.secrets.json
}
