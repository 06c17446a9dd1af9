data "google_project" "this" {
  project_id = var.project_id
}

locals {
  number = data.google_project.this.number
  labels = merge(var.labels, { app = var.name, managed-by = "terraform" })
  under  = replace(var.name, "-", "_") # where hyphens are not taken

  services = toset([
    "accesscontextmanager.googleapis.com",
    "bigquery.googleapis.com",
    "bigquerystorage.googleapis.com",
    "cloudkms.googleapis.com",
    "compute.googleapis.com",
    "datacatalog.googleapis.com",
    "dns.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "redis.googleapis.com",
    "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com",
    "sqladmin.googleapis.com",
    "storage.googleapis.com",
  ])
}

resource "google_project_service" "this" {
  for_each = local.services

  project            = var.project_id
  service            = each.key
  disable_on_destroy = false # others may use them by then
}

/** What it costs to go without a guard, said before anything is made. */
resource "terraform_data" "guards" {
  lifecycle {
    precondition {
      condition     = var.perimeter != null || var.accept_missing_perimeter
      error_message = "Without a perimeter, whoever steals a token of a service account can read objects, messages, rows and keys from anywhere in the world. Give `perimeter`, or set accept_missing_perimeter = true."
    }
    precondition {
      condition     = var.perimeter == null || try(var.perimeter.dry_run || (length(var.perimeter.access_levels) > 0 && length(var.perimeter.identities) > 0), false)
      error_message = "An enforced perimeter that nobody may enter shuts Terraform out as well: name access_levels and identities, or begin with dry_run = true."
    }
    precondition {
      condition     = length(local.object_grants) <= 100
      error_message = "A bucket takes at most 100 conditional bindings, and these datasets and operations need ${length(local.object_grants)}: name fewer operations, or make a second installation for some of the datasets."
    }
    precondition {
      condition     = length(setintersection(var.keys.administrators, [for principal in keys(local.principals) : "serviceAccount:${var.name}-${principal}@${var.project_id}.iam.gserviceaccount.com"])) == 0
      error_message = "Whoever uses a key does not administer it: keys.administrators names a service account of the pipeline."
    }
    precondition {
      condition     = var.deletion_protection || var.accept_deletion
      error_message = "Without deletion protection, one wrong apply deletes the catalog: what is due, what was reviewed and how far reading is are lost with it. Keep it, or set accept_deletion = true."
    }
    precondition {
      condition     = length(local.tables) == length(distinct(local.tables))
      error_message = "Two datasets name the same table of BigQuery: each needs its own."
    }
  }
}
