module "credence" {
  source = "../../modules/gcp"

  project_id        = var.project_id
  region            = var.region
  name              = "credence-prod"
  datasets          = var.datasets
  federations       = var.federations
  console           = var.console
  people            = var.people
  workload_identity = var.workload_identity
  egress            = var.egress
  perimeter         = var.perimeter
  labels            = merge(var.labels, { environment = "prod" })

  keys      = { protection_level = "HSM", rotation_days = 90, restorable_days = 30, administrators = var.key_administrators }
  stream    = { retention_days = 7, max_delivery_attempts = 100 }
  store     = { restorable_days = 30, log_days = 400 }
  warehouse = { policy_tag = true }
  redis     = { memory_gb = 5, high_availability = true }
  postgres  = { tier = "db-custom-4-16384", disk_gb = 100, high_availability = true, backups = 30, log_days = 7, iam_users = var.database_users }
  alerts    = { channels = var.alert_channels }

  database_password           = var.database_password
  database_credential_version = var.database_credential_version
}
