# Development: small sizes, two zones. As private, as encrypted and as narrow as production.

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
    key          = "credence/dev-aws.tfstate"
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
      environment = "dev"
      managed-by  = "terraform"
    }
  }
}

module "credence" {
  source = "../../modules/aws"

  name                    = "credence-dev"
  datasets                = var.datasets
  federations             = var.federations
  console                 = var.console
  sessions                = var.sessions
  zones                   = [for letter in ["a", "b"] : "${var.region}${letter}"]
  key_administrators      = var.key_administrators
  producers               = var.producers
  auditors                = var.auditors
  eks                     = var.eks
  assumed_by              = var.assumed_by
  noncurrent_days         = 7
  log_days                = 365
  redis_node_type         = "cache.t4g.micro"
  redis_replicas          = 1
  postgres_instance_class = "db.t4g.micro"
  postgres_storage_gib    = 20
  postgres_multi_az       = false
  backup_days             = 7
  alarm_topic_subscribers = var.alarm_topic_subscribers
}

resource "aws_budgets_budget" "monthly" {
  name         = "credence-dev"
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
