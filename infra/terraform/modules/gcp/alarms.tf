locals {
  ours      = "(${join(" OR ", [for account in google_service_account.this : "\"${account.email}\""])})"
  epoch_key = "protoPayload.resourceName:\"${google_kms_key_ring.this.name}/cryptoKeys/epochs\""

  /** Numbers that rise above a bound. */
  measured = {
    oldest-message = {
      title    = "messages wait"
      filter   = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/oldest_unacked_message_age\" AND resource.labels.subscription_id = monitoring.regex.full_match(\"${var.name}-(${join("|", keys(var.datasets))})\")"
      above    = var.alerts.oldest_message
      aligner  = "ALIGN_MAX"
      severity = "WARNING"
      help     = "The oldest message that is not staged is older than it should be: see whether `credence ingest` runs, and what it says that it waits for."
    }
    dead-letters = {
      title    = "messages go to dead letters"
      filter   = "resource.type = \"pubsub_subscription\" AND metric.type = \"pubsub.googleapis.com/subscription/num_undelivered_messages\" AND resource.labels.subscription_id = monitoring.regex.full_match(\"${var.name}-.*-dead-letters\")"
      above    = 0
      aligner  = "ALIGN_MAX"
      severity = "ERROR"
      help     = "Messages were delivered as often as is allowed and never staged. Look at them (`gcloud pubsub subscriptions pull`), mend the cause, publish them again."
    }
    unusual-decrypts = {
      title    = "more unwraps than usual"
      filter   = "resource.type = \"cloudkms_cryptokey\" AND metric.type = \"logging.googleapis.com/user/${google_logging_metric.decrypts.name}\""
      above    = var.alerts.decrypts_per_5m
      aligner  = "ALIGN_DELTA"
      severity = "WARNING"
      help     = "Epoch keys are cached (`keys.ttlSeconds`): many unwraps mean many restarts, a cache that is off, or somebody who reads everything."
    }
    redis-memory = {
      title    = "the queue is nearly full"
      filter   = "resource.type = \"redis_instance\" AND metric.type = \"redis.googleapis.com/stats/memory/usage_ratio\" AND resource.labels.instance_id = \"${google_redis_instance.this.id}\""
      above    = var.alerts.redis_memory_ratio
      aligner  = "ALIGN_MEAN"
      severity = "WARNING"
      help     = "Redis drops nothing (noeviction): once full, it refuses new jobs. Raise redis.memory_gb, or see why jobs are not done."
    }
    postgres-disk = {
      title    = "the catalog's disk is nearly full"
      filter   = "resource.type = \"cloudsql_database\" AND metric.type = \"cloudsql.googleapis.com/database/disk/utilization\" AND resource.labels.database_id = \"${var.project_id}:${google_sql_database_instance.this.name}\""
      above    = var.alerts.postgres_disk_ratio
      aligner  = "ALIGN_MEAN"
      severity = "WARNING"
      help     = "The disk grows by itself unless a limit is reached."
    }
  }

  /** Entries of the audit log that should not be there, one is enough. */
  seen = {
    key-refused = {
      title    = "a key was refused"
      filter   = "protoPayload.serviceName=\"cloudkms.googleapis.com\" AND protoPayload.status.code=7 AND protoPayload.resourceName:\"/keyRings/${google_kms_key_ring.this.name}\""
      severity = "ERROR"
      help     = "Somebody tried a key that they may not use, or lost a permission that they need: the entry names who, and docs/permissions.md what each needs."
    }
    key-used-by-a-stranger = {
      title    = "somebody else unwrapped an epoch key"
      filter   = "protoPayload.serviceName=\"cloudkms.googleapis.com\" AND protoPayload.methodName=\"Decrypt\" AND ${local.epoch_key} AND NOT protoPayload.authenticationInfo.principalEmail=${local.ours}"
      severity = "CRITICAL"
      help     = "None of the service accounts of Credence: take the binding away, then find out what was read in the log bucket."
    }
    key-ends = {
      title    = "a key is disabled, destroyed or changed"
      filter   = "protoPayload.serviceName=\"cloudkms.googleapis.com\" AND protoPayload.methodName=(\"DestroyCryptoKeyVersion\" OR \"UpdateCryptoKeyVersion\" OR \"UpdateCryptoKey\") AND protoPayload.resourceName:\"/keyRings/${google_kms_key_ring.this.name}\""
      severity = "CRITICAL"
      help     = "Until `keys.restorable_days` are over: gcloud kms keys versions restore. `credence keys status` says what depends on the version."
    }
    objects-refused = {
      title    = "an object was refused"
      filter   = "protoPayload.serviceName=\"storage.googleapis.com\" AND protoPayload.status.code=7 AND resource.labels.bucket_name=\"${google_storage_bucket.this.name}\""
      severity = "WARNING"
      help     = "Somebody tried a zone that is not theirs, or the perimeter held."
    }
    access-changed = {
      title    = "access was changed"
      filter   = "protoPayload.methodName:(\"SetIamPolicy\" OR \"setIamPermissions\") AND (protoPayload.resourceName:\"${google_storage_bucket.this.name}\" OR protoPayload.resourceName:\"/keyRings/${google_kms_key_ring.this.name}\" OR protoPayload.resourceName:\"/subscriptions/${var.name}-\" OR protoPayload.resourceName:\"/topics/${var.name}-\" OR resource.labels.email_id=${local.ours} OR resource.type=\"project\")"
      severity = "WARNING"
      help     = "Of the store, the keys, the streams, the services' accounts or the whole project. Expected when Terraform is applied, and at no other time."
    }
  }
}

/** How often epoch keys are unwrapped, by whom. */
resource "google_logging_metric" "decrypts" {
  project     = var.project_id
  name        = "${var.name}-decrypts"
  description = "Unwraps of epoch keys"
  filter      = "protoPayload.serviceName=\"cloudkms.googleapis.com\" AND protoPayload.methodName=\"Decrypt\" AND ${local.epoch_key}"

  label_extractors = {
    principal = "EXTRACT(protoPayload.authenticationInfo.principalEmail)"
  }
  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"

    labels {
      key         = "principal"
      value_type  = "STRING"
      description = "Who"
    }
  }

  depends_on = [google_project_iam_audit_config.this]
}

resource "google_monitoring_alert_policy" "measured" {
  for_each = local.measured

  project               = var.project_id
  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = var.alerts.channels
  user_labels           = local.labels

  conditions {
    display_name = each.value.title

    condition_threshold {
      filter          = each.value.filter
      comparison      = "COMPARISON_GT"
      threshold_value = each.value.above
      duration        = "300s"

      aggregations {
        alignment_period     = "300s"
        per_series_aligner   = each.value.aligner
        cross_series_reducer = "REDUCE_NONE"
      }
      trigger {
        count = 1
      }
    }
  }
  documentation {
    content   = each.value.help
    mime_type = "text/markdown"
  }
  alert_strategy {
    auto_close = "86400s"
  }

  depends_on = [google_project_service.this]
}

resource "google_monitoring_alert_policy" "seen" {
  for_each = local.seen

  project               = var.project_id
  display_name          = "${var.name}: ${each.value.title}"
  combiner              = "OR"
  severity              = each.value.severity
  notification_channels = var.alerts.channels
  user_labels           = local.labels

  conditions {
    display_name = each.value.title

    condition_matched_log {
      filter = each.value.filter
      label_extractors = {
        principal = "EXTRACT(protoPayload.authenticationInfo.principalEmail)"
      }
    }
  }
  documentation {
    content   = each.value.help
    mime_type = "text/markdown"
  }
  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "${var.alerts.rate_limit_seconds}s"
    }
  }

  depends_on = [google_project_iam_audit_config.this]
}
