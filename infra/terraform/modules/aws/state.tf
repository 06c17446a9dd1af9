# The queue (Redis) and the catalog (PostgreSQL): both encrypted, both over TLS, both behind a security group that only services pass.

locals {
  # PostgreSQL's is its administrator's, whom RDS gives another password every seven days: no service signs in so.
  secret_arns = [aws_secretsmanager_secret.redis.arn]
}

resource "aws_security_group" "redis" {
  name        = "${var.name}-redis"
  description = "Redis"
  vpc_id      = aws_vpc.this.id
  tags        = merge(var.tags, { Name = "${var.name}-redis" })
}

resource "aws_vpc_security_group_ingress_rule" "redis" {
  security_group_id            = aws_security_group.redis.id
  referenced_security_group_id = aws_security_group.services.id
  description                  = "Services to Redis over TLS"
  ip_protocol                  = "tcp"
  from_port                    = 6379
  to_port                      = 6379
  tags                         = var.tags
}

# Evicting a job would lose it: with noeviction, Redis refuses to take more than it holds, and the services wait.
resource "aws_elasticache_parameter_group" "queue" {
  name        = "${var.name}-queue"
  description = "Jobs are never evicted"
  family      = "redis7"
  tags        = var.tags

  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "aws_elasticache_subnet_group" "queue" {
  name        = "${var.name}-queue"
  description = "Private subnets"
  subnet_ids  = [for subnet in aws_subnet.private : subnet.id]
  tags        = var.tags
}

data "aws_secretsmanager_random_password" "redis" {
  password_length     = 64
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "redis" {
  name                    = "${var.name}/redis"
  description             = "AUTH token of the queue"
  kms_key_id              = aws_kms_key.platform.arn
  recovery_window_in_days = 30
  tags                    = var.tags

  #checkov:skip=CKV2_AWS_57:the token is changed with the replication group (README, Rotating the token): a rotation of the secret alone would lock the services out
}

# Made once; the state holds it, which is why the state is encrypted.
resource "aws_secretsmanager_secret_version" "redis" {
  secret_id     = aws_secretsmanager_secret.redis.id
  secret_string = data.aws_secretsmanager_random_password.redis.random_password

  lifecycle {
    ignore_changes = [secret_string]
  }
}

resource "aws_elasticache_replication_group" "queue" {
  replication_group_id       = "${var.name}-queue"
  description                = "Jobs of ${var.name}"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = var.redis_node_type
  num_cache_clusters         = 1 + var.redis_replicas
  automatic_failover_enabled = true
  multi_az_enabled           = true
  parameter_group_name       = aws_elasticache_parameter_group.queue.name
  subnet_group_name          = aws_elasticache_subnet_group.queue.name
  security_group_ids         = [aws_security_group.redis.id]
  port                       = 6379
  at_rest_encryption_enabled = true
  kms_key_id                 = aws_kms_key.platform.arn
  transit_encryption_enabled = true
  transit_encryption_mode    = "required"
  auth_token                 = aws_secretsmanager_secret_version.redis.secret_string
  auth_token_update_strategy = "ROTATE"
  auto_minor_version_upgrade = true
  snapshot_retention_limit   = var.backup_days
  snapshot_window            = "01:00-02:00"
  maintenance_window         = "sun:03:00-sun:04:00"
  final_snapshot_identifier  = "${var.name}-queue-final"
  tags                       = var.tags

  log_delivery_configuration {
    destination      = aws_cloudwatch_log_group.this["redis"].name
    destination_type = "cloudwatch-logs"
    log_format       = "json"
    log_type         = "slow-log"
  }
}

resource "aws_security_group" "postgres" {
  name        = "${var.name}-postgres"
  description = "PostgreSQL"
  vpc_id      = aws_vpc.this.id
  tags        = merge(var.tags, { Name = "${var.name}-postgres" })
}

resource "aws_vpc_security_group_ingress_rule" "postgres" {
  security_group_id            = aws_security_group.postgres.id
  referenced_security_group_id = aws_security_group.services.id
  description                  = "Services to PostgreSQL over TLS"
  ip_protocol                  = "tcp"
  from_port                    = 5432
  to_port                      = 5432
  tags                         = var.tags
}

resource "aws_db_subnet_group" "catalog" {
  name        = "${var.name}-catalog"
  description = "Private subnets"
  subnet_ids  = [for subnet in aws_subnet.private : subnet.id]
  tags        = var.tags
}

resource "aws_db_parameter_group" "catalog" {
  name        = "${var.name}-catalog"
  description = "TLS only, connections logged"
  family      = "postgres17"
  tags        = var.tags

  parameter {
    name  = "rds.force_ssl"
    value = "1"
  }

  parameter {
    name  = "ssl_min_protocol_version"
    value = "TLSv1.2"
  }

  parameter {
    name  = "log_connections"
    value = "1"
  }

  parameter {
    name  = "log_disconnections"
    value = "1"
  }

  parameter {
    name  = "log_statement"
    value = "ddl"
  }

  parameter {
    name  = "log_min_duration_statement"
    value = "1000"
  }
}

# What RDS writes to by itself, without a key or an end, where it is not there first.
resource "aws_cloudwatch_log_group" "catalog" {
  for_each = toset(["postgresql", "upgrade"])

  name              = "/aws/rds/instance/${var.name}-catalog/${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.platform.arn
  tags              = var.tags

  depends_on = [aws_kms_key_policy.platform]
}

resource "aws_db_instance" "catalog" {
  #checkov:skip=CKV_AWS_157:a standby is the default; development goes without, and says so with postgres_multi_az

  identifier                            = "${var.name}-catalog"
  engine                                = "postgres"
  engine_version                        = "17"
  instance_class                        = var.postgres_instance_class
  allocated_storage                     = var.postgres_storage_gib
  max_allocated_storage                 = 4 * var.postgres_storage_gib
  storage_type                          = "gp3"
  storage_encrypted                     = true
  kms_key_id                            = aws_kms_key.platform.arn
  db_name                               = "credence"
  username                              = "credence"
  manage_master_user_password           = true
  master_user_secret_kms_key_id         = aws_kms_key.platform.arn
  iam_database_authentication_enabled   = true
  ca_cert_identifier                    = "rds-ca-rsa2048-g1"
  db_subnet_group_name                  = aws_db_subnet_group.catalog.name
  vpc_security_group_ids                = [aws_security_group.postgres.id]
  publicly_accessible                   = false
  multi_az                              = var.postgres_multi_az
  parameter_group_name                  = aws_db_parameter_group.catalog.name
  backup_retention_period               = var.backup_days
  backup_window                         = "01:00-02:00"
  maintenance_window                    = "sun:03:00-sun:04:00"
  copy_tags_to_snapshot                 = true
  delete_automated_backups              = false
  deletion_protection                   = true
  skip_final_snapshot                   = false
  final_snapshot_identifier             = "${var.name}-catalog-final"
  auto_minor_version_upgrade            = true
  enabled_cloudwatch_logs_exports       = ["postgresql", "upgrade"]
  performance_insights_enabled          = true
  performance_insights_kms_key_id       = aws_kms_key.platform.arn
  performance_insights_retention_period = 7
  monitoring_interval                   = 60
  monitoring_role_arn                   = aws_iam_role.monitoring.arn
  tags                                  = var.tags

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [aws_cloudwatch_log_group.catalog]
}

data "aws_iam_policy_document" "monitoring_trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "Service"
      identifiers = ["monitoring.rds.amazonaws.com"]
    }
    condition {
      test     = "StringEquals"
      variable = "aws:SourceAccount"
      values   = [local.account]
    }
  }
}

resource "aws_iam_role" "monitoring" {
  name                 = "${var.name}-rds-monitoring"
  description          = "Writes the database's metrics"
  assume_role_policy   = data.aws_iam_policy_document.monitoring_trust.json
  permissions_boundary = var.permissions_boundary
  tags                 = var.tags
}

resource "aws_iam_role_policy_attachment" "monitoring" {
  role       = aws_iam_role.monitoring.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
}
