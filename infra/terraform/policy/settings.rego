# What a setting has to be wherever it is made, on every cloud; and what more than one place has to agree on. A type that is not
# here has nothing that is always so. Each rule adds a sentence to `deny`.
package terraform.settings

import rego.v1

managed := [r | some r in input.resources; r.mode == "resource"]

named(r) := concat("", [r.address, key]) if {
	key := {true: "", false: sprintf("[%q]", [r.key])}[r.key == ""]
}

deny contains sprintf("rego: %s: %s is %v, not %v", [named(r), concat(".", [sprintf("%v", [p]) | some p in path]), found, wanted]) if {
	some r in managed
	some path, wanted in always[r.type]
	found := object.get(r.values, path, null)
	found != wanted
	not optional(r, path)
}

# A block that a module makes only where it is wanted.
optional(r, path) if {
	some block in {"private_dns_zone_group", "identity", "sas_policy", "redis_configuration"}
	path[0] == block
	count(object.get(r.values, block, [])) == 0
}

# What is so where nothing is said.
optional(r, path) if {
	r.type == "aws_kms_key"
	path[0] != "enable_key_rotation"
	object.get(r.values, path, null) == null
}

always := {
	# Amazon
	"aws_vpc": {["enable_dns_hostnames"]: true, ["enable_dns_support"]: true},
	"aws_subnet": {["assign_ipv6_address_on_creation"]: false, ["map_public_ip_on_launch"]: false},
	"aws_flow_log": {["traffic_type"]: "ALL"},
	"aws_vpc_security_group_ingress_rule": {["ip_protocol"]: "tcp"},
	"aws_vpc_security_group_egress_rule": {["ip_protocol"]: "tcp"},
	"aws_kms_key": {["bypass_policy_lockout_safety_check"]: false, ["deletion_window_in_days"]: 30, ["enable_key_rotation"]: true, ["customer_master_key_spec"]: "SYMMETRIC_DEFAULT", ["key_usage"]: "ENCRYPT_DECRYPT"},
	"aws_db_instance": {
		["ca_cert_identifier"]: "rds-ca-rsa2048-g1",
		["auto_minor_version_upgrade"]: true, ["copy_tags_to_snapshot"]: true, ["delete_automated_backups"]: false, ["deletion_protection"]: true,
		["enabled_cloudwatch_logs_exports"]: ["postgresql", "upgrade"], ["iam_database_authentication_enabled"]: true, ["manage_master_user_password"]: true,
		["publicly_accessible"]: false, ["skip_final_snapshot"]: false, ["storage_encrypted"]: true,
	},
	"aws_elasticache_replication_group": {
		["at_rest_encryption_enabled"]: true, ["auth_token_update_strategy"]: "ROTATE", ["auto_minor_version_upgrade"]: true, ["automatic_failover_enabled"]: true,
		["multi_az_enabled"]: true, ["transit_encryption_enabled"]: true, ["transit_encryption_mode"]: "required",
	},
	"aws_s3_bucket": {["force_destroy"]: false},
	"aws_s3_bucket_ownership_controls": {["rule", 0, "object_ownership"]: "BucketOwnerEnforced"},
	"aws_s3_bucket_versioning": {["versioning_configuration", 0, "status"]: "Enabled"},
	"aws_kinesis_stream": {["encryption_type"]: "KMS", ["enforce_consumer_deletion"]: false},
	"aws_cloudtrail": {["enable_log_file_validation"]: true, ["enable_logging"]: true, ["include_global_service_events"]: true, ["is_multi_region_trail"]: true},
	# Azure
	"azurerm_key_vault": {["network_acls", 0, "default_action"]: "Deny", ["purge_protection_enabled"]: true, ["rbac_authorization_enabled"]: true},
	"azurerm_key_vault_managed_hardware_security_module": {["network_acls", 0, "bypass"]: "None", ["network_acls", 0, "default_action"]: "Deny", ["purge_protection_enabled"]: true},
	"azurerm_private_dns_zone_virtual_network_link": {["registration_enabled"]: false},
	"azurerm_private_endpoint": {["private_service_connection", 0, "is_manual_connection"]: false},
	"azurerm_federated_identity_credential": {["audience"]: ["api://AzureADTokenExchange"]},
	"azurerm_log_analytics_workspace": {["internet_ingestion_access_type"]: "Disabled", ["internet_query_access_type"]: "Disabled", ["local_authentication_enabled"]: false},
	"azurerm_monitor_private_link_scope": {["ingestion_access_mode"]: "PrivateOnly", ["query_access_mode"]: "PrivateOnly"},
	"azurerm_route_table": {["bgp_route_propagation_enabled"]: false},
	"azurerm_subnet": {["default_outbound_access_enabled"]: false, ["private_endpoint_network_policies"]: "Enabled"},
	"azurerm_virtual_network_peering": {["allow_forwarded_traffic"]: false, ["allow_gateway_transit"]: false, ["use_remote_gateways"]: false},
	"azurerm_managed_redis": {["default_database", 0, "client_protocol"]: "Encrypted", ["default_database", 0, "eviction_policy"]: "NoEviction", ["public_network_access"]: "Disabled"},
	"azurerm_redis_cache": {["minimum_tls_version"]: "1.2", ["non_ssl_port_enabled"]: false, ["redis_configuration", 0, "authentication_enabled"]: true, ["redis_configuration", 0, "maxmemory_policy"]: "noeviction"},
	"azurerm_postgresql_flexible_server": {["authentication", 0, "active_directory_auth_enabled"]: true, ["authentication", 0, "password_auth_enabled"]: false, ["auto_grow_enabled"]: true},
	"azurerm_postgresql_flexible_server_active_directory_administrator": {["principal_type"]: "Group"},
	"azurerm_storage_account": {
		["allow_nested_items_to_be_public"]: false, ["allowed_copy_scope"]: "PrivateLink", ["blob_properties", 0, "delete_retention_policy", 0, "permanent_delete_enabled"]: false,
		["cross_tenant_replication_enabled"]: false, ["default_to_oauth_authentication"]: true, ["https_traffic_only_enabled"]: true, ["infrastructure_encryption_enabled"]: true,
		["local_user_enabled"]: false, ["min_tls_version"]: "TLS1_2", ["network_rules", 0, "bypass"]: ["None"], ["network_rules", 0, "default_action"]: "Deny",
		["sas_policy", 0, "expiration_action"]: "Block", ["sftp_enabled"]: false, ["shared_access_key_enabled"]: false,
		["queue_encryption_key_type"]: "Account", ["table_encryption_key_type"]: "Account",
	},
	"azurerm_storage_container": {["container_access_type"]: "private"},
	"azurerm_eventhub": {["retention_description", 0, "cleanup_policy"]: "Delete"},
	"azurerm_eventhub_namespace": {
		["local_authentication_enabled"]: false, ["minimum_tls_version"]: "1.2", ["network_rulesets", 0, "default_action"]: "Deny",
		["network_rulesets", 0, "ip_rule"]: [], ["network_rulesets", 0, "virtual_network_rule"]: [], ["network_rulesets", 0, "trusted_service_access_enabled"]: false,
	},
	"azurerm_eventhub_namespace_customer_managed_key": {["infrastructure_encryption_enabled"]: true},
	# Google
	"google_dns_managed_zone": {["visibility"]: "private"},
	"google_dns_policy": {["enable_inbound_forwarding"]: false, ["enable_logging"]: true},
	"google_dns_response_policy_rule": {["local_data", 0, "local_datas", 0, "type"]: "A"},
	"google_logging_project_sink": {["unique_writer_identity"]: true},
	"google_project_service": {["disable_on_destroy"]: false},
	"google_compute_network": {["auto_create_subnetworks"]: false, ["delete_default_routes_on_create"]: true},
	"google_compute_subnetwork": {["private_ip_google_access"]: true, ["private_ipv6_google_access"]: "DISABLE_GOOGLE_ACCESS", ["stack_type"]: "IPV4_ONLY"},
	"google_service_networking_vpc_service_controls": {["enabled"]: true},
	"google_access_context_manager_service_perimeter": {["perimeter_type"]: "PERIMETER_TYPE_REGULAR"},
	"google_compute_address": {["address_type"]: "INTERNAL"},
	"google_compute_forwarding_rule": {["allow_psc_global_access"]: false},
	"google_redis_instance": {["auth_enabled"]: true, ["connect_mode"]: "PRIVATE_SERVICE_ACCESS", ["transit_encryption_mode"]: "SERVER_AUTHENTICATION"},
	"google_sql_database_instance": {
		["settings", 0, "backup_configuration", 0, "enabled"]: true, ["settings", 0, "backup_configuration", 0, "point_in_time_recovery_enabled"]: true,
		["settings", 0, "disk_autoresize"]: true, ["settings", 0, "ip_configuration", 0, "ipv4_enabled"]: false, ["settings", 0, "ip_configuration", 0, "psc_config", 0, "psc_enabled"]: true,
		["settings", 0, "ip_configuration", 0, "server_ca_mode"]: "GOOGLE_MANAGED_CAS_CA", ["settings", 0, "ip_configuration", 0, "ssl_mode"]: "ENCRYPTED_ONLY",
	},
	"google_storage_bucket": {["force_destroy"]: false, ["public_access_prevention"]: "enforced", ["uniform_bucket_level_access"]: true},
	"google_pubsub_subscription": {["expiration_policy", 0, "ttl"]: ""},
	"google_pubsub_topic": {["message_storage_policy", 0, "enforce_in_transit"]: true},
	"google_bigquery_dataset": {["delete_contents_on_destroy"]: false, ["max_time_travel_hours"]: "168"},
	"google_data_catalog_taxonomy": {["activated_policy_types"]: ["FINE_GRAINED_ACCESS_CONTROL"]},
}

# Lists of named values: of each, what it is.
parameters := {
	"aws_db_parameter_group": {"at": ["parameter"], "wanted": {"rds.force_ssl": "1", "ssl_min_protocol_version": "TLSv1.2", "log_connections": "1", "log_disconnections": "1", "log_statement": "ddl", "log_min_duration_statement": "1000"}},
	"google_sql_database_instance": {"at": ["settings", 0, "database_flags"], "wanted": {"log_min_duration_statement": "-1", "log_statement": "ddl", "pgaudit.log": "role,ddl", "log_min_error_statement": "error"}},
	"aws_elasticache_parameter_group": {"at": ["parameter"], "wanted": {"maxmemory-policy": "noeviction"}},
}

deny contains sprintf("rego: %s: %s is not %s", [named(r), name, value]) if {
	some r in managed
	list := parameters[r.type]
	some name, value in list.wanted
	found := {one.value | some one in object.get(r.values, list.at, []); one.name == name}
	found != {value}
}

# The same where each is a resource.
deny contains sprintf("rego: %s is not %s", [name, value]) if {
	some server in managed
	server.type == "azurerm_postgresql_flexible_server"
	some name, value in {"log_connections": "on", "log_disconnections": "on", "connection_throttle.enable": "on", "require_secure_transport": "ON"}
	{value} != {one.values.value | some one in managed; one.type == "azurerm_postgresql_flexible_server_configuration"; one.values.name == name}
}

# What is written once, cannot be rewritten for a year.
deny contains sprintf("rego: %s: what it holds may be deleted before a year is over", [named(r)]) if {
	some r in managed
	r.type == "aws_s3_bucket_object_lock_configuration"
	object.get(r.values, ["rule", 0, "default_retention", 0, "days"], 0) < 365
}

# A password that a machine makes is long.
deny contains sprintf("rego: %s: a password of fewer than 32 characters", [one.address]) if {
	some one in input.resources
	one.mode == "data"
	one.type == "aws_secretsmanager_random_password"
	object.get(one.values, "password_length", 0) < 32
}

# Names of the cloud's own services lead to addresses of ours, and to no others.
deny contains sprintf("rego: %s: leads to %s, which is not private", [named(r), address]) if {
	some r in managed
	r.type in {"google_dns_record_set", "google_dns_response_policy_rule"}
	some address in array.concat(object.get(r.values, "rrdatas", []), object.get(r.values, ["local_data", 0, "local_datas", 0, "rrdatas"], []))
	regex.match(`^[0-9.]+$`, address)
	not private(address)
}

private(address) if {
	some range in ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "199.36.153.4/30"]
	net.cidr_contains(range, address)
}

# What is kept elsewhere is not under our rules: copies, backups, logs stay where the rest is.
deny contains sprintf("rego: %s: its backups are in %s", [named(r), place]) if {
	some r in managed
	r.type == "google_sql_database_instance"
	place := object.get(r.values, ["settings", 0, "backup_configuration", 0, "location"], "anywhere")
	place != r.values.region
}

deny contains sprintf("rego: %s: other projects reach it", [named(r)]) if {
	some r in managed
	r.type == "google_sql_database_instance"
	some project in object.get(r.values, ["settings", 0, "ip_configuration", 0, "psc_config", 0, "allowed_consumer_projects"], [])
	project != r.values.project
}

deny contains sprintf("rego: %s: its logs go where none of ours are kept", [named(r)]) if {
	some r in managed
	r.type == "google_logging_project_sink"
	not ours(r.values.destination)
}

ours(destination) if {
	some bucket in managed
	bucket.type == "google_storage_bucket"
	destination in {sprintf("storage.googleapis.com/%s", [bucket.values.name]), sprintf("storage.googleapis.com/%s.name", [bucket.address])}
}

deny contains sprintf("rego: %s: does not keep %s", [named(r), what]) if {
	some r in managed
	r.type == "google_logging_project_sink"
	some what in ["SetIamPolicy", "iam.googleapis.com", "cloudkms.googleapis.com", "storage.googleapis.com", "pubsub.googleapis.com", "secretmanager.googleapis.com", "bigquery.googleapis.com"]
	not contains(r.values.filter, what)
}

# Who delivers logs adds to them, and does nothing else.
deny contains sprintf("rego: %s: %s is granted %s", [named(r), r.values.member, r.values.role]) if {
	some r in managed
	r.type == "google_storage_bucket_iam_member"
	r.values.role != "roles/storage.objectCreator"
	not startswith(r.values.role, "projects/")
	not contains(r.values.role, "google_project_iam_custom_role")
}

# What is told of what: every category that says who did something.
logged := {
	"azurerm_eventhub_namespace": {"OperationalLogs", "EventHubVNetConnectionEvent", "RuntimeAuditLogs", "CustomerManagedKeyUserLogs"},
	"azurerm_key_vault": {"AuditEvent"},
	"azurerm_postgresql_flexible_server": {"PostgreSQLLogs"},
	"azurerm_managed_redis": {"ConnectionEvents"},
	"azurerm_redis_cache": {"ConnectedClientList"},
	"azurerm_container_registry": {"ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"},
	"azurerm_network_security_group": {"NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"},
}

deny contains sprintf("rego: %s: %s is not logged", [named(r), category]) if {
	some r in managed
	r.type == "azurerm_monitor_diagnostic_setting"
	some type, categories in logged
	startswith(r.values.target_resource_id, concat("", [type, "."]))
	some category in categories - {one.category | some one in r.values.enabled_log}
	not standard(type, category)
}

# A namespace of the Standard tier has neither.
standard("azurerm_eventhub_namespace", category) if {
	category in {"RuntimeAuditLogs", "CustomerManagedKeyUserLogs"}
	some r in managed
	r.type == "azurerm_eventhub_namespace"
	r.values.sku != "Premium"
}
