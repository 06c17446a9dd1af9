# Production: three zones, a standby of the database, objects locked, two years of logs.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 6.64"
    }
  }

  # terraform init -backend-config=bucket=… -backend-config=region=… -backend-config=kms_key_id=…
  backend "s3" {
    key          = "credence/prod-aws.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region              = var.region
  allowed_account_ids = [var.account_id]

  default_tags {
    tags = {
      application = "credence"
      environment = "prod"
      managed-by  = "terraform"
    }
  }
}

module "credence" {
  source = "../../modules/aws"

  name                    = "credence-prod"
  datasets                = var.datasets
  federations             = var.federations
  console                 = var.console
  sessions                = var.sessions
  zones                   = [for letter in ["a", "b", "c"] : "${var.region}${letter}"]
  key_administrators      = var.key_administrators
  producers               = var.producers
  auditors                = var.auditors
  eks                     = var.eks
  assumed_by              = var.assumed_by
  object_lock             = { mode = "GOVERNANCE", days = 365 }
  noncurrent_days         = 90
  log_days                = 731
  redis_node_type         = "cache.m7g.large"
  redis_replicas          = 2
  postgres_instance_class = "db.m7g.large"
  postgres_storage_gib    = 200
  postgres_multi_az       = true
  backup_days             = 35
  alarm_topic_subscribers = var.alarm_topic_subscribers
}

resource "aws_budgets_budget" "monthly" {
  name         = "credence-prod"
  budget_type  = "COST"
  limit_amount = tostring(var.monthly_budget_usd)
  limit_unit   = "USD"
  time_unit    = "MONTHLY"

  cost_filter {
    name   = "TagKeyValue"
    values = ["user:application$credence"]
  }

  dynamic "notification" {
    for_each = { ACTUAL = 80, FORECASTED = 100 }
    content {
      comparison_operator        = "GREATER_THAN"
      notification_type          = notification.key
      threshold                  = notification.value
      threshold_type             = "PERCENTAGE"
      subscriber_email_addresses = var.budget_emails
    }
  }
}
