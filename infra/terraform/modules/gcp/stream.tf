locals {
  streams         = { for dataset, settings in var.datasets : dataset => "${var.name}-${dataset}" }
  pubsub_agent    = local.agents.pubsub
  stream_lifetime = "${var.stream.retention_days * 86400}s"
}

resource "google_pubsub_schema" "this" {
  for_each = { for dataset, settings in var.datasets : dataset => settings.schema if settings.schema != null }

  project    = var.project_id
  name       = local.streams[each.key]
  type       = each.value.type
  definition = each.value.definition

  depends_on = [google_project_service.this]
}

resource "google_pubsub_topic" "this" {
  for_each = var.datasets

  project                    = var.project_id
  name                       = local.streams[each.key]
  kms_key_name               = google_kms_crypto_key.rest["pubsub"].id
  message_retention_duration = local.stream_lifetime # so that a subscription can be taken back in time
  labels                     = local.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }

  dynamic "schema_settings" {
    for_each = each.value.schema == null ? [] : [each.value.schema]
    content {
      schema   = google_pubsub_schema.this[each.key].id
      encoding = schema_settings.value.encoding
    }
  }

  depends_on = [google_kms_crypto_key_iam_member.agents]
}

resource "google_pubsub_subscription" "this" {
  for_each = var.datasets

  project                      = var.project_id
  name                         = local.streams[each.key]
  topic                        = google_pubsub_topic.this[each.key].id
  ack_deadline_seconds         = var.stream.ack_deadline_seconds
  enable_exactly_once_delivery = true
  enable_message_ordering      = each.value.ordered
  message_retention_duration   = local.stream_lifetime
  retain_acked_messages        = false
  labels                       = local.labels

  expiration_policy {
    ttl = "" # never: a subscription that nobody reads for a while keeps its messages
  }
  dead_letter_policy {
    dead_letter_topic     = google_pubsub_topic.dead_letters[each.key].id
    max_delivery_attempts = var.stream.max_delivery_attempts
  }
  retry_policy {
    minimum_backoff = "10s"
    maximum_backoff = "600s"
  }

  lifecycle {
    prevent_destroy = true # messages that nobody has read are nowhere else
  }
}

resource "google_pubsub_topic" "dead_letters" {
  for_each = var.datasets

  project      = var.project_id
  name         = "${local.streams[each.key]}-dead-letters"
  kms_key_name = google_kms_crypto_key.rest["pubsub"].id
  labels       = local.labels

  message_storage_policy {
    allowed_persistence_regions = [var.region]
    enforce_in_transit          = true
  }

  depends_on = [google_kms_crypto_key_iam_member.agents]
}

/** What goes to a topic that nobody subscribes to is lost. */
resource "google_pubsub_subscription" "dead_letters" {
  for_each = var.datasets

  project                    = var.project_id
  name                       = "${local.streams[each.key]}-dead-letters"
  topic                      = google_pubsub_topic.dead_letters[each.key].id
  ack_deadline_seconds       = var.stream.ack_deadline_seconds
  message_retention_duration = "2678400s" # 31 days, the most there is
  labels                     = local.labels

  expiration_policy {
    ttl = ""
  }

  lifecycle {
    prevent_destroy = true
  }
}

/** Pub/Sub itself moves messages that were delivered too often. */
resource "google_pubsub_topic_iam_member" "dead_letters" {
  for_each = var.datasets

  project = var.project_id
  topic   = google_pubsub_topic.dead_letters[each.key].name
  role    = "roles/pubsub.publisher"
  member  = local.pubsub_agent
}

resource "google_pubsub_subscription_iam_member" "dead_letters" {
  for_each = var.datasets

  project      = var.project_id
  subscription = google_pubsub_subscription.this[each.key].name
  role         = "roles/pubsub.subscriber"
  member       = local.pubsub_agent
}

resource "google_pubsub_topic_iam_member" "publishers" {
  for_each = merge([
    for dataset, settings in var.datasets : { for member in settings.publishers : "${dataset}/${member}" => { dataset = dataset, member = member } }
  ]...)

  project = var.project_id
  topic   = google_pubsub_topic.this[each.value.dataset].name
  role    = "roles/pubsub.publisher"
  member  = each.value.member
}
