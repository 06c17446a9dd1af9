locals {
  authorities = join("\n", concat(
    nonsensitive(google_sql_database_instance.this.server_ca_cert[*].cert), # the provider calls the block sensitive; a certificate is shown to whoever connects
    [for authority in google_redis_instance.this.server_ca_certs : authority.cert],
  ))
  postgres_host = trimsuffix(google_sql_database_instance.this.dns_name, ".")

  config = {
    version = 1
    profile = "production"
    datasets = {
      for dataset, settings in var.datasets : dataset => {
        for part, value in {
          contract = "./${dataset}.contract.yaml"
          source = {
            pubsub = {
              project      = var.project_id
              subscription = google_pubsub_subscription.this[dataset].name
              endpoint     = "https://${var.region}-pubsub.googleapis.com" # exactly once within a region
            }
          }
          sink = settings.table == null ? null : {
            bigquery = {
              project = var.project_id
              dataset = local.warehouse
              table   = settings.table
              kmsKey  = google_kms_crypto_key.rest["bigquery"].id
            }
          }
        } : part => value if value != null
      }
    }
    store = {
      gcs = {
        for part, value in {
          bucket        = google_storage_bucket.this.name
          prefix        = var.store.prefix == "" ? null : var.store.prefix
          project       = var.project_id
          kmsKey        = google_kms_crypto_key.rest["storage"].id
          retentionDays = var.store.restorable_days
        } : part => value if value != null
      }
    }
    keys    = { gcpkms = { key = google_kms_crypto_key.epochs.id } }
    catalog = { postgres = "postgresql://$${CREDENCE_POSTGRES_USER}@${local.postgres_host}:5432/${google_sql_database.credence.name}", identity = "gcp" }
    queue   = { redis = "rediss://:$${CREDENCE_REDIS_PASSWORD}@${google_redis_instance.this.host}:${google_redis_instance.this.port}", prefix = var.name }
  }
}

output "credence_config" {
  description = "A credence.yaml: `terraform output -raw credence_config > credence.yaml`. Two variables come from the environment: CREDENCE_REDIS_PASSWORD (`secrets`), and CREDENCE_POSTGRES_USER with the service's name of `database_users`."
  value       = yamlencode(local.config)
}

output "secrets" {
  description = "Which secret each variable of the configuration's environment comes from (`gcloud secrets versions access latest --secret=…`)."
  value       = { CREDENCE_REDIS_PASSWORD = google_secret_manager_secret.this["redis"].secret_id }
}

output "database_users" {
  description = "Whom each service signs in to PostgreSQL as, by a token of its service account; as it stands in a URL."
  value       = { for principal, user in local.database_users : principal => urlencode(user) }
}

output "catalog_roles" {
  description = "SQL that the database user `credence` runs once, in the catalog's database, before the first process: what the services' users may do with the tables; the operator owns them, and migrates."
  value       = templatefile("${path.module}/roles.sql.tftpl", { owner = local.database_users["operator"], users = [for name, user in local.database_users : user if name != "operator"] })
}

output "authorities" {
  description = "Certificates of the authorities that vouch for PostgreSQL and Redis, as PEM: a file for NODE_EXTRA_CA_CERTS."
  value       = local.authorities
}

output "service_accounts" {
  description = "E-mail addresses of the service accounts, by principal: ingest, scan, encrypt, sweep, reviewer, exporter, operator."
  value       = { for principal, account in google_service_account.this : principal => account.email }
}

output "topics" {
  description = "Topics by dataset: where publishers send messages."
  value       = { for dataset, topic in google_pubsub_topic.this : dataset => topic.id }
}

output "dead_letter_subscriptions" {
  description = "Subscriptions by dataset that hold what was delivered too often."
  value       = { for dataset, subscription in google_pubsub_subscription.dead_letters : dataset => subscription.id }
}

output "bucket" {
  description = "The bucket with every zone."
  value       = google_storage_bucket.this.name
}

output "log_bucket" {
  description = "The bucket with access and audit logs."
  value       = google_storage_bucket.logs.name
}

output "epoch_key" {
  description = "The key that wraps epoch keys."
  value       = google_kms_crypto_key.epochs.id
}

output "imported_key" {
  description = "The key whose versions are imported from an HSM of yours; null unless `keys.import`."
  value       = one(google_kms_crypto_key.imported[*].id)
}

output "network" {
  description = "The network and its one subnetwork, for what runs the services: a cluster or machines."
  value = {
    network    = google_compute_network.this.id
    subnetwork = google_compute_subnetwork.machines.id
    pods       = "pods"
    services   = "services"
  }
}

output "sensitive_policy_tag" {
  description = "The policy tag to put columns under (`bq update --schema`); null unless `warehouse.policy_tag`."
  value       = one(google_data_catalog_policy_tag.sensitive[*].name)
}
