import type { Mutation } from '../mutation.ts'

// Settings that no rule of a cloud's own looked at, and what is added beside all that is looked at.
export const SETTINGS_AWS: readonly Mutation[] = [
  {
    name: 'another account is granted the epoch key',
    file: 'state.tf',
    replace: [
      'resource "aws_elasticache_subnet_group" "queue" {',
      `resource "aws_kms_grant" "elsewhere" {
  key_id            = aws_kms_key.epoch.key_id
  grantee_principal = "arn:aws:iam::999999999999:role/x"
  operations        = ["Decrypt"]
}

resource "aws_elasticache_subnet_group" "queue" {`,
    ],
    caughtBy: 'rego: aws_kms_grant.elsewhere: gives a key to whoever it names',
  },
  {
    name: 'objects are copied to a bucket of somebody else',
    file: 'store.tf',
    replace: [
      'resource "aws_s3_bucket_logging" "store" {',
      `resource "aws_s3_bucket_replication_configuration" "store" {
  bucket = aws_s3_bucket.store.id
  role   = aws_iam_role.service["scan"].arn
  rule {
    status = "Enabled"
    destination {
      bucket = "arn:aws:s3:::elsewhere"
    }
  }
}

resource "aws_s3_bucket_logging" "store" {`,
    ],
    caughtBy: 'rego: aws_s3_bucket_replication_configuration.store: copies objects to another bucket',
  },
  {
    name: 'the trail may be deleted after a day',
    file: 'trail.tf',
    replace: [
      `      mode = "GOVERNANCE"
      days = var.log_days`,
      `      mode = "GOVERNANCE"
      days = 1`,
    ],
    caughtBy: 'what it holds may be deleted before a year is over',
  },
  {
    name: 'connections are not logged',
    file: 'state.tf',
    replace: [
      `    name  = "log_connections"
    value = "1"`,
      `    name  = "log_connections"
    value = "0"`,
    ],
    caughtBy: 'log_connections is not 1',
  },
  {
    name: 'a short token of Redis',
    file: 'state.tf',
    replace: ['password_length     = 64', 'password_length     = 16'],
    caughtBy: 'a password of fewer than 32 characters',
  },
  {
    name: 'snapshots lose their tags',
    file: 'state.tf',
    replace: ['copy_tags_to_snapshot                 = true', 'copy_tags_to_snapshot                 = false'],
    caughtBy: 'copy_tags_to_snapshot is false, not true',
  },
]

export const SETTINGS_AZURE: readonly Mutation[] = [
  {
    name: 'services of the platform pass the firewall of the store',
    file: 'store.tf',
    replace: ['bypass         = ["None"]', 'bypass         = ["AzureServices"]'],
    caughtBy: 'network_rules.0.bypass is ["AzureServices"], not ["None"]',
  },
  {
    name: 'hubs trust services of the platform',
    file: 'stream.tf',
    replace: ['trusted_service_access_enabled = false', 'trusted_service_access_enabled = true'],
    caughtBy: 'network_rulesets.0.trusted_service_access_enabled is true, not false',
  },
  {
    name: 'what is deleted may be gone at once',
    file: 'store.tf',
    replace: ['permanent_delete_enabled = false', 'permanent_delete_enabled = true'],
    caughtBy: 'blob_properties.0.delete_retention_policy.0.permanent_delete_enabled is true, not false',
  },
  {
    name: 'uses of the store’s own key by hubs are not logged',
    file: 'logs.tf',
    replace: [', "CustomerManagedKeyUserLogs"', ''],
    caughtBy: 'CustomerManagedKeyUserLogs is not logged',
  },
  {
    name: 'events are compacted away',
    file: 'stream.tf',
    replace: ['cleanup_policy          = "Delete"', 'cleanup_policy          = "Compact"'],
    caughtBy: 'retention_description.0.cleanup_policy is Compact, not Delete',
  },
]

export const SETTINGS_GCP: readonly Mutation[] = [
  {
    name: 'another project reaches the catalog',
    file: 'state.tf',
    replace: [
      'allowed_consumer_projects = [var.project_id]',
      'allowed_consumer_projects = [var.project_id, "elsewhere"]',
    ],
    caughtBy: 'other projects reach it',
  },
  {
    name: 'audit logs go somewhere else',
    file: 'logs.tf',
    replace: [
      'destination            = "storage.googleapis.com/${google_storage_bucket.logs.name}"',
      'destination            = "storage.googleapis.com/elsewhere-${google_storage_bucket.logs.name}"',
    ],
    caughtBy: 'its logs go where none of ours are kept',
  },
  {
    name: 'changes of who may do what are not kept',
    file: 'logs.tf',
    replace: [', "protoPayload.methodName:\\"SetIamPolicy\\""', ''],
    caughtBy: 'does not keep SetIamPolicy',
  },
  {
    name: 'others ask our resolver',
    file: 'dns.tf',
    replace: ['enable_inbound_forwarding = false', 'enable_inbound_forwarding = true'],
    caughtBy: 'enable_inbound_forwarding is true, not false',
  },
  {
    name: 'backups leave the region',
    file: 'state.tf',
    replace: ['location                       = var.region', 'location                       = "us"'],
    caughtBy: 'its backups are in us',
  },
  {
    name: 'names that are asked for are not logged',
    file: 'dns.tf',
    replace: ['enable_logging            = true', 'enable_logging            = false'],
    caughtBy: 'enable_logging is false, not true',
  },
]
