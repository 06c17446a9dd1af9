locals {
  tables        = [for settings in var.datasets : settings.table if settings.table != null]
  has_warehouse = length(local.tables) > 0
  warehouse     = coalesce(var.warehouse.dataset, local.under)
  table_chunks  = chunklist(sort(local.tables), 12) # the bound of conditions

  # who reads which table, its revoked rows and the view of what stands
  row_readers = flatten([
    for dataset, settings in var.datasets : [
      for member in settings.readers : { member = member, role = "rows_read", tables = [settings.table] }
    ] if settings.table != null
  ])
  row_grants = concat(
    [{ member = local.member["encrypt"], role = "rows_dataset", tables = [] }],
    [for some in local.table_chunks : { member = local.member["encrypt"], role = "rows_tables", tables = some }],
    [for role in ["rows_look"] : { member = local.member["operator"], role = role, tables = [] } if local.checks],
    [for some in local.table_chunks : { member = local.member["operator"], role = "rows_look_tables", tables = some } if local.checks],
    local.row_readers,
  )
}

/**
 * The sink makes `<table>`, `<table>_revoked` and the view `<table>_current` in it. The list of who has access is complete: readers
 * and writers of the project, whom BigQuery lets in by itself, are not on it.
 */
resource "google_bigquery_dataset" "this" {
  count = local.has_warehouse ? 1 : 0

  project                    = var.project_id
  dataset_id                 = local.warehouse
  friendly_name              = var.name
  description                = "Admitted rows, each exactly once"
  location                   = var.region
  delete_contents_on_destroy = false
  max_time_travel_hours      = "168"
  labels                     = local.labels

  default_encryption_configuration {
    kms_key_name = google_kms_crypto_key.rest["bigquery"].id
  }

  access {
    role          = "OWNER" # a dataset has one
    special_group = "projectOwners"
  }

  dynamic "access" {
    for_each = local.row_grants
    iterator = grant
    content {
      role           = google_project_iam_custom_role.this[grant.value.role].name
      user_by_email  = can(regex("^(user|serviceAccount):", grant.value.member)) ? split(":", grant.value.member)[1] : null
      group_by_email = startswith(grant.value.member, "group:") ? split(":", grant.value.member)[1] : null
      iam_member     = startswith(grant.value.member, "principal") ? grant.value.member : null

      dynamic "condition" {
        for_each = length(grant.value.tables) == 0 ? [] : [join(" || ", [
          for table in grant.value.tables : "resource.name.startsWith(\"projects/${var.project_id}/datasets/${local.warehouse}/tables/${table}\")"
        ])]
        content {
          title      = grant.value.role
          expression = condition.value
        }
      }
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agents]

  lifecycle {
    prevent_destroy = true
  }
}

/** Columns under the tag are read by those alone who are named here, whoever reads the rest of the table. */
resource "google_data_catalog_taxonomy" "this" {
  count = var.warehouse.policy_tag ? 1 : 0

  project                = var.project_id
  region                 = var.region
  display_name           = var.name
  description            = "Columns of ${var.name} that not every reader sees"
  activated_policy_types = ["FINE_GRAINED_ACCESS_CONTROL"]

  depends_on = [google_project_service.this]
}

resource "google_data_catalog_policy_tag" "sensitive" {
  count = var.warehouse.policy_tag ? 1 : 0

  taxonomy     = google_data_catalog_taxonomy.this[0].id
  display_name = "sensitive"
  description  = "Refused to readers who are not named"
}

resource "google_data_catalog_policy_tag_iam_member" "sensitive" {
  for_each = var.warehouse.policy_tag ? var.warehouse.sensitive_readers : toset([])

  policy_tag = google_data_catalog_policy_tag.sensitive[0].name
  role       = "roles/datacatalog.categoryFineGrainedReader"
  member     = each.value
}
