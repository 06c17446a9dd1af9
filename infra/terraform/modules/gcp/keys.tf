resource "google_kms_key_ring" "this" {
  project  = var.project_id
  name     = var.name
  location = var.region

  depends_on = [google_project_service.this]

  lifecycle {
    prevent_destroy = true
  }
}

/** Wraps the epoch keys: `keys.gcpkms.key`. Whoever may use it reads everything; whoever destroys it ends everything. */
resource "google_kms_crypto_key" "epochs" {
  #checkov:skip=CKV_GCP_43: every keys.rotation_days, 90 unless said otherwise and 365 at most; it is worked out, which checkov does not do
  name                       = "epochs"
  key_ring                   = google_kms_key_ring.this.id
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "${var.keys.rotation_days * 86400}s"
  destroy_scheduled_duration = "${var.keys.restorable_days * 86400}s"
  labels                     = local.labels

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.keys.protection_level
  }

  lifecycle {
    prevent_destroy = true
  }
}

locals {
  # who of Google's encrypts at rest; a key each, so that one can be withdrawn without the others
  agents = {
    pubsub   = "serviceAccount:service-${local.number}@gcp-sa-pubsub.iam.gserviceaccount.com"
    storage  = "serviceAccount:${data.google_storage_project_service_account.this.email_address}"
    bigquery = "serviceAccount:${data.google_bigquery_default_service_account.this.email}"
    postgres = "serviceAccount:service-${local.number}@gcp-sa-cloud-sql.iam.gserviceaccount.com"
    redis    = "serviceAccount:service-${local.number}@cloud-redis.iam.gserviceaccount.com"
    secrets  = "serviceAccount:service-${local.number}@gcp-sa-secretmanager.iam.gserviceaccount.com"
  }
}

data "google_storage_project_service_account" "this" {
  project    = var.project_id
  depends_on = [google_project_service.this]
}

data "google_bigquery_default_service_account" "this" {
  project    = var.project_id
  depends_on = [google_project_service.this]
}

/** Under these the services of Google encrypt what they hold, which is ciphertext of Credence's mostly: a second lock. */
resource "google_kms_crypto_key" "rest" {
  #checkov:skip=CKV_GCP_43: every keys.rotation_days, 90 unless said otherwise and 365 at most; it is worked out, which checkov does not do
  for_each = local.agents

  name                       = "rest-${each.key}"
  key_ring                   = google_kms_key_ring.this.id
  purpose                    = "ENCRYPT_DECRYPT"
  rotation_period            = "${var.keys.rotation_days * 86400}s"
  destroy_scheduled_duration = "${var.keys.restorable_days * 86400}s"
  labels                     = local.labels

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = var.keys.protection_level
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "google_kms_crypto_key_iam_member" "agents" {
  for_each = local.agents

  crypto_key_id = google_kms_crypto_key.rest[each.key].id
  role          = "roles/cloudkms.cryptoKeyEncrypterDecrypter"
  member        = each.value
}

/** Those who administer keys cannot use them: the role has neither useToEncrypt nor useToDecrypt. */
resource "google_kms_key_ring_iam_member" "administrators" {
  for_each = var.keys.administrators

  key_ring_id = google_kms_key_ring.this.id
  role        = "roles/cloudkms.admin"
  member      = each.value
}

/**
 * For keys that are made in an HSM of yours: versions are imported by hand (`gcloud kms keys versions import`), and so is their
 * rotation. Name this key in `keys.gcpkms.key`, and the one above in `formerKeys`.
 */
resource "google_kms_key_ring_import_job" "this" {
  count = var.keys.import ? 1 : 0

  key_ring         = google_kms_key_ring.this.id
  import_job_id    = "${var.name}-import"
  import_method    = "RSA_OAEP_4096_SHA256_AES_256"
  protection_level = "HSM"
}

resource "google_kms_crypto_key" "imported" {
  #checkov:skip=CKV_GCP_43: an imported key cannot rotate by itself: new versions are imported by hand, on the schedule of the HSM
  count = var.keys.import ? 1 : 0

  name                          = "epochs-imported"
  key_ring                      = google_kms_key_ring.this.id
  purpose                       = "ENCRYPT_DECRYPT"
  import_only                   = true
  skip_initial_version_creation = true
  destroy_scheduled_duration    = "${var.keys.restorable_days * 86400}s"
  labels                        = local.labels

  version_template {
    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"
    protection_level = "HSM"
  }

  lifecycle {
    prevent_destroy = true
  }
}
