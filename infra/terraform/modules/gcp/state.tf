/** The queue. It may lose every job (the catalog restores them), but must never drop one to make room. */
resource "google_redis_instance" "this" {
  project                 = var.project_id
  name                    = var.name
  display_name            = "${var.name} queue"
  region                  = var.region
  tier                    = var.redis.high_availability ? "STANDARD_HA" : "BASIC"
  memory_size_gb          = var.redis.memory_gb
  redis_version           = "REDIS_7_2"
  connect_mode            = "PRIVATE_SERVICE_ACCESS"
  authorized_network      = google_compute_network.this.id
  reserved_ip_range       = google_compute_global_address.managed.name
  auth_enabled            = true
  transit_encryption_mode = "SERVER_AUTHENTICATION"
  customer_managed_key    = google_kms_crypto_key.rest["redis"].id
  labels                  = local.labels

  redis_configs = {
    maxmemory-policy = "noeviction"
  }
  maintenance_policy {
    weekly_maintenance_window {
      day = "SUNDAY"
      start_time {
        hours   = 3
        minutes = 0
        seconds = 0
        nanos   = 0
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agents, google_service_networking_connection.managed]
}

/** The catalog. It has no address but the endpoint below, and its certificate names that. */
resource "google_sql_database_instance" "this" {
  #checkov:skip=CKV_GCP_6: ENCRYPTED_ONLY refuses what comes without TLS; who signs in says so with a password or IAM, not with a certificate
  #checkov:skip=CKV_GCP_108: looking names up in DNS for each connection would make them wait; addresses are logged
  #checkov:skip=CKV2_GCP_13: the duration of each statement would be a line each; slow ones are seen in the insights
  project             = var.project_id
  name                = var.name
  region              = var.region
  database_version    = "POSTGRES_18"
  encryption_key_name = google_kms_crypto_key.rest["postgres"].id
  deletion_protection = var.deletion_protection

  settings {
    tier                        = var.postgres.tier
    edition                     = var.postgres.edition
    availability_type           = var.postgres.high_availability ? "REGIONAL" : "ZONAL"
    disk_type                   = "PD_SSD"
    disk_size                   = var.postgres.disk_gb
    disk_autoresize             = true
    deletion_protection_enabled = var.deletion_protection
    connector_enforcement       = "NOT_REQUIRED" # processes connect to the endpoint themselves, and verify its name
    user_labels                 = local.labels

    ip_configuration {
      ipv4_enabled   = false
      ssl_mode       = "ENCRYPTED_ONLY"
      server_ca_mode = "GOOGLE_MANAGED_CAS_CA"

      psc_config {
        psc_enabled               = true
        allowed_consumer_projects = [var.project_id]
      }
    }
    backup_configuration {
      enabled                        = true
      start_time                     = "02:00"
      location                       = var.region
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = var.postgres.log_days

      backup_retention_settings {
        retained_backups = var.postgres.backups
        retention_unit   = "COUNT"
      }
    }
    maintenance_window {
      day          = 7
      hour         = 3
      update_track = "stable"
    }
    insights_config {
      query_insights_enabled  = true
      record_client_address   = false
      record_application_tags = false
      query_string_length     = 1024
    }
    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }
    database_flags {
      name  = "cloudsql.enable_pgaudit"
      value = "on"
    }
    database_flags {
      name  = "pgaudit.log"
      value = "role,ddl" # who changed what there is; never the rows
    }
    database_flags {
      name  = "log_checkpoints"
      value = "on"
    }
    database_flags {
      name  = "log_connections"
      value = "on"
    }
    database_flags {
      name  = "log_disconnections"
      value = "on"
    }
    database_flags {
      name  = "log_lock_waits"
      value = "on"
    }
    database_flags {
      name  = "log_min_duration_statement"
      value = "-1" # slow statements are seen in the insights, without their values
    }
    database_flags {
      name  = "log_min_error_statement"
      value = "error"
    }
    database_flags {
      name  = "log_min_messages"
      value = "warning"
    }
    database_flags {
      name  = "log_statement"
      value = "ddl"
    }
    database_flags {
      name  = "log_temp_files"
      value = "0"
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agents]

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [settings[0].disk_size] # it grows by itself
  }
}

resource "google_compute_address" "postgres" {
  project      = var.project_id
  name         = "${var.name}-postgres"
  region       = var.region
  address_type = "INTERNAL"
  subnetwork   = google_compute_subnetwork.machines.id
  labels       = local.labels
}

resource "google_compute_forwarding_rule" "postgres" {
  project                 = var.project_id
  name                    = "${var.name}-postgres"
  region                  = var.region
  network                 = google_compute_network.this.id
  ip_address              = google_compute_address.postgres.id
  target                  = google_sql_database_instance.this.psc_service_attachment_link
  load_balancing_scheme   = ""
  allow_psc_global_access = false
  labels                  = local.labels
}

resource "google_sql_database" "credence" {
  project         = var.project_id
  name            = "credence"
  instance        = google_sql_database_instance.this.name
  deletion_policy = "ABANDON"
}

/** Makes what the services use (`catalog_roles`), and is nobody that a service signs in as. */
resource "google_sql_user" "credence" {
  project             = var.project_id
  name                = "credence"
  instance            = google_sql_database_instance.this.name
  type                = "BUILT_IN"
  password_wo         = var.database_password
  password_wo_version = var.database_credential_version
  deletion_policy     = "ABANDON"
}

/** A user for each service: it signs in by tokens of its service account, and has no password. */
resource "google_sql_user" "services" {
  for_each = local.database_users

  project         = var.project_id
  name            = each.value
  instance        = google_sql_database_instance.this.name
  type            = "CLOUD_IAM_SERVICE_ACCOUNT"
  deletion_policy = "ABANDON"

  depends_on = [google_service_account.this]
}

resource "google_sql_user" "people" {
  for_each = var.postgres.iam_users

  project  = var.project_id
  name     = split(":", each.value)[1]
  instance = google_sql_database_instance.this.name
  type     = startswith(each.value, "group:") ? "CLOUD_IAM_GROUP" : "CLOUD_IAM_USER"
}

resource "google_project_iam_member" "sign_in" {
  for_each = var.postgres.iam_users

  project = var.project_id
  role    = "roles/cloudsql.instanceUser"
  member  = each.value

  condition {
    title       = "this-database"
    description = "No other instance of the project"
    expression  = local.this_database
  }
}

resource "google_project_iam_member" "services_sign_in" {
  for_each = local.principals

  project = var.project_id
  role    = google_project_iam_custom_role.this["sign_in"].name
  member  = local.member[each.key]

  condition {
    title       = "this-database"
    description = "No other instance of the project"
    expression  = local.this_database
  }
}

locals {
  # Cloud SQL calls the users of service accounts so: without what all of them end in
  database_users = { for principal in keys(local.principals) : principal => "${var.name}-${principal}@${var.project_id}.iam" }
  this_database  = "resource.type == \"sqladmin.googleapis.com/Instance\" && resource.name == \"projects/${var.project_id}/instances/${google_sql_database_instance.this.name}\""

  secrets = { redis = "What Redis is signed in to with" }
  # whoever opens the queue
  secret_readers = {
    for pair in setproduct(keys(local.secrets), keys(local.principals)) : join("/", pair) => { secret = pair[0], principal = pair[1] }
    if contains(local.processes, pair[1]) || (pair[1] == "operator" && local.checks)
  }
}

resource "google_secret_manager_secret" "this" {
  for_each = local.secrets

  project     = var.project_id
  secret_id   = "${var.name}-${each.key}"
  annotations = { holds = each.value }
  labels      = local.labels

  replication {
    user_managed {
      replicas {
        location = var.region
        customer_managed_encryption {
          kms_key_name = google_kms_crypto_key.rest["secrets"].id
        }
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agents]
}

resource "google_secret_manager_secret_version" "redis" {
  secret      = google_secret_manager_secret.this["redis"].id
  secret_data = google_redis_instance.this.auth_string
}

resource "google_secret_manager_secret_iam_member" "readers" {
  for_each = local.secret_readers

  project   = var.project_id
  secret_id = google_secret_manager_secret.this[each.value.secret].secret_id
  role      = "roles/secretmanager.secretAccessor"
  member    = local.member[each.value.principal]
}
