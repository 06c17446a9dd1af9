module "credence" {
  source = "../../modules/gcp"

  project_id        = var.project_id
  region            = var.region
  name              = "credence-dev"
  datasets          = var.datasets
  federations       = var.federations
  console           = var.console
  people            = var.people
  workload_identity = var.workload_identity
  egress            = var.egress
  labels            = merge(var.labels, { environment = "dev" })

  # what a trial may go without; data that matters is for prod-gcp
  accept_missing_perimeter = true
  keys                     = { protection_level = "SOFTWARE", restorable_days = 7 }
  stream                   = { retention_days = 1 }
  store                    = { restorable_days = 7, log_days = 30 }
  redis                    = { memory_gb = 1, high_availability = false }
  postgres                 = { tier = "db-custom-1-3840", disk_gb = 10, high_availability = false, backups = 7, log_days = 2 }
  alerts                   = { channels = var.alert_channels }

  database_password           = var.database_password
  database_credential_version = var.database_credential_version
}
