# What no resource here says, on any cloud: each is a way for data to leave, a way in, or an end that comes too early; and what stands for
# something else than it seems. Each rule adds a sentence to `deny`.
package terraform.settings

import rego.v1

nothing := {null, false, "", -1}

deny contains sprintf("rego: %s: says %s, which %s", [named(r), concat(".", [sprintf("%v", [p]) | some p in path]), why]) if {
	some r in managed
	some path, why in never[r.type]
	found := object.get(r.values, path, null)
	not found in nothing
	found != []
}

never := {
	# Amazon
	"aws_kms_key": {["multi_region"]: "lets it be copied to other regions"},
	"aws_launch_template": {["user_data"]: "runs what it likes on every machine", ["key_name"]: "lets somebody sign in to machines", ["iam_instance_profile"]: "makes machines somebody else"},
	"aws_eks_cluster": {["remote_network_config"]: "takes machines from elsewhere"},
	# Azure
	"azurerm_eventhub": {["capture_description"]: "copies events to another account"},
	"azurerm_log_analytics_workspace": {["daily_quota_gb"]: "stops logging when a share is used up"},
	"azurerm_monitor_scheduled_query_rules_alert_v2": {["mute_actions_after_alert_duration"]: "silences it after its first alert"},
	"azurerm_kubernetes_cluster": {["linux_profile"]: "lets somebody sign in to machines", ["http_proxy_config"]: "sends everything through a proxy", ["web_app_routing"]: "lets requests in from outside"},
	"azurerm_role_assignment": {["delegated_managed_identity_resource_id"]: "is given to another tenant"},
	"azurerm_storage_account": {["static_website"]: "publishes it", ["custom_domain"]: "answers under another name", ["network_rules", 0, "ip_rules"]: "lets addresses in", ["blob_properties", 0, "cors_rule"]: "lets pages of others read it"},
	# Google
	"google_bigquery_dataset": {["default_table_expiration_ms"]: "ends tables by their age", ["default_partition_expiration_ms"]: "ends partitions by their age"},
	"google_container_cluster": {["enable_legacy_abac"]: "passes roles by", ["enable_kubernetes_alpha"]: "runs what nobody has tried", ["master_auth", 0, "username"]: "takes a password"},
	"google_logging_project_sink": {["disabled"]: "keeps nothing", ["exclusions"]: "leaves something out"},
	"google_pubsub_subscription": {["push_config"]: "sends messages elsewhere", ["bigquery_config"]: "sends messages elsewhere", ["cloud_storage_config"]: "sends messages elsewhere", ["filter"]: "drops messages unseen", ["message_transforms"]: "changes messages"},
	"google_pubsub_topic": {["ingestion_data_source_settings"]: "takes messages from elsewhere", ["message_transforms"]: "changes messages"},
	"google_storage_bucket": {["cors"]: "lets pages of others read it", ["website"]: "publishes it", ["requester_pays"]: "is for readers that pay", ["default_event_based_hold"]: "holds staging"},
}

# Kinds that are no part of an installation, wherever they stand.
deny contains sprintf("rego: %s: %s", [named(r), apart[r.type]]) if {
	some r in managed
	apart[r.type]
}

apart := {
	# Amazon
	"aws_kms_grant": "gives a key to whoever it names, beside the key's policy",
	"aws_kms_replica_key": "copies a key to another region",
	"aws_s3_bucket_replication_configuration": "copies objects to another bucket",
	"aws_s3_bucket_inventory": "lists objects into another bucket",
	"aws_s3_bucket_notification": "tells somebody of every object",
	"aws_s3_access_point": "lets objects be reached under a policy of its own",
	"aws_cloudwatch_log_subscription_filter": "copies logs elsewhere",
	"aws_cloudwatch_log_resource_policy": "lets others write logs, or read them",
	"aws_kinesis_firehose_delivery_stream": "copies events elsewhere",
	"aws_kinesis_resource_policy": "lets another account read a stream",
	"aws_lambda_event_source_mapping": "reads a stream beside the services",
	"aws_ram_resource_share": "shares it with another account",
	"aws_vpc_endpoint_service": "lets others into the network",
	"aws_ec2_transit_gateway_vpc_attachment": "joins the network with others",
	"aws_route53_zone_association": "answers names of another network",
	"aws_iam_role_policy_attachments_exclusive": "takes away what is granted elsewhere",
	# Azure
	"azurerm_storage_object_replication": "copies objects to another account",
	"azurerm_storage_account_local_user": "signs in by a password",
	"azurerm_storage_blob_inventory_policy": "lists objects into another container",
	"azurerm_eventgrid_system_topic": "tells somebody of every object",
	"azurerm_key_vault_access_policy": "passes roles by",
	"azurerm_log_analytics_data_export_rule": "copies logs elsewhere",
	"azurerm_monitor_alert_processing_rule_suppression": "silences alarms",
	"azurerm_private_link_service": "lets others into the network",
	"azurerm_lighthouse_assignment": "lets another tenant in",
	"azurerm_nat_gateway": "gives a way to the internet",
	"azurerm_public_ip": "is an address on the internet",
	# Google
	"google_storage_transfer_job": "copies objects elsewhere",
	"google_storage_notification": "tells somebody of every object",
	"google_bigquery_data_transfer_config": "copies rows elsewhere",
	"google_bigquery_analytics_hub_listing": "lists rows for others",
	"google_logging_project_exclusion": "keeps some of the logs from everybody",
	"google_compute_vpn_tunnel": "joins the network with others",
	"google_compute_interconnect_attachment": "joins the network with others",
	"google_service_account_iam_binding": "replaces who may be an account",
	"google_storage_bucket_iam_binding": "replaces everybody's access to a bucket",
	"google_kms_crypto_key_iam_binding": "replaces everybody's access to a key",
}

# Versions that are still mended, oldest first.
oldest := {
	"aws_db_instance": {["engine_version"]: 16},
	"aws_elasticache_replication_group": {["engine_version"]: 7},
	"azurerm_postgresql_flexible_server": {["version"]: 16},
}

deny contains sprintf("rego: %s: %v is mended by nobody", [named(r), found]) if {
	some r in managed
	some path, least in oldest[r.type]
	found := object.get(r.values, path, "0")
	to_number(found) < least
}

# What is told once a day, or when a hundred things are wrong, is told too late.
deny contains sprintf("rego: %s: tells no more than once in %s", [named(r), period]) if {
	some r in managed
	r.type == "google_monitoring_alert_policy"
	period := object.get(r.values, ["alert_strategy", 0, "notification_rate_limit", 0, "period"], "0s")
	to_number(trim_suffix(period, "s")) > 3600
}

# Where one has a boundary, so have all.
deny contains sprintf("rego: %s: has no boundary, as others have", [named(r)]) if {
	some other in managed
	other.type == "aws_iam_role"
	object.get(other.values, "permissions_boundary", null) != null
	some r in managed
	r.type == "aws_iam_role"
	object.get(r.values, "permissions_boundary", null) == null
}

deny contains sprintf("rego: %s: lets in %s, which is more than an office", [named(r), range]) if {
	some r in managed
	r.type == "azurerm_key_vault"
	some range in object.get(r.values, ["network_acls", 0, "ip_rules"], [])
	parts := split(range, "/")
	count(parts) == 2
	to_number(parts[1]) < 24
}

# A Managed HSM opens for two of those who hold its domain, gives a service one key, and lets nobody who looks after keys give roles.
deny contains sprintf("rego: %s: one person alone opens it", [named(r)]) if {
	some r in managed
	r.type == "azurerm_key_vault_managed_hardware_security_module"
	object.get(r.values, "security_domain_quorum", 1) < 2
}

deny contains sprintf("rego: %s: uses every key", [named(r)]) if {
	some r in managed
	r.type == "azurerm_key_vault_managed_hardware_security_module_role_assignment"
	r.name != "administrators"
	not regex.match(`^/keys/[^/]+$`, r.values.scope)
}

deny contains sprintf("rego: %s: %s is no use of a key", [named(r), action]) if {
	some r in managed
	r.type == "azurerm_key_vault_managed_hardware_security_module_role_definition"
	some action in r.values.permission[0].data_actions
	not startswith(action, "Microsoft.KeyVault/managedHsm/keys/")
}

deny contains sprintf("rego: %s: keys that are imported pass through software, or by SHA-1", [named(r)]) if {
	some r in managed
	r.type == "google_kms_key_ring_import_job"
	[r.values.protection_level, r.values.import_method] != ["HSM", "RSA_OAEP_4096_SHA256_AES_256"]
}
