locals {
  bucket        = coalesce(var.store.bucket, "${var.project_id}-${var.name}")
  object_prefix = var.store.prefix == "" ? "" : "${var.store.prefix}/"
}

/**
 * Every zone is a prefix of this bucket. Objects are ciphertext, made once and never changed, but for key records. There is no
 * retention policy, which would refuse what the pipeline has to replace and delete (and locks nothing that soft delete and versions
 * do not keep): what was replaced or deleted can be restored for a while instead.
 */
resource "google_storage_bucket" "this" {
  project                     = var.project_id
  name                        = local.bucket
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = local.labels

  versioning {
    enabled = true
  }
  soft_delete_policy {
    retention_duration_seconds = var.store.restorable_days * 86400
  }
  encryption {
    default_kms_key_name = google_kms_crypto_key.rest["storage"].id
  }
  logging {
    log_bucket        = google_storage_bucket.logs.name
    log_object_prefix = "access"
  }

  # Live objects are never removed by age: a staged window is wanted until it is committed, however long that takes.
  lifecycle_rule {
    condition {
      with_state                 = "ARCHIVED"
      days_since_noncurrent_time = var.store.staging_days
      matches_prefix             = ["${local.object_prefix}staging/"]
    }
    action {
      type = "Delete"
    }
  }
  # A destroyed epoch key is not to live on in an older version of its record.
  lifecycle_rule {
    condition {
      with_state                 = "ARCHIVED"
      days_since_noncurrent_time = 1
      matches_prefix             = ["${local.object_prefix}keys/"]
    }
    action {
      type = "Delete"
    }
  }
  lifecycle_rule {
    condition {
      with_state                 = "ARCHIVED"
      days_since_noncurrent_time = var.store.restorable_days
    }
    action {
      type = "Delete"
    }
  }
  lifecycle_rule {
    condition {
      age = 7
    }
    action {
      type = "AbortIncompleteMultipartUpload"
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agents]

  lifecycle {
    prevent_destroy = true
  }
}

/** Who read which object, and what the sink of audit logs keeps: nothing in it can be changed before its time. */
resource "google_storage_bucket" "logs" {
  #checkov:skip=CKV_GCP_62: this is where access logs go; logging its own accesses would never end
  #checkov:skip=CKV_GCP_78: objects here cannot be replaced or deleted within the retention period: versions would add nothing
  project                     = var.project_id
  name                        = "${local.bucket}-logs"
  location                    = var.region
  storage_class               = "STANDARD"
  uniform_bucket_level_access = true
  public_access_prevention    = "enforced"
  force_destroy               = false
  labels                      = local.labels

  encryption {
    default_kms_key_name = google_kms_crypto_key.rest["storage"].id
  }
  retention_policy {
    retention_period = var.store.log_days * 86400
    is_locked        = false # locking cannot be undone; do it by hand once the days are right
  }
  lifecycle_rule {
    condition {
      age = var.store.log_days + 1
    }
    action {
      type = "Delete"
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agents]

  lifecycle {
    prevent_destroy = true
  }
}

/** The group that Cloud Storage writes access logs as. */
resource "google_storage_bucket_iam_member" "access_logs" {
  bucket = google_storage_bucket.logs.name
  role   = "roles/storage.objectCreator"
  member = "group:cloud-storage-analytics@google.com"
}
