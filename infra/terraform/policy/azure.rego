# What the module for Azure has to keep to, over the values that Terraform works out. Each rule adds a sentence to `problem`.
package terraform.azure

import rego.v1

deny contains sprintf("rego: %s", [one]) if some one in problem

resources(type) := [r | some r in input.resources; r.mode == "resource"; r.type == type]

# Which one of those that one block makes.
which(r) := "" if r.key == ""

which(r) := sprintf("[%s]", [r.key]) if regex.match(`^[0-9]+$`, r.key)

which(r) := sprintf("[%q]", [r.key]) if regex.match(`[^0-9]`, r.key)

named(r) := concat("", [r.address, which(r)])

# How other resources refer to it: by its address within its module.
path(r) := regex.replace(named(r), `^(module\.[^.]+\.)+`, "")

id(r) := sprintf("%s.id", [path(r)])

# Of a list of rules `{argument: value}`, those that the resource does not keep to.
unlike(r, wanted) := {argument | some argument, value in wanted; object.get(r.values, argument, null) != value}

# The only block of that name; an empty one where there is none.
block(values, name) := values[name][0] if is_object(values[name][0])

else := {}

## Nothing answers to the internet

never := {
	"azurerm_public_ip": "has a public address",
	"azurerm_public_ip_prefix": "has public addresses",
	"azurerm_nat_gateway": "gives a way out past the firewall",
	"azurerm_bastion_host": "is a way in from the internet",
	"azurerm_postgresql_flexible_server_firewall_rule": "lets public addresses through",
	"azurerm_redis_firewall_rule": "lets public addresses through",
	"azurerm_eventhub_namespace_authorization_rule": "is a shared key, which is nobody's",
	"azurerm_eventhub_authorization_rule": "is a shared key, which is nobody's",
	"azurerm_key_vault_access_policy": "passes by roles",
	"azurerm_storage_account_static_website": "publishes the account",
}

problem contains sprintf("%s: %s", [named(r), never[r.type]]) if {
	some r in input.resources
	r.mode == "resource"
	never[r.type]
}

private := {
	"azurerm_storage_account",
	"azurerm_eventhub_namespace",
	"azurerm_postgresql_flexible_server",
	"azurerm_redis_cache",
	"azurerm_key_vault_managed_hardware_security_module",
}

problem contains sprintf("%s: public_network_access_enabled is not false", [named(r)]) if {
	some type in private
	some r in resources(type)
	object.get(r.values, "public_network_access_enabled", true) != false
}

problem contains sprintf("%s: public_network_access is not Disabled", [named(r)]) if {
	some r in resources("azurerm_managed_redis")
	r.values.public_network_access != "Disabled"
}

problem contains sprintf("%s: answers to the internet without a list of addresses", [named(r)]) if {
	some r in resources("azurerm_key_vault")
	object.get(r.values, "public_network_access_enabled", true) != false
	count(object.get(block(r.values, "network_acls"), "ip_rules", [])) == 0
}

denying := {
	"azurerm_key_vault": "network_acls",
	"azurerm_key_vault_managed_hardware_security_module": "network_acls",
	"azurerm_storage_account": "network_rules",
	"azurerm_eventhub_namespace": "network_rulesets",
}

problem contains sprintf("%s: %s does not deny by default", [named(r), rules]) if {
	some type, rules in denying
	some r in resources(type)
	object.get(block(r.values, rules), "default_action", "Allow") != "Deny"
}

# What needs a private endpoint, and for which of its parts.
parts := {
	"azurerm_storage_account": {"blob", "dfs"},
	"azurerm_eventhub_namespace": {"namespace"},
	"azurerm_key_vault": {"vault"},
	"azurerm_key_vault_managed_hardware_security_module": {"managedhsm"},
	"azurerm_postgresql_flexible_server": {"postgresqlServer"},
	"azurerm_managed_redis": {"redisEnterprise"},
	"azurerm_redis_cache": {"redisCache"},
	"azurerm_monitor_private_link_scope": {"azuremonitor"},
}

problem contains sprintf("%s: no private endpoint for %s", [named(r), part]) if {
	some type, wanted in parts
	some r in resources(type)
	some part in wanted
	not has_endpoint(r, part)
}

has_endpoint(r, part) if {
	some endpoint in resources("azurerm_private_endpoint")
	connection := block(endpoint.values, "private_service_connection")
	connection.private_connection_resource_id == id(r)
	part in connection.subresource_names
	count(block(endpoint.values, "private_dns_zone_group").private_dns_zone_ids) > 0
}

## Networks

problem contains sprintf("%s: has a way out by default", [named(r)]) if {
	some r in resources("azurerm_subnet")
	object.get(r.values, "default_outbound_access_enabled", true) != false
}

problem contains sprintf("%s: its rules do not hold for private endpoints", [named(r)]) if {
	some r in resources("azurerm_subnet")
	object.get(r.values, "private_endpoint_network_policies", "Disabled") != "Enabled"
}

problem contains sprintf("%s: has no network security group", [named(r)]) if {
	some r in resources("azurerm_subnet")
	not id(r) in {a.values.subnet_id | some a in resources("azurerm_subnet_network_security_group_association")}
}

anywhere := {"*", "0.0.0.0/0", "::/0", "Internet", "AzureCloud", "Any"}

ends(r, side) := {object.get(r.values, sprintf("%s_address_prefix", [side]), null)} | {p | some p in listed(r, sprintf("%s_address_prefixes", [side]))}

listed(r, argument) := value if {
	value := object.get(r.values, argument, [])
	is_array(value)
} else := []

problem contains sprintf("%s: lets anybody in", [named(r)]) if {
	some r in resources("azurerm_network_security_rule")
	r.values.access == "Allow"
	r.values.direction == "Inbound"
	count(ends(r, "source") & anywhere) > 0
}

problem contains sprintf("%s: lets data out to anywhere", [named(r)]) if {
	some r in resources("azurerm_network_security_rule")
	r.values.access == "Allow"
	r.values.direction == "Outbound"
	count(ends(r, "destination") & anywhere) > 0
}

problem contains sprintf("%s: %s traffic that no rule names is not denied", [named(r), direction]) if {
	some r in resources("azurerm_network_security_group")
	some direction in {"Inbound", "Outbound"}
	not denies_rest(r, direction)
}

denies_rest(r, direction) if {
	some rule in resources("azurerm_network_security_rule")
	rule.values.network_security_group_name in {r.values.name, sprintf("%s.name", [path(r)])}
	rule.values.direction == direction
	rule.values.access == "Deny"
	rule.values.protocol == "*"
	"*" in ends(rule, "source")
	"*" in ends(rule, "destination")
	object.get(rule.values, "destination_port_range", null) == "*"
}

problem contains sprintf("%s: leads straight to the internet", [named(r)]) if {
	some r in resources("azurerm_route_table")
	some route in r.values.route
	route.next_hop_type == "Internet"
}

## TLS, and who signs in how

required := {
	"azurerm_route_table": {"bgp_route_propagation_enabled": false},
	"azurerm_virtual_network_peering": {"allow_forwarded_traffic": false, "allow_gateway_transit": false, "use_remote_gateways": false},
	"azurerm_eventhub_namespace": {
		"minimum_tls_version": "1.2",
		"local_authentication_enabled": false,
	},
	"azurerm_storage_account": {
		"min_tls_version": "TLS1_2",
		"https_traffic_only_enabled": true,
		"shared_access_key_enabled": false,
		"local_user_enabled": false,
		"sftp_enabled": false,
		"allow_nested_items_to_be_public": false,
		"cross_tenant_replication_enabled": false,
		"default_to_oauth_authentication": true,
		"infrastructure_encryption_enabled": true,
		"allowed_copy_scope": "PrivateLink",
	},
	"azurerm_storage_container": {"container_access_type": "private"},
	"azurerm_redis_cache": {"minimum_tls_version": "1.2", "non_ssl_port_enabled": false},
	"azurerm_key_vault": {"rbac_authorization_enabled": true, "purge_protection_enabled": true},
	"azurerm_key_vault_managed_hardware_security_module": {"purge_protection_enabled": true},
	"azurerm_log_analytics_workspace": {
		"local_authentication_enabled": false,
		"internet_ingestion_access_type": "Disabled",
		"internet_query_access_type": "Disabled",
	},
	"azurerm_monitor_private_link_scope": {"ingestion_access_mode": "PrivateOnly", "query_access_mode": "PrivateOnly"},
}

problem contains sprintf("%s: %s is not %v", [named(r), argument, wanted[argument]]) if {
	some type, wanted in required
	some r in resources(type)
	some argument in unlike(r, wanted)
}

# Keys of the account are off; should somebody switch them on, what is signed with one ends within a day.
problem contains sprintf("%s: what is signed for somebody lasts longer than a day", [named(r)]) if {
	some r in resources("azurerm_storage_account")
	not signs_for_a_day(block(r.values, "sas_policy"))
}

signs_for_a_day(policy) if {
	policy.expiration_action == "Block"
	regex.match(`^(00\.[0-9:]+|01\.00:00:00)$`, policy.expiration_period)
}

problem contains sprintf("%s: takes connections without TLS", [named(r)]) if {
	some r in resources("azurerm_managed_redis")
	block(r.values, "default_database").client_protocol != "Encrypted"
}

problem contains sprintf("%s: %s is not %s", [named(server), name, value]) if {
	some server in resources("azurerm_postgresql_flexible_server")
	some name, value in {"require_secure_transport": "ON", "ssl_min_protocol_version": "TLSv1.2"}
	not value in {c.values.value |
		some c in resources("azurerm_postgresql_flexible_server_configuration")
		c.values.name == name
		c.values.server_id == id(server)
	}
}

problem contains sprintf("%s: people cannot sign in through Entra", [named(r)]) if {
	some r in resources("azurerm_postgresql_flexible_server")
	object.get(block(r.values, "authentication"), "active_directory_auth_enabled", false) != true
}

problem contains sprintf("%s: takes passwords", [named(r)]) if {
	some r in resources("azurerm_postgresql_flexible_server")
	object.get(block(r.values, "authentication"), "password_auth_enabled", true) != false
}

## A queue that drops jobs is none

problem contains sprintf("%s: evicts what it holds", [named(r)]) if {
	some r in resources("azurerm_managed_redis")
	block(r.values, "default_database").eviction_policy != "NoEviction"
}

problem contains sprintf("%s: evicts what it holds", [named(r)]) if {
	some r in resources("azurerm_redis_cache")
	block(r.values, "redis_configuration").maxmemory_policy != "noeviction"
}

## Keys

# What is encrypted at rest under a key of ours, and where that is said.
own_key(r) if object.get(block(r.values, "customer_managed_key"), "key_vault_key_id", null) != null

problem contains sprintf("%s: is not encrypted under a key of yours", [named(r)]) if {
	some type in {"azurerm_storage_account", "azurerm_postgresql_flexible_server", "azurerm_managed_redis"}
	some r in resources(type)
	not own_key(r)
}

problem contains sprintf("%s: is not encrypted under a key of yours", [named(r)]) if {
	some r in resources("azurerm_eventhub_namespace")
	r.values.sku == "Premium"
	not id(r) in {k.values.eventhub_namespace_id | some k in resources("azurerm_eventhub_namespace_customer_managed_key")}
}

key_types := {"azurerm_key_vault_key", "azurerm_key_vault_managed_hardware_security_module_key"}

problem contains sprintf("%s: is shorter than 3072 bits", [named(r)]) if {
	some type in key_types
	some r in resources(type)
	object.get(r.values, "key_size", 0) < 3072
}

problem contains sprintf("%s: can do more than wrap, unwrap, sign and verify", [named(r)]) if {
	some type in key_types
	some r in resources(type)
	count({o | some o in r.values.key_opts} - {"wrapKey", "unwrapKey", "sign", "verify"}) > 0
}

problem contains sprintf("%s: does not rotate by itself", [named(r)]) if {
	some r in resources("azurerm_key_vault_key")
	automatic := block(block(r.values, "rotation_policy"), "automatic")
	not rotates(object.get(automatic, "time_after_creation", ""))
}

problem contains sprintf("%s: does not rotate by itself", [named(r)]) if {
	some r in resources("azurerm_key_vault_managed_hardware_security_module_key")
	not id(r) in {p.values.managed_hsm_key_id |
		some p in resources("azurerm_key_vault_managed_hardware_security_module_key_rotation_policy")
		rotates(p.values.time_after_creation)
	}
}

rotates(period) if {
	days := to_number(regex.find_all_string_submatch_n(`^P([0-9]+)D$`, period, 1)[0][1])
	days <= 365
}

problem contains sprintf("%s: deleted keys are gone in less than 30 days", [named(r)]) if {
	some type in {"azurerm_key_vault", "azurerm_key_vault_managed_hardware_security_module"}
	some r in resources(type)
	object.get(r.values, "soft_delete_retention_days", 0) < 30
}

## Who may do what

role_types := {
	"azurerm_role_definition": "permissions",
	"azurerm_key_vault_managed_hardware_security_module_role_definition": "permission",
}

granted(r) := {action |
	some permission in r.values[role_types[r.type]]
	some kind in {"actions", "data_actions"}
	some action in object.get(permission, kind, [])
}

problem contains sprintf("%s: grants by wildcard: %s", [named(r), action]) if {
	some type, _ in role_types
	some r in resources(type)
	some action in granted(r)
	contains(action, "*")
}

problem contains sprintf("%s: who creates keys could use them", [named(r)]) if {
	some type, _ in role_types
	some r in resources(type)
	some create in granted(r)
	regex.match(`keys/create`, create)
	some use in granted(r)
	regex.match(`keys/(wrap|unwrap|sign|encrypt|decrypt|export|backup|purge)`, use)
}

problem contains sprintf("%s: grants roles to others", [named(r)]) if {
	some r in resources("azurerm_role_definition")
	some action in granted(r)
	startswith(lower(action), "microsoft.authorization/")
}

# Built in, and as narrow as can be on the one resource that they are assigned on.
built_in := {"Key Vault Crypto Service Encryption User", "Azure Event Hubs Data Sender"}

problem contains sprintf("%s: %s grants more than is needed", [named(r), r.values.role_definition_name]) if {
	some r in resources("azurerm_role_assignment")
	name := object.get(r.values, "role_definition_name", null)
	name != null
	not name in built_in
}

problem contains sprintf("%s: holds for more than one resource", [named(r)]) if {
	some r in resources("azurerm_role_assignment")
	regex.match(`^(/|azurerm_resource_group\.|azurerm_storage_account\.|azurerm_eventhub_namespace\.|data\.azurerm_subscription)`, r.values.scope)
}

problem contains sprintf("%s: holds for every path", [named(r)]) if {
	some r in resources("azurerm_role_assignment")
	r.values.scope == "azurerm_storage_container.store.id"
	not tied_to_paths(r)
}

tied_to_paths(r) if {
	r.values.condition_version == "2.0"
	contains(r.values.condition, "blobs:path] ForAnyOfAnyValues:StringLike")
}

problem contains sprintf("%s: trusts more than one service account of one cluster", [named(r)]) if {
	some r in resources("azurerm_federated_identity_credential")
	not regex.match(`^system:serviceaccount:[a-z0-9-]+:credence-[a-z]+$`, r.values.subject)
}

problem contains sprintf("%s: takes tokens that are meant for others", [named(r)]) if {
	some r in resources("azurerm_federated_identity_credential")
	r.values.audience != ["api://AzureADTokenExchange"]
}

## What is lost is lost

kept := {
	"azurerm_storage_account",
	"azurerm_storage_container",
	"azurerm_eventhub_namespace",
	"azurerm_eventhub",
	"azurerm_key_vault",
	"azurerm_key_vault_key",
	"azurerm_key_vault_managed_hardware_security_module",
	"azurerm_key_vault_managed_hardware_security_module_key",
	"azurerm_postgresql_flexible_server",
	"azurerm_postgresql_flexible_server_database",
}

problem contains sprintf("%s: a change of plan could destroy it", [named(r)]) if {
	some type in kept
	some r in resources(type)
	r.values.name != "checkpoints"
	object.get(block(r.values, "lifecycle"), "prevent_destroy", false) != true
}

kept_kinds := {
	"azurerm_storage_account": "Microsoft.Storage/storageAccounts",
	"azurerm_eventhub_namespace": "Microsoft.EventHub/namespaces",
	"azurerm_key_vault": "Microsoft.KeyVault/vaults",
	"azurerm_postgresql_flexible_server": "Microsoft.DBforPostgreSQL/flexibleServers",
}

problem contains sprintf("%s: can be deleted", [named(r)]) if {
	some type, kind in kept_kinds
	some r in resources(type)
	not is_kept(kind)
}

is_kept(kind) if {
	some assignment in resources("azurerm_resource_group_policy_assignment")
	object.get(assignment.values, "enforce", true) == true
	count(object.get(assignment.values, "not_scopes", [])) == 0
	some definition in resources("azurerm_policy_definition")
	id(definition) == assignment.values.policy_definition_id
	rule := json.unmarshal(definition.values.policy_rule)
	rule.if.field == "type"
	kind in rule.if["in"]
	rule.then == {"effect": "denyAction", "details": {"actionNames": ["delete"], "cascadeBehaviors": {"resourceGroup": "deny"}}}
}

problem contains sprintf("%s: forbids to take away a role on what it locks, so that nobody can be revoked", [named(r)]) if {
	some r in resources("azurerm_management_lock")
}

problem contains sprintf("%s: what is deleted is gone in less than 7 days", [named(r)]) if {
	some r in resources("azurerm_storage_account")
	some policy in {"delete_retention_policy", "container_delete_retention_policy"}
	object.get(block(block(r.values, "blob_properties"), policy), "days", 0) < 7
}

problem contains sprintf("%s: a flat account keeps no versions", [named(r)]) if {
	some r in resources("azurerm_storage_account")
	r.values.is_hns_enabled == false
	properties := block(r.values, "blob_properties")
	some argument in {"versioning_enabled", "change_feed_enabled"}
	object.get(properties, argument, false) != true
}

problem contains sprintf("%s: holds everything, so that staging could not be discarded", [named(r)]) if {
	some r in resources("azurerm_storage_account")
	some policy in object.get(r.values, "immutability_policy", [])
	policy.state != "Disabled"
}

problem contains sprintf("%s: backups are kept for less than 7 days", [named(r)]) if {
	some r in resources("azurerm_postgresql_flexible_server")
	object.get(r.values, "backup_retention_days", 0) < 7
}

## What happened can be traced, and is told

logged := {
	"azurerm_storage_account": {"StorageRead", "StorageWrite", "StorageDelete"},
	"azurerm_key_vault": {"AuditEvent"},
	"azurerm_key_vault_managed_hardware_security_module": {"AuditEvent"},
	"azurerm_eventhub_namespace": {"OperationalLogs"},
	"azurerm_postgresql_flexible_server": {"PostgreSQLLogs"},
}

problem contains sprintf("%s: %s is not logged", [named(r), category]) if {
	some type, categories in logged
	some r in resources(type)
	some category in categories
	not logs(r, category)
}

logs(r, category) if {
	some setting in resources("azurerm_monitor_diagnostic_setting")
	startswith(setting.values.target_resource_id, id(r))
	some log in setting.values.enabled_log
	log.category == category
}

problem contains sprintf("%s: logs are gone in less than 90 days", [named(r)]) if {
	some r in resources("azurerm_log_analytics_workspace")
	r.values.retention_in_days < 90
}

# What somebody has to be told of, by what its query looks for.
told := {
	"denied uses of keys": `AZKVAuditLogs.*HttpStatusCode == 403`,
	"unusual unwraps": `KeyUnwrap.*summarize`,
	"uses of keys by strangers": `KeyUnwrap.*Identity\.claim\.oid.*!in~.*AppliedAssignmentId.*!in`,
	"changes of keys": `KeyDelete.*KeyPurge`,
	"denied requests to the store": `StorageBlobLogs.*toint\(StatusCode\) == 403`,
	"reading that falls behind": `IncomingMessages.*OutgoingMessages`,
}

problem contains sprintf("nobody is told of %s", [what]) if {
	count(resources("azurerm_key_vault")) > 0
	some what, pattern in told
	not alerts(pattern)
}

alerts(pattern) if {
	some alert in resources("azurerm_monitor_scheduled_query_rules_alert_v2")
	object.get(alert.values, "enabled", true) == true
	count(block(alert.values, "action").action_groups) > 0
	regex.match(pattern, block(alert.values, "criteria").query)
}

problem contains "nobody is told of throttled hubs" if {
	count(resources("azurerm_eventhub_namespace")) > 0
	not "ThrottledRequests" in {c.metric_name |
		some alert in resources("azurerm_monitor_metric_alert")
		some c in alert.values.criteria
	}
}

## Tags

untagged := {
	"azurerm_consumption_budget_resource_group",
	"azurerm_eventhub",
	"azurerm_eventhub_consumer_group",
	"azurerm_eventhub_namespace_customer_managed_key",
	"azurerm_federated_identity_credential",
	"azurerm_key_vault_managed_hardware_security_module_key_rotation_policy",
	"azurerm_key_vault_managed_hardware_security_module_role_assignment",
	"azurerm_key_vault_managed_hardware_security_module_role_definition",
	"azurerm_management_lock",
	"azurerm_policy_definition",
	"azurerm_resource_group_policy_assignment",
	"azurerm_monitor_diagnostic_setting",
	"azurerm_monitor_private_link_scoped_service",
	"azurerm_network_security_rule",
	"azurerm_postgresql_flexible_server_active_directory_administrator",
	"azurerm_postgresql_flexible_server_configuration",
	"azurerm_postgresql_flexible_server_database",
	"azurerm_role_assignment",
	"azurerm_role_definition",
	"azurerm_storage_container",
	"azurerm_storage_management_policy",
	"azurerm_subnet",
	"azurerm_subnet_network_security_group_association",
	"azurerm_subnet_route_table_association",
	"azurerm_virtual_network_peering",
}

problem contains sprintf("%s: is not tagged", [named(r)]) if {
	some r in input.resources
	r.mode == "resource"
	startswith(r.type, "azurerm_")
	not r.type in untagged
	object.get(object.get(r.values, "tags", {}), "application", "") != "credence"
}

# Where hardware keeps keys, it keeps all of them.
problem contains sprintf("%s: is kept by software", [named(r)]) if {
	some vault in resources("azurerm_key_vault")
	vault.values.sku_name == "premium"
	some r in resources("azurerm_key_vault_key")
	not endswith(r.values.key_type, "-HSM")
}

problem contains sprintf("%s: keeps events for less than a day", [named(r)]) if {
	some r in resources("azurerm_eventhub")
	block(r.values, "retention_description").retention_time_in_hours < 24
}
