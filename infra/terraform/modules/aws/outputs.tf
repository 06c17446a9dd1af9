locals {
  config = {
    version = 1
    profile = "production"
    datasets = {
      for name in keys(var.datasets) : name => {
        source = {
          kinesis = {
            stream   = aws_kinesis_stream.this[name].arn
            region   = local.region
            mode     = var.fan_out ? "fan-out" : "polling"
            consumer = var.consumer
          }
        }
        contract = "${name}.contract.yaml"
      }
    }
    store = {
      s3 = merge(
        { bucket = aws_s3_bucket.store.id, region = local.region, kmsKey = aws_kms_key.store.arn },
        var.prefix == "" ? {} : { prefix = var.prefix },
        var.object_lock == null ? {} : { objectLock = var.object_lock },
      )
    }
    keys = { awskms = { key = aws_kms_key.epoch.arn, region = local.region } }
    catalog = {
      postgres = "postgresql://$${CREDENCE_POSTGRES_USER}@${aws_db_instance.catalog.address}:${local.reached.postgres.port}/${aws_db_instance.catalog.db_name}"
      identity = "aws"
      region   = local.region
    }
    queue = { redis = "rediss://:$${CREDENCE_REDIS_TOKEN}@${aws_elasticache_replication_group.queue.primary_endpoint_address}:${local.reached.redis.port}", prefix = var.name }
  }
}

output "credence_config" {
  description = "A credence.yaml for this installation. The contracts' files are yours to supply, and two environment variables: CREDENCE_REDIS_TOKEN, and CREDENCE_POSTGRES_USER with the service's name of database_users."
  value       = yamlencode(local.config)
}

output "role_arns" {
  description = "The role of each service: for IRSA, the annotation eks.amazonaws.com/role-arn of its service account."
  value       = { for name, role in aws_iam_role.service : name => role.arn }
}

output "service_accounts" {
  description = "What the service accounts are called that may assume the roles."
  value       = { for name in local.identities : name => "${var.name}-${name}" }
}

output "subnet_ids" {
  description = "Private subnets, for the cluster's nodes."
  value       = [for subnet in aws_subnet.private : subnet.id]
}

output "security_group_id" {
  description = "What the services' pods or nodes wear to reach endpoints, Redis and PostgreSQL."
  value       = aws_security_group.services.id
}

output "vpc_id" {
  description = "The VPC."
  value       = aws_vpc.this.id
}

output "stream_arns" {
  description = "The stream of each dataset, for producers."
  value       = { for name, stream in aws_kinesis_stream.this : name => stream.arn }
}

output "bucket" {
  description = "The store's bucket."
  value       = aws_s3_bucket.store.id
}

output "key_arns" {
  description = "The keys: epoch wraps epoch keys, store encrypts objects and streams, platform the rest."
  value       = local.key_ids
}

output "database_users" {
  description = "Whom each service signs in to PostgreSQL as, by a token of its role."
  value       = local.database_users
}

output "catalog_roles" {
  description = "SQL that the administrator of PostgreSQL runs once, in the catalog's database, before the first process: a user for each service, who may use the tables; the operator owns them, and migrates."
  value       = templatefile("${path.module}/roles.sql.tftpl", { owner = local.database_users["operator"], users = [for name, user in local.database_users : user if name != "operator"] })
}

output "secret_arns" {
  description = "Secrets: the AUTH token of Redis, the password of PostgreSQL's administrator."
  value       = { redis = aws_secretsmanager_secret.redis.arn, postgres = aws_db_instance.catalog.master_user_secret[0].secret_arn }
}

output "alarm_topic_arn" {
  description = "The topic that alarms go to."
  value       = aws_sns_topic.alarms.arn
}
