locals {
  audited_services = toset([
    "bigquery.googleapis.com",
    "cloudkms.googleapis.com",
    "pubsub.googleapis.com",
    "secretmanager.googleapis.com",
    "storage.googleapis.com",
  ])
}

/** Every use of a key, an object, a message or a secret is recorded, whoever it was: nobody is exempt. */
resource "google_project_iam_audit_config" "this" {
  for_each = local.audited_services

  project = var.project_id
  service = each.key

  audit_log_config {
    log_type = "ADMIN_READ"
  }
  audit_log_config {
    log_type = "DATA_READ"
  }
  audit_log_config {
    log_type = "DATA_WRITE"
  }
}

/** Audit logs are kept where nobody can change them, for as long as `store.log_days`. */
resource "google_logging_project_sink" "audit" {
  #checkov:skip=CKV2_GCP_4: a lock cannot be undone, nor can the project be deleted then: it is set by hand once the days are right
  project                = var.project_id
  name                   = "${var.name}-audit"
  description            = "Who did what to what ${var.name} keeps"
  destination            = "storage.googleapis.com/${google_storage_bucket.logs.name}"
  unique_writer_identity = true
  filter = join(" OR ", concat(
    [for service in sort(tolist(local.audited_services)) : "protoPayload.serviceName=\"${service}\""],
    ["protoPayload.serviceName=\"iam.googleapis.com\"", "protoPayload.methodName:\"SetIamPolicy\""],
  ))
}

resource "google_storage_bucket_iam_member" "audit" {
  bucket = google_storage_bucket.logs.name
  role   = "roles/storage.objectCreator"
  member = google_logging_project_sink.audit.writer_identity
}
