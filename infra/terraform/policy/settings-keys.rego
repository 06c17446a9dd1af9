# What is encrypted under which key, on every cloud, in both directions: a key that two things share is withdrawn from both.
# Each rule adds a sentence to `deny`.
package terraform.settings

import rego.v1

# By the resource's type: where it names its key, and which it is to be.
under := {
	"aws_kinesis_stream": {["kms_key_id"]: "aws_kms_key.store"},
	"aws_elasticache_replication_group": {["kms_key_id"]: "aws_kms_key.platform"},
	"aws_db_instance": {["kms_key_id"]: "aws_kms_key.platform", ["master_user_secret_kms_key_id"]: "aws_kms_key.platform", ["performance_insights_kms_key_id"]: "aws_kms_key.platform"},
	"aws_secretsmanager_secret": {["kms_key_id"]: "aws_kms_key.platform"},
	"aws_sns_topic": {["kms_master_key_id"]: "aws_kms_key.platform"},
	"aws_cloudtrail": {["kms_key_id"]: "aws_kms_key.platform"},
	"azurerm_eventhub_namespace_customer_managed_key": {["key_vault_key_ids", 0]: `azurerm_key_vault_key.service["stream"].versionless_id`},
	"azurerm_storage_account": {["customer_managed_key", 0, "key_vault_key_id"]: `azurerm_key_vault_key.service["store"].versionless_id`},
	"azurerm_postgresql_flexible_server": {["customer_managed_key", 0, "key_vault_key_id"]: `azurerm_key_vault_key.service["postgres"].id`},
	"azurerm_managed_redis": {["customer_managed_key", 0, "key_vault_key_id"]: `azurerm_key_vault_key.service["redis"].id`},
	"google_pubsub_topic": {["kms_key_name"]: `google_kms_crypto_key.rest["pubsub"].id`},
	"google_redis_instance": {["customer_managed_key"]: `google_kms_crypto_key.rest["redis"].id`},
	"google_sql_database_instance": {["encryption_key_name"]: `google_kms_crypto_key.rest["postgres"].id`},
	"google_storage_bucket": {["encryption", 0, "default_kms_key_name"]: `google_kms_crypto_key.rest["storage"].id`},
	"google_bigquery_dataset": {["default_encryption_configuration", 0, "kms_key_name"]: `google_kms_crypto_key.rest["bigquery"].id`},
}

deny contains sprintf("rego: %s: is under %v, not under %s", [named(r), found, wanted]) if {
	some r in managed
	some path, wanted in under[r.type]
	found := object.get(r.values, path, null)
	not is_it(found, wanted)
}

is_it(found, wanted) if regex.replace(found, `^(module\.[^.]+\.)+`, "") == wanted

# What AWS calls a key by: its ARN or its id, which samples may say.
is_it(found, wanted) if {
	some key in managed
	regex.replace(key.address, `^(module\.[^.]+\.)+`, "") == wanted
	found in {key.id, key.arn}
}

# Of a cluster, nothing is under a key of the cloud's own.
cluster_keys := {
	"aws_ecr_repository": [["encryption_configuration", 0, "kms_key"]],
	"aws_eks_cluster": [["encryption_config", 0, "provider", 0, "key_arn"]],
	"aws_cloudwatch_log_group": [["kms_key_id"]],
	"azurerm_kubernetes_cluster": [["disk_encryption_set_id"], ["key_management_service", 0, "key_vault_key_id"]],
	"google_container_node_pool": [["node_config", 0, "boot_disk_kms_key"]],
	"google_container_cluster": [["database_encryption", 0, "key_name"]],
}

deny contains sprintf("rego: %s: is under a key of the cloud's own: %s", [named(r), concat(".", [sprintf("%v", [p]) | some p in path])]) if {
	some r in managed
	some path in cluster_keys[r.type]
	object.get(r.values, path, null) in {null, ""}
}

# Keys are in hardware wherever one is.
deny contains sprintf("rego: %s: is kept by software", [named(r)]) if {
	some other in managed
	other.type == "google_kms_crypto_key"
	level(other) == "HSM"
	some r in managed
	r.type == "google_kms_crypto_key"
	level(r) != "HSM"
}

# The keys of a cluster have no choice: what is on its disks is what is in memory.
deny contains sprintf("rego: %s: is kept by software, and the cluster's secrets with it", [named(r)]) if {
	some cluster in managed
	cluster.type == "google_container_cluster"
	some r in managed
	r.type == "google_kms_crypto_key"
	level(r) != "HSM"
}

level(r) := object.get(r.values, ["version_template", 0, "protection_level"], "SOFTWARE")
