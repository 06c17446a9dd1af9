# Each endpoint lets this account's identities do what the pipeline does, to what is the pipeline's.

locals {
  stream_arns   = { for name, stream in aws_kinesis_stream.this : name => stream.arn }
  consumer_arns = [for arn in values(local.stream_arns) : "${arn}/consumer/${var.consumer}:*"]
  key_arns      = [aws_kms_key.epoch.arn, aws_kms_key.store.arn, aws_kms_key.platform.arn]

  cluster_arn = var.eks == null ? null : "arn:${local.partition}:eks:${local.region}:${local.account}:cluster/${var.eks.cluster_name}"
  ec2         = "arn:${local.partition}:ec2:${local.region}:${local.account}"
  repositories = length(var.image_repositories) > 0 ? var.image_repositories : concat(
    ["arn:${local.partition}:ecr:${local.region}:${local.account}:repository/credence"],
    [for name in ["eks/*", "amazon-k8s-cni*", "amazon/*"] : "arn:${local.partition}:ecr:${local.region}:${var.addon_account}:repository/${name}"],
  )
  pulling = { actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], resources = local.repositories }

  # What kubelets, the network plugin and the agent of pod identities ask for.
  for_machines = var.eks == null || !var.cluster_endpoints ? {} : {
    eks      = [{ actions = ["eks:DescribeCluster"], resources = [local.cluster_arn] }]
    eks-auth = [{ actions = ["eks-auth:AssumeRoleForPodIdentity"], resources = [local.cluster_arn] }]
    ec2 = [
      { actions = ["ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags"], resources = ["*"] },
      {
        actions   = ["ec2:AssignPrivateIpAddresses", "ec2:AttachNetworkInterface", "ec2:CreateNetworkInterface", "ec2:CreateTags", "ec2:DeleteNetworkInterface", "ec2:DetachNetworkInterface", "ec2:ModifyNetworkInterfaceAttribute", "ec2:UnassignPrivateIpAddresses"]
        resources = [for kind in ["instance", "network-interface", "security-group", "subnet"] : "${local.ec2}:${kind}/*"]
      },
    ]
    "ecr.api"  = [{ actions = ["ecr:GetAuthorizationToken"], resources = ["*"] }, local.pulling]
    "ecr.dkr"  = [local.pulling]
    monitoring = [{ actions = ["cloudwatch:PutMetricData"], resources = ["*"] }]
  }

  for_sessions = !var.sessions ? {} : {
    ssm         = [{ actions = ["ssm:UpdateInstanceInformation"], resources = ["${local.ec2}:instance/*"] }]
    ssmmessages = [{ actions = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"], resources = ["*"] }]
  }

  # By the endpoint: what may be done through it.
  through = merge(local.for_machines, local.for_sessions, var.additional_endpoints, {
    kinesis-streams = [
      { actions = local.actions.kinesis, resources = concat(values(local.stream_arns), var.fan_out ? local.consumer_arns : []) },
      { actions = ["kinesis:PutRecord", "kinesis:PutRecords"], resources = values(local.stream_arns) },
    ]
    kms = [
      { actions = local.actions.kms, resources = local.key_arns },
    ]
    sts = [
      { actions = ["sts:GetCallerIdentity"], resources = ["*"] },
      { actions = ["sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession"], resources = [for role in aws_iam_role.service : role.arn] },
    ]
    logs = [
      { actions = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogStreams"], resources = [for group in aws_cloudwatch_log_group.this : "${group.arn}:*"] },
    ]
    secretsmanager = [
      { actions = ["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"], resources = local.secret_arns },
    ]
  })
}

data "aws_iam_policy_document" "endpoint" {
  for_each = local.through

  dynamic "statement" {
    for_each = each.value
    content {
      actions   = statement.value.actions
      resources = statement.value.resources
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
      # A web identity has no account before it is assumed; the role that it assumes is named.
      dynamic "condition" {
        for_each = contains(statement.value.actions, "sts:AssumeRoleWithWebIdentity") ? [] : [local.account]
        content {
          test     = "StringEquals"
          variable = "aws:PrincipalAccount"
          values   = [condition.value]
        }
      }
    }
  }
}

resource "aws_vpc_endpoint" "interface" {
  for_each = local.through

  vpc_id              = aws_vpc.this.id
  service_name        = "com.amazonaws.${local.region}.${each.key}"
  vpc_endpoint_type   = "Interface"
  private_dns_enabled = true
  subnet_ids          = [for subnet in aws_subnet.private : subnet.id]
  security_group_ids  = [aws_security_group.endpoints.id]
  policy              = data.aws_iam_policy_document.endpoint[each.key].json
  tags                = merge(var.tags, { Name = "${var.name}-${each.key}" })
}

data "aws_iam_policy_document" "s3_endpoint" {
  statement {
    actions   = local.actions.s3
    resources = [aws_s3_bucket.store.arn, "${aws_s3_bucket.store.arn}/*"]
    principals {
      type        = "AWS"
      identifiers = ["*"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:PrincipalAccount"
      values   = [local.account]
    }
  }

  # Layers of container images come from a bucket of AWS.
  dynamic "statement" {
    for_each = contains(keys(local.through), "ecr.dkr") ? [1] : []
    content {
      actions   = ["s3:GetObject"]
      resources = ["arn:${local.partition}:s3:::prod-${local.region}-starport-layer-bucket/*"]
      principals {
        type        = "AWS"
        identifiers = ["*"]
      }
    }
  }
}

resource "aws_vpc_endpoint" "s3" {
  vpc_id            = aws_vpc.this.id
  service_name      = "com.amazonaws.${local.region}.s3"
  vpc_endpoint_type = "Gateway"
  route_table_ids   = [aws_route_table.private.id]
  policy            = data.aws_iam_policy_document.s3_endpoint.json
  tags              = merge(var.tags, { Name = "${var.name}-s3" })
}
