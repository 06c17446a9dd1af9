# What the chart has to know of what was made here: who each service is, where it may go, where its passwords are.

locals {
  in_subnets = [for zone in var.zones : aws_subnet.private[zone].cidr_block]

  helm_values = {
    configuration = yamlencode(local.config)
    identities = {
      for name in setsubtract(local.identities, ["reviewer"]) : name => {
        name        = "${var.name}-${name}"
        annotations = { "eks.amazonaws.com/role-arn" = aws_iam_role.service[name].arn }
        environment = contains(keys(local.database_users), name) ? { CREDENCE_POSTGRES_USER = local.database_users[name] } : {}
      }
    }
    flows = {
      endpoints = { ranges = local.in_subnets, ports = [local.reached.endpoints.port] }
      postgres  = { ranges = local.in_subnets, ports = [local.reached.postgres.port] }
      redis     = { ranges = local.in_subnets, ports = [local.reached.redis.port], services = ["ingest", "scan", "encrypt", "sweep"] }
      s3        = { ranges = aws_vpc_endpoint.s3.cidr_blocks, ports = [443] }
      identity  = { ranges = ["169.254.170.23/32"], ports = [80] } # the agent of pod identities, on the same machine
    }
    secrets = {
      external = {
        provider = { aws = { service = "SecretsManager", region = local.region, auth = { jwt = { serviceAccountRef = { name = "${var.name}-secrets" } } } } }
        values = {
          CREDENCE_REDIS_TOKEN = { key = aws_secretsmanager_secret.redis.arn }
        }
      }
    }
  }
}

output "helm_values" {
  description = "Values for the chart: terraform output -raw helm_values > values.yaml. The contracts and the image are yours to add."
  value       = yamlencode(local.helm_values)
}
