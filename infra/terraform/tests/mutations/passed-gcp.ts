import type { Mutation } from '../mutation.ts'

/** Values that passed every check once: each stands where a value may stand, and takes away what it was for. */
export const GCP_PASSED: readonly Mutation[] = [
  {
    name: 'alerts look at the mean of all',
    file: 'alarms.tf',
    replace: ['cross_series_reducer = "REDUCE_NONE"', 'cross_series_reducer = "REDUCE_MEAN"'],
    caughtBy: 'alarms: a service unwraps more than usual: nothing instead of unusual-decrypts',
  },
  {
    name: 'alerts ring when a hundred ring',
    file: 'alarms.tf',
    replace: ['        count = 1', '        count = 100'],
    caughtBy: 'alarms: a service unwraps more than usual: nothing instead of unusual-decrypts',
  },
  {
    name: 'somebody is told once a day',
    file: 'alarms.tf',
    replace: ['period = "${var.alerts.rate_limit_seconds}s"', 'period = "86400s"'],
    caughtBy: 'rego: google_monitoring_alert_policy.seen["access-changed"]: tells no more than once in 86400s',
  },
  {
    name: 'every protocol goes out',
    file: 'firewall.tf',
    replace: [
      '  allow {\n    protocol = "tcp"\n    ports    = each.value.ports\n  }',
      '  allow {\n    protocol = "all"\n  }',
    ],
    caughtBy: 'flows: tcp to 10.20.0.5:22 leaves',
  },
  {
    name: 'pods are all that is private',
    file: 'firewall.tf',
    replace: ['ranges = [var.network.pods], allows', 'ranges = ["10.0.0.0/8"], allows'],
    caughtBy: 'flows: tcp to 10.20.0.5:22 leaves',
  },
  {
    name: 'what is denied is logged without who',
    file: 'firewall.tf',
    replace: [
      '  source_ranges = ["0.0.0.0/0"]\n  deny {\n    protocol = "all"\n  }\n  log_config {\n    metadata = "INCLUDE_ALL_METADATA"',
      '  source_ranges = ["0.0.0.0/0"]\n  deny {\n    protocol = "all"\n  }\n  log_config {\n    metadata = "EXCLUDE_ALL_METADATA"',
    ],
    caughtBy: 'rego: google_compute_firewall.deny_ingress: what is denied is logged without who tried',
  },
  {
    name: 'what services keep at rest is under keys of software',
    file: 'keys.tf',
    replace: [
      '  labels                     = local.labels\n\n  version_template {\n    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"\n    protection_level = var.keys.protection_level\n  }\n\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n\nresource "google_kms_crypto_key_iam_member" "agents"',
      '  labels                     = local.labels\n\n  version_template {\n    algorithm        = "GOOGLE_SYMMETRIC_ENCRYPTION"\n    protection_level = "SOFTWARE"\n  }\n\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n\nresource "google_kms_crypto_key_iam_member" "agents"',
    ],
    caughtBy: 'rego: google_kms_crypto_key.rest["bigquery"]: is kept by software',
  },
  {
    name: 'the audit log leaves keys out',
    file: 'logs.tf',
    replace: [
      '  unique_writer_identity = true',
      '  unique_writer_identity = true\n  exclusions {\n    name = "noise"\n    filter = "protoPayload.serviceName=\\"cloudkms.googleapis.com\\""\n  }',
    ],
    caughtBy: 'rego: google_logging_project_sink.audit: says exclusions, which leaves something out',
  },
  {
    name: 'the audit log is switched off',
    file: 'logs.tf',
    replace: ['  unique_writer_identity = true', '  unique_writer_identity = true\n  disabled = true'],
    caughtBy: 'rego: google_logging_project_sink.audit: says disabled, which keeps nothing',
  },
  {
    name: 'the audit log keeps errors alone',
    file: 'logs.tf',
    replace: [
      '"protoPayload.methodName:\\"SetIamPolicy\\""]',
      '"protoPayload.methodName:\\"SetIamPolicy\\" AND severity>=ERROR"]',
    ],
    caughtBy: 'alarms: a service unwraps: it is kept nowhere',
  },
  {
    name: 'one flow of a thousand is logged',
    file: 'network.tf',
    replace: ['flow_sampling        = 0.5', 'flow_sampling        = 0.001'],
    caughtBy: 'rego: google_compute_subnetwork.machines: 0.001 of all flows are logged',
  },
  {
    name: 'the perimeter lets out',
    file: 'perimeter.tf',
    replace: [
      '      vpc_accessible_services {\n        enable_restriction = true\n        allowed_services   = ["RESTRICTED-SERVICES"]\n      }\n\n      dynamic "ingress_policies" {\n        for_each = length(status',
      '      egress_policies {\n        egress_from {\n          identity_type = "ANY_IDENTITY"\n        }\n        egress_to {\n          resources = ["*"]\n          operations {\n            service_name = "*"\n          }\n        }\n      }\n\n      vpc_accessible_services {\n        enable_restriction = true\n        allowed_services   = ["RESTRICTED-SERVICES"]\n      }\n\n      dynamic "ingress_policies" {\n        for_each = length(status',
    ],
    caughtBy:
      'rego: google_access_context_manager_service_perimeter.this["credence"]: lets something out of the perimeter',
  },
  {
    name: 'an unguarded service is reached from within',
    file: 'perimeter.tf',
    replace: [
      '        allowed_services   = ["RESTRICTED-SERVICES"]\n      }\n\n      dynamic "ingress_policies" {\n        for_each = length(status',
      '        allowed_services   = ["RESTRICTED-SERVICES", "run.googleapis.com"]\n      }\n\n      dynamic "ingress_policies" {\n        for_each = length(status',
    ],
    caughtBy:
      'rego: google_access_context_manager_service_perimeter.this["credence"]: from within, run.googleapis.com is reached',
  },
  {
    name: 'images are pushed out of the perimeter',
    file: 'perimeter.tf',
    replace: ['    "artifactregistry.googleapis.com",\n', ''],
    caughtBy:
      'rego: google_access_context_manager_service_perimeter.this["credence"]: artifactregistry is not guarded, and would be a way out',
  },
  {
    name: 'whoever has the level is in the perimeter',
    file: 'perimeter.tf',
    replace: [
      '      resources           = ["projects/${local.number}"]\n      restricted_services = local.guarded_services\n\n      vpc_accessible_services {\n        enable_restriction = true\n        allowed_services   = ["RESTRICTED-SERVICES"]\n      }\n\n      dynamic "ingress_policies" {\n        for_each = length(status',
      '      resources           = ["projects/${local.number}"]\n      access_levels       = status.value.access_levels\n      restricted_services = local.guarded_services\n\n      vpc_accessible_services {\n        enable_restriction = true\n        allowed_services   = ["RESTRICTED-SERVICES"]\n      }\n\n      dynamic "ingress_policies" {\n        for_each = length(status',
    ],
    caughtBy:
      'rego: google_access_context_manager_service_perimeter.this["credence"]: whoever has a level of access is in',
  },
  {
    name: 'every statement is logged with its values',
    file: 'state.tf',
    replace: ['      value = "-1" # slow', '      value = "0" # slow'],
    caughtBy: 'rego: google_sql_database_instance.this: log_min_duration_statement is not -1',
  },
  {
    name: 'who changed the catalog is not audited',
    file: 'state.tf',
    replace: ['      value = "role,ddl" # who', '      value = "none" # who'],
    caughtBy: 'rego: google_sql_database_instance.this: pgaudit.log is not role,ddl',
  },
  {
    name: 'the catalog goes back in time for a day',
    file: 'state.tf',
    replace: ['transaction_log_retention_days = var.postgres.log_days', 'transaction_log_retention_days = 1'],
    caughtBy: 'rego: google_sql_database_instance.this: goes back in time by 1 days',
  },
  {
    name: 'older versions go within a day',
    file: 'store.tf',
    replace: ['      days_since_noncurrent_time = var.store.restorable_days', '      days_since_noncurrent_time = 1'],
    caughtBy: 'rego: google_storage_bucket.this: older versions in clean are gone after 1 days',
  },
  {
    name: 'older manifests go with staging',
    file: 'store.tf',
    replace: [
      'matches_prefix             = ["${local.object_prefix}staging/"]',
      'matches_prefix             = ["${local.object_prefix}staging/", "${local.object_prefix}manifests/"]',
    ],
    caughtBy: 'rego: google_storage_bucket.this: team/credence/manifests/ goes as staging does',
  },
  {
    name: 'logs lie on another continent',
    file: 'store.tf',
    replace: [
      '  name                        = "${local.bucket}-logs"\n  location                    = var.region',
      '  name                        = "${local.bucket}-logs"\n  location                    = "US"',
    ],
    caughtBy: 'rego: google_storage_bucket.logs: lies in US',
  },
  {
    name: 'pages of any origin read the bucket',
    file: 'store.tf',
    replace: [
      '  logging {',
      '  cors {\n    origin = ["*"]\n    method = ["GET"]\n    response_header = ["*"]\n  }\n  logging {',
    ],
    caughtBy: 'rego: google_storage_bucket.this: says cors, which lets pages of others read it',
  },
  {
    name: 'messages are pushed to somebody',
    file: 'stream.tf',
    replace: [
      '  retry_policy {',
      '  push_config {\n    push_endpoint = "https://elsewhere.example.org/"\n  }\n  retry_policy {',
    ],
    caughtBy: 'rego: google_pubsub_subscription.this["digits"]: says push_config, which sends messages elsewhere',
  },
  {
    name: 'messages are copied to a bucket of somebody',
    file: 'stream.tf',
    replace: [
      '  message_retention_duration = "2678400s" # 31 days, the most there is',
      '  message_retention_duration = "2678400s" # 31 days, the most there is\n  cloud_storage_config {\n    bucket = "elsewhere"\n  }',
    ],
    caughtBy:
      'rego: google_pubsub_subscription.dead_letters["digits"]: says cloud_storage_config, which sends messages elsewhere',
  },
  {
    name: 'messages without a mark are dropped unseen',
    file: 'stream.tf',
    replace: ['  retry_policy {', '  filter = "attributes.kept = \\"yes\\""\n  retry_policy {'],
    caughtBy: 'rego: google_pubsub_subscription.this["digits"]: says filter, which drops messages unseen',
  },
  {
    name: 'rows end after an hour',
    file: 'warehouse.tf',
    replace: [
      '  max_time_travel_hours      = "168"',
      '  max_time_travel_hours      = "168"\n  default_table_expiration_ms = 3600000',
    ],
    caughtBy:
      'rego: google_bigquery_dataset.this["0"]: says default_table_expiration_ms, which ends tables by their age',
  },
  {
    name: 'readers write rows',
    file: 'warehouse.tf',
    replace: ['{ member = member, role = "rows_read", tables', '{ member = member, role = "rows_tables", tables'],
    caughtBy: 'rego: google_bigquery_dataset.this["0"]: null writes rows',
  },
  {
    name: 'who imports a key does so without an HSM',
    file: 'keys.tf',
    replace: [
      '  import_method    = "RSA_OAEP_4096_SHA256_AES_256"\n  protection_level = "HSM"',
      '  import_method    = "RSA_OAEP_3072_SHA1_AES_256"\n  protection_level = "SOFTWARE"',
    ],
    caughtBy:
      'rego: google_kms_key_ring_import_job.this["0"]: keys that are imported pass through software, or by SHA-1',
  },
  {
    name: 'a destroyed key is gone in a week',
    file: 'main.tf',
    environment: 'prod-gcp',
    replace: ['restorable_days = 30, administrators', 'restorable_days = 7, administrators'],
    caughtBy:
      'prod: module.credence.google_kms_crypto_key.epochs.destroy_scheduled_duration is 604800s instead of 2592000s',
  },
  {
    name: 'what is deleted is gone in a week',
    file: 'main.tf',
    environment: 'prod-gcp',
    replace: ['{ restorable_days = 30, log_days = 400 }', '{ restorable_days = 7, log_days = 400 }'],
    caughtBy:
      'prod: module.credence.google_storage_bucket.this.soft_delete_policy.0.retention_duration_seconds is 604800 instead of 2592000 or m',
  },
  {
    name: 'logs are kept for a month',
    file: 'main.tf',
    environment: 'prod-gcp',
    replace: ['log_days = 400', 'log_days = 31'],
    caughtBy:
      'prod: module.credence.google_storage_bucket.logs.retention_policy.0.retention_period is 2678400 instead of 31536000 or more',
  },
  {
    name: 'messages wait for a day',
    file: 'main.tf',
    environment: 'prod-gcp',
    replace: ['retention_days = 7', 'retention_days = 1'],
    caughtBy:
      'prod: module.credence.google_pubsub_subscription.this.message_retention_duration is 86400s instead of 604800s',
  },
  {
    name: 'nobody hears that it costs',
    file: 'budget.tf',
    environment: 'prod-gcp',
    replace: [
      'monitoring_notification_channels = slice(sort(var.alert_channels), 0, min(5, length(var.alert_channels))) # a budget has 5 at most\n    disable_default_iam_recipients   = false',
      'monitoring_notification_channels = []\n    disable_default_iam_recipients   = true',
    ],
    caughtBy:
      'prod: google_billing_budget.credence.all_updates_rule.0.monitoring_notification_channels.0 is null instead of something that is no',
  },
]
