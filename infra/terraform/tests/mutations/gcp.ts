import type { Mutation } from '../mutation.ts'
import { GCP_WEAKENED } from './weakened.ts'

const mutation = (name: string, file: string, from: string, to: string, caughtBy: string): Mutation => {
  return { name, file, replace: [from, to], caughtBy }
}

/** Security properties of `modules/gcp`, each taken away. */
export const MUTATIONS: readonly Mutation[] = [
  // network
  mutation(
    'the network has a way to the internet',
    'network.tf',
    'delete_default_routes_on_create = true',
    'delete_default_routes_on_create = false',
    'rego: google_compute_network.this: delete_default_routes_on_create',
  ),
  mutation(
    'machines reach Google only over public addresses',
    'network.tf',
    'private_ip_google_access   = true',
    'private_ip_google_access   = false',
    'rego: google_compute_subnetwork.machines: private_ip_google_access',
  ),
  mutation(
    'the endpoint offers what no perimeter guards',
    'network.tf',
    'target                = "vpc-sc"',
    'target                = "all-apis"',
    'rego: google_compute_global_forwarding_rule.apis[0]: target',
  ),
  mutation(
    'anything may leave',
    'firewall.tf',
    'direction   = "EGRESS"\n  priority    = 65534',
    'direction   = "EGRESS"\n  disabled    = true\n  priority    = 65534',
    'rego: google_compute_network.this: egress that no rule allows',
  ),
  mutation(
    'anybody may come in',
    'firewall.tf',
    'deny {\n    protocol = "all"\n  }\n  log_config {\n    metadata = "INCLUDE_ALL_METADATA"\n  }\n}\n\nresource "google_compute_firewall" "deny_egress"',
    'allow {\n    protocol = "all"\n  }\n  log_config {\n    metadata = "INCLUDE_ALL_METADATA"\n  }\n}\n\nresource "google_compute_firewall" "deny_egress"',
    'rego: google_compute_firewall.deny_ingress: lets anybody in',
  ),
  mutation(
    'names of Google lead to public addresses',
    'dns.tf',
    'googleapis   = "*.googleapis.com."',
    'googleapis   = "*.example.com."',
    'rego: names of Google',
  ),

  mutation(
    'an output shows a password',
    'outputs.tf',
    'authority in google_redis_instance.this.server_ca_certs : authority.cert',
    'secret in [google_redis_instance.this.auth_string] : secret',
    'terraform: Output refers to sensitive values',
  ),
  mutation(
    'an identity reads a password that it has no use for',
    'state.tf',
    'contains(local.processes, pair[1])',
    'contains(keys(local.principals), pair[1])',
    'permissions: reviewer may secretmanager.versions.access on projects/credence-sample/secrets/credence-redis, and needs not',
  ),
  mutation(
    'nobody signs in to the catalog but processes',
    'state.tf',
    'resource "google_project_iam_member" "services_sign_in" {\n  for_each = local.principals',
    'resource "google_project_iam_member" "services_sign_in" {\n  for_each = local.processes',
    'permissions: reviewer needs cloudsql.instances.login on projects/credence-sample/instances/',
  ),
  mutation(
    'services sign in to every instance of the project',
    'state.tf',
    'member  = local.member[each.key]\n\n  condition {\n    title       = "this-database"\n    description = "No other instance of the project"\n    expression  = local.this_database\n  }',
    'member  = local.member[each.key]',
    'permissions: ingest may cloudsql.instances.login on projects/credence-sample, and needs not',
  ),
  mutation(
    'services may do more with the database than sign in',
    'policies.tf',
    'sign_in = ["cloudsql.instances.login"]',
    'sign_in = ["cloudsql.instances.login", "cloudsql.users.update"]',
    'permissions: scan may cloudsql.users.update on projects/credence-sample/instances/',
  ),

  // perimeter
  mutation(
    'Cloud KMS is outside the perimeter',
    'perimeter.tf',
    '    "cloudkms.googleapis.com",\n',
    '',
    'rego: google_access_context_manager_service_perimeter.this["credence"]: does not guard cloudkms',
  ),
  mutation(
    'going without a perimeter needs no consent',
    'main.tf',
    'condition     = var.perimeter != null || var.accept_missing_perimeter',
    'condition     = length(local.tables) >= 0',
    'schema: variable accept_missing_perimeter is declared and not used',
  ),

  // messages
  mutation(
    'messages are encrypted under a key of Google alone',
    'stream.tf',
    '  name                       = local.streams[each.key]\n  kms_key_name               = google_kms_crypto_key.rest["pubsub"].id\n',
    '  name                       = local.streams[each.key]\n',
    'rego: google_pubsub_topic.this["digits"]: is not encrypted under a key of yours',
  ),
  mutation(
    'messages are delivered more than once',
    'stream.tf',
    'enable_exactly_once_delivery = true',
    'enable_exactly_once_delivery = false',
    'rego: google_pubsub_subscription.this["digits"]: does not deliver exactly once',
  ),
  mutation(
    'dead letters are lost: nobody subscribes',
    'stream.tf',
    'topic                      = google_pubsub_topic.dead_letters[each.key].id',
    'topic                      = google_pubsub_topic.this[each.key].id',
    'rego: google_pubsub_topic.dead_letters["digits"]: nobody subscribes',
  ),
  mutation(
    'a subscription that rests is deleted',
    'stream.tf',
    'ttl = "" # never: a subscription that nobody reads for a while keeps its messages',
    'ttl = "2678400s"',
    'rego: google_pubsub_subscription.this["digits"]: is deleted when nobody reads',
  ),

  // objects
  mutation(
    'the bucket could be published',
    'store.tf',
    'public_access_prevention    = "enforced"\n  force_destroy               = false\n  labels                      = local.labels\n\n  versioning',
    'public_access_prevention    = "inherited"\n  force_destroy               = false\n  labels                      = local.labels\n\n  versioning',
    'rego: google_storage_bucket.this: public_access_prevention',
  ),
  mutation(
    'objects have access lists of their own',
    'store.tf',
    'uniform_bucket_level_access = true\n  public_access_prevention    = "enforced"\n  force_destroy               = false\n  labels                      = local.labels\n\n  versioning',
    'uniform_bucket_level_access = false\n  public_access_prevention    = "enforced"\n  force_destroy               = false\n  labels                      = local.labels\n\n  versioning',
    'rego: google_storage_bucket.this: uniform_bucket_level_access',
  ),
  mutation(
    'what is overwritten is gone',
    'store.tf',
    'versioning {\n    enabled = true',
    'versioning {\n    enabled = false',
    'rego: google_storage_bucket.this: keeps no versions',
  ),
  mutation(
    'staged windows are deleted by their age',
    'store.tf',
    'with_state                 = "ARCHIVED"\n      days_since_noncurrent_time = var.store.staging_days',
    'with_state = "ANY"\n      age        = var.store.staging_days',
    'rego: google_storage_bucket.this: deletes objects that are wanted',
  ),
  mutation(
    'a retention policy refuses what the pipeline has to delete',
    'store.tf',
    '  soft_delete_policy {',
    '  retention_policy {\n    retention_period = 86400\n  }\n  soft_delete_policy {',
    'rego: google_storage_bucket.this: a retention policy refuses',
  ),
  mutation(
    'the bucket may be destroyed by a plan',
    'store.tf',
    'action {\n      type = "AbortIncompleteMultipartUpload"\n    }\n  }\n\n  depends_on = [google_kms_crypto_key_iam_member.agents]\n\n  lifecycle {\n    prevent_destroy = true',
    'action {\n      type = "AbortIncompleteMultipartUpload"\n    }\n  }\n\n  depends_on = [google_kms_crypto_key_iam_member.agents]\n\n  lifecycle {\n    prevent_destroy = false',
    'rego: google_storage_bucket.this: a change of plan could destroy it',
  ),

  // rows
  mutation(
    'readers of the project read the rows',
    'warehouse.tf',
    'special_group = "projectOwners"\n  }',
    'special_group = "projectOwners"\n  }\n  access {\n    role          = "READER"\n    special_group = "projectReaders"\n  }',
    'rego: google_bigquery_dataset.this[0]: projectReaders have access',
  ),
  mutation(
    'a reader of one table reads them all',
    'warehouse.tf',
    'role = "rows_read", tables = [settings.table]',
    'role = "rows_read", tables = []',
    'rego: google_bigquery_dataset.this[0]: google_project_iam_custom_role.this["rows_read"].name holds for every table',
  ),

  // keys
  mutation(
    'the epoch key does not rotate',
    'keys.tf',
    '  name                       = "epochs"\n  key_ring                   = google_kms_key_ring.this.id\n  purpose                    = "ENCRYPT_DECRYPT"\n  rotation_period            = "${var.keys.rotation_days * 86400}s"\n',
    '  name                       = "epochs"\n  key_ring                   = google_kms_key_ring.this.id\n  purpose                    = "ENCRYPT_DECRYPT"\n',
    'rego: google_kms_crypto_key.epochs: does not rotate',
  ),
  mutation(
    'service agents may unwrap epoch keys',
    'keys.tf',
    'crypto_key_id = google_kms_crypto_key.rest[each.key].id',
    'crypto_key_id = google_kms_crypto_key.epochs.id',
    'rego: google_kms_crypto_key_iam_member.agents["pubsub"]: a service agent could unwrap',
  ),
  mutation(
    'who administers keys can use them',
    'keys.tf',
    'role        = "roles/cloudkms.admin"',
    'role        = "roles/owner"',
    'rego: google_kms_key_ring_iam_member.administrators["group:security@example.org"]: roles/owner grants more',
  ),

  // identities
  mutation(
    'a scanner deletes objects',
    'policies.tf',
    '{ who = ["scan"], does = ["create", "get"], path = "scores/{dataset}/", option = "" }',
    '{ who = ["scan"], does = ["create", "delete", "get"], path = "scores/{dataset}/", option = "" }',
    'permissions: scan may storage.objects.delete on projects/_/buckets/credence-sample-credence/objects/team/credence/scores/digits/*',
  ),
  mutation(
    'an exporter reads staging',
    'policies.tf',
    '{ who = ["scan", "encrypt"], does = ["get"], path = "staging/{dataset}/", option = "" }',
    '{ who = ["scan", "encrypt", "exporter"], does = ["get"], path = "staging/{dataset}/", option = "" }',
    'permissions: exporter may storage.objects.get on',
  ),
  mutation(
    'a reviewer rotates keys',
    'policies.tf',
    'reviewer = local.key_use.unwrap',
    'reviewer = local.key_use.tend',
    'permissions: reviewer may cloudkms.cryptoKeyVersions.create',
  ),
  mutation(
    'permissions on objects hold for the whole bucket',
    'policies.tf',
    'resource.name.startsWith(\\"projects/_/buckets/${local.bucket}/objects/${path}\\")',
    'resource.name.startsWith(\\"projects/_/buckets/${local.bucket}/objects/\\")',
    'rego: google_storage_bucket_iam_member.objects["encrypt/create/0"]: holds for every object',
  ),
  mutation(
    'a role grants by wildcard',
    'policies.tf',
    '["storage.buckets.get", "storage.objects.list"]',
    '["storage.buckets.get", "storage.objects.*"]',
    'rego: google_project_iam_custom_role.this["bucket"]: grants by wildcard',
  ),
  mutation(
    'any service account of the cluster is a service of ours',
    'identities.tf',
    '[${var.workload_identity.namespace}/${lookup(var.workload_identity.service_accounts, each.key, "${var.name}-${each.key}")}]',
    '[${var.workload_identity.namespace}/*]',
    'rego: google_service_account_iam_member.workloads["encrypt"]: trusts more',
  ),

  // catalog and queue
  mutation(
    'the catalog has a public address',
    'state.tf',
    'ipv4_enabled   = false',
    'ipv4_enabled   = true',
    'rego: google_sql_database_instance.this: has a public address',
  ),
  mutation(
    'the catalog takes connections in clear',
    'state.tf',
    'ssl_mode       = "ENCRYPTED_ONLY"',
    'ssl_mode       = "ALLOW_UNENCRYPTED_AND_ENCRYPTED"',
    'rego: google_sql_database_instance.this: takes connections without TLS',
  ),
  mutation(
    "the database's password is in the state",
    'state.tf',
    'password_wo         = var.database_password\n  password_wo_version = var.database_credential_version',
    'password            = "${var.database_password}${var.database_credential_version}"',
    'rego: google_sql_user.credence: its password is kept in the state',
  ),
  mutation(
    'Redis takes connections in clear',
    'state.tf',
    'transit_encryption_mode = "SERVER_AUTHENTICATION"',
    'transit_encryption_mode = "DISABLED"',
    'rego: google_redis_instance.this: transit_encryption_mode',
  ),
  mutation(
    'Redis needs no password',
    'state.tf',
    'auth_enabled            = true',
    'auth_enabled            = false',
    'rego: google_redis_instance.this: auth_enabled',
  ),
  mutation(
    'the queue drops jobs',
    'state.tf',
    'maxmemory-policy = "noeviction"',
    'maxmemory-policy = "allkeys-lru"',
    'rego: google_redis_instance.this: evicts',
  ),

  // traces
  mutation(
    'reading with keys is not recorded',
    'logs.tf',
    '  audit_log_config {\n    log_type = "DATA_READ"\n  }\n',
    '',
    'rego: DATA_READ of cloudkms.googleapis.com is not recorded',
  ),
  mutation(
    'audit logs can be changed',
    'store.tf',
    'retention_period = var.store.log_days * 86400',
    'retention_period = var.store.log_days',
    'rego: google_storage_bucket.logs: logs can be changed',
  ),
  mutation(
    'nobody is told when a stranger unwraps keys',
    'alarms.tf',
    ' AND NOT protoPayload.authenticationInfo.principalEmail=${local.ours}',
    '',
    'rego: nobody is told of uses of keys by strangers',
  ),
  {
    name: 'a domain reads the tables',
    file: 'warehouse.tf',
    replace: ['special_group = "projectOwners"', 'special_group = "allAuthenticatedUsers"'],
    caughtBy: 'access: tables are open to special_group allAuthenticatedUsers',
  },
  {
    name: 'pods of every namespace are services',
    file: 'identities.tf',
    replace: ['[${var.workload_identity.namespace}/${lookup(', '[*/${lookup('],
    caughtBy: 'access: who becomes a service',
  },
  {
    name: 'the budget is a thousand times what it was',
    environment: 'prod-gcp',
    file: 'variables.tf',
    replace: ['default     = 2500', 'default     = 2500000'],
    caughtBy: 'prod: google_billing_budget.credence.amount',
  },
  {
    name: 'production has no standby',
    environment: 'prod-gcp',
    file: 'main.tf',
    replace: ['disk_gb = 100, high_availability = true', 'disk_gb = 100, high_availability = false'],
    caughtBy: 'prod: module.credence.google_sql_database_instance.this.settings.0.availability_type',
  },
  ...GCP_WEAKENED,
]
