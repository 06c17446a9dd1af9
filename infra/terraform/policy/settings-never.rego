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
	"aws_eks_node_group": {["remote_access"]: "lets somebody sign in to machines"},
	"aws_eks_access_entry": {["kubernetes_groups"]: "makes it whoever the cluster's own roles let in"},
	"aws_eks_pod_identity_association": {["target_role_arn"]: "makes pods somebody else, by a role that nothing here grants", ["disable_session_tags"]: "takes away what a role knows its pods by"},
	"aws_ecr_repository": {["force_delete"]: "goes with the images that run"},
	"aws_iam_role": {["managed_policy_arns"]: "grants what nothing compares with the statement", ["inline_policy"]: "grants what nothing compares with the statement"},
	"aws_db_instance": {
		["snapshot_identifier"]: "begins with somebody's data", ["replicate_source_db"]: "follows another database", ["restore_to_point_in_time"]: "begins with somebody's data",
		["s3_import"]: "begins with somebody's data", ["domain"]: "lets in whom a directory knows", ["domain_fqdn"]: "lets in whom a directory knows", ["allow_major_version_upgrade"]: "may be another PostgreSQL tomorrow",
	},
	"aws_elasticache_replication_group": {["user_group_ids"]: "lets in whom its group names, without the token", ["snapshot_arns"]: "begins with somebody's jobs", ["snapshot_name"]: "begins with somebody's jobs", ["global_replication_group_id"]: "copies jobs to other regions"},
	"aws_cloudwatch_metric_alarm": {["unit"]: "hears nothing of what is measured in another unit"},
	"aws_cloudwatch_log_metric_filter": {["metric_transformation", 0, "dimensions"]: "counts each by itself, where alarms look at the sum", ["metric_transformation", 0, "unit"]: "is counted in a unit that no alarm asks for"},
	"aws_sns_topic_subscription": {["filter_policy"]: "hears some of the alarms"},
	"aws_flow_log": {["log_format"]: "may leave out who was reached"},
	"aws_route_table": {["propagating_vgws"]: "takes routes from another network"},
	"aws_vpc": {["assign_generated_ipv6_cidr_block"]: "has public addresses", ["ipv6_cidr_block"]: "has public addresses"},
	# Azure
	"azurerm_eventhub": {["capture_description"]: "copies events to another account"},
	"azurerm_log_analytics_workspace": {["daily_quota_gb"]: "stops logging when a share is used up", ["immediate_data_purge_on_30_days_enabled"]: "forgets at once"},
	"azurerm_monitor_metric_alert": {["criteria", 0, "dimension"]: "looks at some of what it is about"},
	"azurerm_monitor_action_group": {["webhook_receiver"]: "tells somebody by a URL", ["automation_runbook_receiver"]: "runs what somebody wrote", ["azure_function_receiver"]: "runs what somebody wrote", ["logic_app_receiver"]: "runs what somebody wrote"},
	"azurerm_postgresql_flexible_server": {["create_mode"]: "begins with somebody's data", ["source_server_id"]: "follows another database", ["administrator_login"]: "takes a password"},
	"azurerm_key_vault": {["enabled_for_deployment"]: "lets machines fetch what it holds", ["enabled_for_template_deployment"]: "lets whoever deploys fetch what it holds", ["enabled_for_disk_encryption"]: "lets machines unwrap with its keys"},
	"azurerm_key_vault_key": {["expiration_date"]: "ends, and what it wrapped with it", ["not_before_date"]: "is of no use yet"},
	"azurerm_monitor_scheduled_query_rules_alert_v2": {["mute_actions_after_alert_duration"]: "silences it after its first alert", ["criteria", 0, "dimension"]: "looks at some of what it is about", ["criteria", 0, "failing_periods"]: "waits until it happened again"},
	"azurerm_kubernetes_cluster": {["linux_profile"]: "lets somebody sign in to machines", ["http_proxy_config"]: "sends everything through a proxy", ["web_app_routing"]: "lets requests in from outside"},
	"azurerm_role_assignment": {["delegated_managed_identity_resource_id"]: "is given to another tenant"},
	"azurerm_storage_account": {["static_website"]: "publishes it", ["custom_domain"]: "answers under another name", ["network_rules", 0, "ip_rules"]: "lets addresses in", ["network_rules", 0, "private_link_access"]: "lets resources of others in", ["azure_files_authentication"]: "lets in whom a directory knows", ["blob_properties", 0, "cors_rule"]: "lets pages of others read it"},
	# Google
	"google_bigquery_dataset": {["default_table_expiration_ms"]: "ends tables by their age", ["default_partition_expiration_ms"]: "ends partitions by their age"},
	"google_container_cluster": {["enable_legacy_abac"]: "passes roles by", ["enable_kubernetes_alpha"]: "runs what nobody has tried", ["master_auth", 0, "username"]: "takes a password"},
	"google_secret_manager_secret": {["ttl"]: "ends", ["expire_time"]: "ends", ["version_destroy_ttl"]: "keeps no version to go back to"},
	"google_dns_policy": {["alternative_name_server_config"]: "asks names of somebody else"},
	"google_dns_managed_zone": {["forwarding_config"]: "asks names of somebody else", ["peering_config"]: "asks names of another network"},
	"google_kms_crypto_key": {["crypto_key_backend"]: "is kept by whoever the connection leads to"},
	"google_project_iam_audit_config": {["audit_log_config", 0, "exempted_members"]: "leaves somebody out", ["audit_log_config", 1, "exempted_members"]: "leaves somebody out", ["audit_log_config", 2, "exempted_members"]: "leaves somebody out"},
	"google_access_context_manager_service_perimeter": {["status", 0, "egress_policies"]: "lets data out to other projects", ["spec", 0, "egress_policies"]: "lets data out to other projects"},
	"google_logging_project_sink": {["disabled"]: "keeps nothing", ["exclusions"]: "leaves something out"},
	"google_pubsub_subscription": {["push_config"]: "sends messages elsewhere", ["bigquery_config"]: "sends messages elsewhere", ["cloud_storage_config"]: "sends messages elsewhere", ["filter"]: "drops messages unseen", ["message_transforms"]: "changes messages"},
	"google_pubsub_topic": {["ingestion_data_source_settings"]: "takes messages from elsewhere", ["message_transforms"]: "changes messages"},
	"google_storage_bucket": {["cors"]: "lets pages of others read it", ["website"]: "publishes it", ["requester_pays"]: "is for readers that pay", ["default_event_based_hold"]: "holds staging"},
}

# What an alarm is made deaf by: a class of logs that metric filters do not read, a policy that is off, a sink that keeps what is in all of its parts.
deny contains sprintf("rego: %s: is of a class that no alarm reads", [named(r)]) if {
	some r in managed
	r.type == "aws_cloudwatch_log_group"
	not object.get(r.values, "log_group_class", null) in {null, "STANDARD"}
}

deny contains sprintf("rego: %s: %s is off", [named(r), r.type]) if {
	some r in managed
	r.type in {"google_monitoring_alert_policy", "google_secret_manager_secret_version"}
	object.get(r.values, "enabled", true) == false
}

deny contains sprintf("rego: %s: tells when it is over, and not when it begins", [named(r)]) if {
	some r in managed
	r.type == "google_monitoring_alert_policy"
	prompts := object.get(r.values, ["alert_strategy", 0, "notification_prompts"], null)
	prompts != null
	not "OPENED" in prompts
}

deny contains sprintf("rego: %s: keeps what several things are true of at once", [named(r)]) if {
	some r in managed
	r.type == "google_logging_project_sink"
	regex.match(`(^|\s)(AND|NOT)(\s|$)|(^|\s)-\w`, r.values.filter)
}

# A lock without a mode locks nothing.
deny contains sprintf("rego: %s: its lock has no mode", [named(r)]) if {
	some r in managed
	r.type == "aws_s3_bucket_object_lock_configuration"
	not object.get(r.values, ["rule", 0, "default_retention", 0, "mode"], "") in {"GOVERNANCE", "COMPLIANCE"}
}

# Parameters are of the PostgreSQL that runs, and none but those that are known.
deny contains sprintf("rego: %s: sets %s, which no rule has judged", [named(r), one.name]) if {
	some r in managed
	r.type == "aws_db_parameter_group"
	some one in object.get(r.values, "parameter", [])
	not one.name in object.keys(parameters.aws_db_parameter_group.wanted)
}

deny contains sprintf("rego: %s: sets %s, which no rule has judged", [named(r), r.values.name]) if {
	some r in managed
	r.type == "azurerm_postgresql_flexible_server_configuration"
	not r.values.name in {"require_secure_transport", "ssl_min_protocol_version", "log_connections", "log_disconnections", "connection_throttle.enable"}
}

# Kinds that rules judge. Another one is seen by none of them, whatever it says.
kinds := {
	"aws": {
		"budgets_budget", "cloudtrail", "cloudwatch_log_group", "cloudwatch_log_metric_filter", "cloudwatch_metric_alarm", "db_instance", "db_parameter_group", "db_subnet_group", "default_security_group", "ecr_repository",
		"eks_access_entry", "eks_access_policy_association", "eks_addon", "eks_cluster", "eks_node_group", "eks_pod_identity_association", "elasticache_parameter_group", "elasticache_replication_group", "elasticache_subnet_group",
		"flow_log", "iam_instance_profile", "iam_policy", "iam_role", "iam_role_policy", "iam_role_policy_attachment", "instance", "kinesis_stream", "kms_alias", "kms_key", "kms_key_policy", "launch_template", "route_table",
		"route_table_association", "s3_bucket", "s3_bucket_lifecycle_configuration", "s3_bucket_logging", "s3_bucket_object_lock_configuration", "s3_bucket_ownership_controls", "s3_bucket_policy", "s3_bucket_public_access_block",
		"s3_bucket_server_side_encryption_configuration", "s3_bucket_versioning", "secretsmanager_secret", "secretsmanager_secret_version", "security_group", "sns_topic", "sns_topic_policy", "sns_topic_subscription", "subnet",
		"vpc", "vpc_endpoint", "vpc_security_group_egress_rule", "vpc_security_group_ingress_rule",
	},
	"azurerm": {
		"consumption_budget_resource_group", "container_registry", "eventhub", "eventhub_consumer_group", "eventhub_namespace", "eventhub_namespace_customer_managed_key", "federated_identity_credential", "key_vault", "key_vault_key",
		"key_vault_managed_hardware_security_module", "key_vault_managed_hardware_security_module_key", "key_vault_managed_hardware_security_module_key_rotation_policy", "key_vault_managed_hardware_security_module_role_assignment",
		"key_vault_managed_hardware_security_module_role_definition", "kubernetes_cluster", "log_analytics_workspace", "managed_redis", "monitor_action_group", "monitor_diagnostic_setting", "monitor_metric_alert",
		"monitor_private_link_scope", "monitor_private_link_scoped_service", "monitor_scheduled_query_rules_alert_v2", "network_security_group", "network_security_rule", "policy_definition", "postgresql_flexible_server",
		"postgresql_flexible_server_active_directory_administrator", "postgresql_flexible_server_configuration", "postgresql_flexible_server_database", "private_dns_zone", "private_dns_zone_virtual_network_link", "private_endpoint",
		"redis_cache", "resource_group", "resource_group_policy_assignment", "role_assignment", "role_definition", "route_table", "storage_account", "storage_container", "storage_management_policy", "subnet",
		"subnet_network_security_group_association", "subnet_route_table_association", "user_assigned_identity", "virtual_network", "virtual_network_peering",
	},
	"google": {
		"access_context_manager_service_perimeter", "artifact_registry_repository", "artifact_registry_repository_iam_member", "bigquery_dataset", "billing_budget", "compute_address", "compute_firewall", "compute_forwarding_rule",
		"compute_global_address", "compute_global_forwarding_rule", "compute_instance", "compute_instance_iam_member", "compute_network", "compute_route", "compute_subnetwork", "container_cluster", "container_node_pool",
		"data_catalog_policy_tag", "data_catalog_policy_tag_iam_member", "data_catalog_taxonomy", "dns_managed_zone", "dns_policy", "dns_record_set", "dns_response_policy", "dns_response_policy_rule", "iap_tunnel_instance_iam_member",
		"kms_crypto_key", "kms_crypto_key_iam_member", "kms_key_ring", "kms_key_ring_iam_member", "kms_key_ring_import_job", "logging_metric", "logging_project_sink", "monitoring_alert_policy", "project_iam_audit_config",
		"project_iam_custom_role", "project_iam_member", "project_service", "pubsub_schema", "pubsub_subscription", "pubsub_subscription_iam_member", "pubsub_topic", "pubsub_topic_iam_member", "redis_instance",
		"secret_manager_secret", "secret_manager_secret_iam_member", "secret_manager_secret_version", "service_account", "service_account_iam_member", "service_networking_connection",
		"service_networking_vpc_service_controls", "sql_database", "sql_database_instance", "sql_user", "storage_bucket", "storage_bucket_iam_member",
	},
}

deny contains sprintf("rego: %s: is of a kind that no rule judges", [named(r)]) if {
	some r in managed
	r.type != "terraform_data"
	parts := split(r.type, "_")
	not concat("_", array.slice(parts, 1, count(parts))) in object.get(kinds, parts[0], set())
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
