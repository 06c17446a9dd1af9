/**
 * What each identity may do: the statement of docs/permissions.md in the words of Google Cloud. A test compares the two; change
 * both or neither. `{dataset}` stands for each dataset in turn. `option` names what alone needs a line (`operations`).
 */
locals {
  object_access = [
    { who = ["ingest"], does = ["create", "get"], path = "contracts/{dataset}/", option = "" },
    { who = ["ingest", "federate"], does = ["create", "get"], path = "keys/{dataset}/", option = "" },
    { who = ["ingest"], does = ["create", "get"], path = "staging/{dataset}/", option = "" },
    { who = ["ingest"], does = ["create", "get"], path = "deadletter/{dataset}/", option = "" },

    { who = ["scan", "reviewer", "console"], does = ["get"], path = "contracts/{dataset}/", option = "" },
    { who = ["scan"], does = ["create", "get"], path = "scores/{dataset}/", option = "" },
    { who = ["scan"], does = ["create"], path = "staging/{dataset}/", option = "" },
    { who = ["scan", "encrypt"], does = ["get"], path = "staging/{dataset}/", option = "" },
    { who = ["scan", "encrypt", "sweep", "reviewer", "exporter", "console"], does = ["get"], path = "keys/{dataset}/", option = "" },

    { who = ["encrypt"], does = ["get"], path = "scores/{dataset}/", option = "" },
    { who = ["encrypt"], does = ["create", "get"], path = "clean/{dataset}/", option = "" },
    { who = ["encrypt"], does = ["create", "get"], path = "quarantine/{dataset}/", option = "" },
    { who = ["encrypt"], does = ["delete"], path = "staging/{dataset}/", option = "" },
    { who = ["encrypt"], does = ["create"], path = "keys/_signing/", option = "" },
    { who = ["encrypt", "sweep", "federate"], does = ["create"], path = "manifests/{dataset}/", option = "" },
    { who = ["encrypt", "sweep", "reviewer", "exporter", "console", "federate"], does = ["get"], path = "manifests/{dataset}/", option = "" },
    { who = ["encrypt", "sweep", "reviewer", "exporter", "operator", "console", "federate"], does = ["get"], path = "keys/_signing/", option = "" },

    { who = ["sweep"], does = ["delete"], path = "staging/{dataset}/", option = "" },
    { who = ["sweep"], does = ["create", "get"], path = "clean/{dataset}/", option = "" },
    { who = ["sweep", "reviewer", "console"], does = ["get"], path = "quarantine/{dataset}/", option = "" },
    { who = ["reviewer", "console"], does = ["get"], path = "scores/{dataset}/", option = "" },
    { who = ["reviewer", "console"], does = ["get"], path = "deadletter/{dataset}/", option = "letters" },
    { who = ["console"], does = ["get"], path = "clean/{dataset}/", option = "neighbours" },
    { who = ["console"], does = ["create", "get"], path = "clean/{dataset}/", option = "releases" },
    { who = ["console"], does = ["create"], path = "manifests/{dataset}/", option = "releases" },

    { who = ["federate"], does = ["create", "get"], path = "clean/{dataset}/", option = "" },
    { who = ["federate"], does = ["create", "get"], path = "scores/{dataset}/", option = "" },

    { who = ["exporter"], does = ["get"], path = "clean/{dataset}/", option = "" },
    { who = ["exporter"], does = ["get"], path = "quarantine/{dataset}/", option = "verify" },
    { who = ["exporter"], does = ["get"], path = "deadletter/{dataset}/", option = "verify" },
    { who = ["exporter"], does = ["get"], path = "scores/{dataset}/", option = "verify" },
    { who = ["exporter", "console"], does = ["get"], path = "manifests/", option = "audit" },

    { who = ["operator"], does = ["create", "delete", "get"], path = "keys/", option = "" },
    { who = ["operator"], does = ["create"], path = "keys/{dataset}/", option = "newEpochs" },
    { who = ["operator"], does = ["create"], path = "keys/_signing/", option = "rotateSigning" },
    { who = ["operator"], does = ["create", "get"], path = "manifests/", option = "rotateSigning" },
    { who = ["operator"], does = ["get"], path = "staging/", option = "countObjects" },
    { who = ["operator"], does = ["get"], path = "clean/", option = "countObjects" },
    { who = ["operator"], does = ["get"], path = "quarantine/", option = "countObjects" },
    { who = ["operator"], does = ["get"], path = "deadletter/", option = "countObjects" },
    { who = ["operator"], does = ["get"], path = "scores/", option = "countObjects" },
    { who = ["operator"], does = ["get"], path = "staging/{dataset}/", option = "destroy" },
    { who = ["operator"], does = ["get"], path = "clean/{dataset}/", option = "destroy" },
    { who = ["operator"], does = ["get"], path = "quarantine/{dataset}/", option = "destroy" },
    { who = ["operator"], does = ["get"], path = "deadletter/{dataset}/", option = "destroy" },
    { who = ["operator"], does = ["get"], path = "scores/{dataset}/", option = "destroy" },
    { who = ["operator"], does = ["create", "get"], path = "destroyed/{dataset}/", option = "destroy" },
    { who = ["operator"], does = ["create", "delete", "get"], path = "clean/{dataset}/", option = "reencrypt" },
    { who = ["operator"], does = ["create", "delete", "get"], path = "quarantine/{dataset}/", option = "reencrypt" },
    { who = ["operator"], does = ["create", "delete", "get"], path = "deadletter/{dataset}/", option = "reencrypt" },
    { who = ["operator"], does = ["create", "delete", "get"], path = "scores/{dataset}/", option = "reencrypt" },
    { who = ["operator"], does = ["create", "get"], path = "manifests/", option = "reencrypt" },
  ]

  key_use = {
    wrap   = ["cloudkms.cryptoKeys.get", "cloudkms.cryptoKeyVersions.useToEncrypt", "cloudkms.cryptoKeyVersions.useToDecrypt"]
    unwrap = ["cloudkms.cryptoKeyVersions.useToDecrypt"]
    tend = [
      "cloudkms.cryptoKeyVersions.create",
      "cloudkms.cryptoKeyVersions.destroy",
      "cloudkms.cryptoKeyVersions.get",
      "cloudkms.cryptoKeyVersions.list",
      "cloudkms.cryptoKeys.update",
    ]
  }
  key_access = {
    ingest   = local.key_use.wrap
    scan     = local.key_use.unwrap
    encrypt  = local.key_use.wrap
    sweep    = local.key_use.unwrap
    reviewer = local.key_use.unwrap
    exporter = local.key_use.unwrap
    operator = concat(local.key_use.wrap, local.key_use.tend)
    console  = local.key_use.unwrap
    federate = local.key_use.wrap
  }

  checks = contains(var.operations, "check")
}

/** The above, worked out: roles, and who has which on what. */
locals {
  object_actions = toset(["create", "delete", "get"])

  object_paths = {
    for pair in setproduct(keys(local.principals), local.object_actions) : join("/", pair) => sort(distinct(flatten([
      for access in local.object_access : [
        for dataset in(strcontains(access.path, "{dataset}") ? local.served[pair[0]] : [""]) :
        "${local.object_prefix}${replace(access.path, "{dataset}", dataset)}"
      ]
      if contains(access.who, pair[0]) && contains(access.does, pair[1]) && (access.option == "" || contains(var.operations, access.option))
    ])))
  }
  # a condition has at most 12 logical operators: 12 paths, and the type
  object_grants = merge([
    for pair, paths in local.object_paths : {
      for index, some in chunklist(paths, 12) : "${pair}/${index}" => {
        principal = split("/", pair)[0]
        action    = split("/", pair)[1]
        paths     = some
      }
    }
  ]...)

  roles = merge(
    { bucket = ["storage.buckets.get", "storage.objects.list"] },
    { for action in local.object_actions : "objects_${action}" => ["storage.objects.${action}"] },
    { for principal, actions in local.key_access : "key_${principal}" => actions if contains(keys(local.principals), principal) },
    { stream_ingest = ["pubsub.subscriptions.consume"] },
    { sign_in = ["cloudsql.instances.login"] },
    { for role, actions in {
      stream_operator = ["pubsub.subscriptions.get"]
      topic_operator  = ["pubsub.topics.get"]
    } : role => actions if local.checks },
    { for role, actions in {
      rows_dataset = ["bigquery.tables.create"]
      rows_tables  = ["bigquery.tables.get", "bigquery.tables.getData", "bigquery.tables.update", "bigquery.tables.updateData"]
      rows_jobs    = ["bigquery.jobs.create"]
      rows_read    = ["bigquery.tables.get", "bigquery.tables.getData"]
    } : role => actions if local.has_warehouse },
    { for role, actions in {
      rows_look        = ["bigquery.datasets.get"]
      rows_look_tables = ["bigquery.tables.get"]
    } : role => actions if local.has_warehouse && local.checks },
  )
}

resource "google_project_iam_custom_role" "this" {
  for_each = local.roles

  project     = var.project_id
  role_id     = "${local.under}_${each.key}"
  title       = "${var.name}: ${replace(each.key, "_", " ")}"
  description = "What an identity of ${var.name} needs, and nothing more"
  permissions = each.value
  stage       = "GA"
}

resource "google_storage_bucket_iam_member" "bucket" {
  for_each = local.principals

  bucket = google_storage_bucket.this.name
  role   = google_project_iam_custom_role.this["bucket"].name
  member = local.member[each.key]
}

resource "google_storage_bucket_iam_member" "objects" {
  for_each = local.object_grants

  bucket = google_storage_bucket.this.name
  role   = google_project_iam_custom_role.this["objects_${each.value.action}"].name
  member = local.member[each.value.principal]

  condition {
    title       = each.key
    description = "Objects in these zones alone"
    expression = "resource.type == \"storage.googleapis.com/Object\" && (${join(" || ", [
      for path in each.value.paths : "resource.name.startsWith(\"projects/_/buckets/${local.bucket}/objects/${path}\")"
    ])})"
  }
}

resource "google_kms_crypto_key_iam_member" "principals" {
  for_each = local.principals

  crypto_key_id = google_kms_crypto_key.epochs.id
  role          = google_project_iam_custom_role.this["key_${each.key}"].name
  member        = local.member[each.key]
}

resource "google_kms_crypto_key_iam_member" "imported" {
  for_each = { for principal, about in local.principals : principal => about if var.keys.import }

  crypto_key_id = google_kms_crypto_key.imported[0].id
  role          = google_project_iam_custom_role.this["key_${each.key}"].name
  member        = local.member[each.key]
}

resource "google_pubsub_subscription_iam_member" "ingest" {
  for_each = var.datasets

  project      = var.project_id
  subscription = google_pubsub_subscription.this[each.key].name
  role         = google_project_iam_custom_role.this["stream_ingest"].name
  member       = local.member["ingest"]
}

resource "google_pubsub_subscription_iam_member" "operator" {
  for_each = { for dataset, settings in var.datasets : dataset => settings if local.checks }

  project      = var.project_id
  subscription = google_pubsub_subscription.this[each.key].name
  role         = google_project_iam_custom_role.this["stream_operator"].name
  member       = local.member["operator"]
}

resource "google_pubsub_topic_iam_member" "operator" {
  for_each = { for dataset, settings in var.datasets : dataset => settings if local.checks }

  project = var.project_id
  topic   = google_pubsub_topic.this[each.key].name
  role    = google_project_iam_custom_role.this["topic_operator"].name
  member  = local.member["operator"]
}

/** Jobs belong to the project: there is nothing narrower. */
resource "google_project_iam_member" "jobs" {
  count = local.has_warehouse ? 1 : 0

  project = var.project_id
  role    = google_project_iam_custom_role.this["rows_jobs"].name
  member  = local.member["encrypt"]
}
