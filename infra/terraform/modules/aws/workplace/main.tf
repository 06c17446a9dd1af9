# A machine in the network through which people reach what answers nowhere else. It has no address of its own and no way in: Systems Manager forwards
# connections through it, for those who may, each under their own name. Nobody gets a shell on it, and it may do nothing itself.

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

# Amazon Linux brings the agent: there is nowhere to install it from.
data "aws_ssm_parameter" "image" {
  name = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64"
}

locals {
  partition = data.aws_partition.current.partition
  ssm       = "arn:${local.partition}:ssm:${data.aws_region.current.region}"
  account   = data.aws_caller_identity.current.account_id
}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["ec2.amazonaws.com"]
    }
  }
}

# What the agent needs to be found, and no more: Amazon's own policy reads parameters as well.
data "aws_iam_policy_document" "agent" {
  statement {
    sid       = "IsThere"
    actions   = ["ssm:UpdateInstanceInformation"]
    resources = ["arn:${local.partition}:ec2:${data.aws_region.current.region}:${local.account}:instance/*"]
  }

  statement {
    sid       = "Forwards"
    actions   = ["ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel"]
    resources = ["*"]
  }

  #checkov:skip=CKV_AWS_111:channels of sessions have no names that a policy could say
  #checkov:skip=CKV_AWS_356:channels of sessions have no names that a policy could say
}

resource "aws_iam_role" "this" {
  name                 = "${var.name}-workplace"
  description          = "Credence: the machine that connections are forwarded through; nobody else assumes it"
  assume_role_policy   = data.aws_iam_policy_document.trust.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy" "this" {
  name   = "agent"
  role   = aws_iam_role.this.name
  policy = data.aws_iam_policy_document.agent.json
}

resource "aws_iam_instance_profile" "this" {
  name = "${var.name}-workplace"
  role = aws_iam_role.this.name
  tags = var.tags
}

resource "aws_security_group" "this" {
  name        = "${var.name}-workplace"
  description = "Reaches what is named, besides what the services reach; nothing reaches it"
  vpc_id      = var.vpc_id
  tags        = merge(var.tags, { Name = "${var.name}-workplace" })
}

resource "aws_vpc_security_group_egress_rule" "this" {
  for_each = var.reaches

  security_group_id            = aws_security_group.this.id
  referenced_security_group_id = each.value.security_group_id
  description                  = "The workplace to ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  tags                         = var.tags
}

resource "aws_vpc_security_group_ingress_rule" "this" {
  for_each = var.reaches

  security_group_id            = each.value.security_group_id
  referenced_security_group_id = aws_security_group.this.id
  description                  = "The workplace to ${each.key}"
  ip_protocol                  = "tcp"
  from_port                    = each.value.port
  to_port                      = each.value.port
  tags                         = var.tags
}

# Nothing is kept on it: with a newer image, an apply replaces it.
resource "aws_instance" "this" {
  ami                         = data.aws_ssm_parameter.image.insecure_value
  instance_type               = "t4g.nano"
  subnet_id                   = var.subnet_id
  vpc_security_group_ids      = [aws_security_group.this.id, var.security_group_id]
  associate_public_ip_address = false
  iam_instance_profile        = aws_iam_instance_profile.this.name
  ebs_optimized               = true
  monitoring                  = false
  tags                        = merge(var.tags, { Name = "${var.name}-workplace" })

  metadata_options {
    http_endpoint               = "enabled"
    http_tokens                 = "required"
    http_put_response_hop_limit = 1
  }
  root_block_device {
    encrypted   = true
    kms_key_id  = var.disk_key
    volume_type = "gp3"
  }

  #checkov:skip=CKV_AWS_126:it forwards, and has no figures that anybody looks at every minute
}

# People may have connections forwarded through this machine, and no session of another kind: the default one is a shell.
data "aws_iam_policy_document" "people" {
  statement {
    sid       = "Forward"
    actions   = ["ssm:StartSession"]
    resources = [aws_instance.this.arn, "${local.ssm}::document/AWS-StartPortForwardingSessionToRemoteHost"]
    condition {
      test     = "BoolIfExists"
      variable = "ssm:SessionDocumentAccessCheck"
      values   = ["true"]
    }
  }

  statement {
    sid       = "TheirOwn"
    actions   = ["ssm:ResumeSession", "ssm:TerminateSession"]
    resources = ["${local.ssm}:${local.account}:session/*"]
    condition {
      test     = "StringEquals"
      variable = "ssm:resourceTag/aws:ssmmessages:session-id"
      values   = ["$${aws:userid}"]
    }
  }
}

resource "aws_iam_policy" "people" {
  name        = "${var.name}-workplace"
  description = "Has connections forwarded through the workplace of ${var.name}"
  policy      = data.aws_iam_policy_document.people.json
  tags        = var.tags
}

resource "aws_iam_role_policy_attachment" "people" {
  for_each = var.roles

  role       = each.value
  policy_arn = aws_iam_policy.people.arn
}
