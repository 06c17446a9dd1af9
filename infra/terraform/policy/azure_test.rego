# Each rule on its own: a resource that breaks one thing, and the sentence that says so.
package terraform.azure_test

import data.terraform.azure
import rego.v1

resource(type, values) := {
	"address": sprintf("%s.this", [type]),
	"mode": "resource",
	"type": type,
	"name": "this",
	"key": "",
	"values": values,
}

denied(resources, text) if {
	some line in azure.deny with input as {"resources": resources}
	contains(line, text)
}

tags := {"application": "credence"}

store := {
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
	"public_network_access_enabled": false,
	"is_hns_enabled": true,
	"network_rules": [{"default_action": "Deny"}],
	"customer_managed_key": [{"key_vault_key_id": "key"}],
	"blob_properties": [{"delete_retention_policy": [{"days": 14}], "container_delete_retention_policy": [{"days": 14}]}],
	"lifecycle": [{"prevent_destroy": true}],
	"name": "store",
	"sas_policy": [{"expiration_action": "Block", "expiration_period": "00.01:00:00"}],
	"tags": tags,
}

endpoint(part) := resource("azurerm_private_endpoint", {
	"tags": tags,
	"private_service_connection": [{"private_connection_resource_id": "azurerm_storage_account.this.id", "subresource_names": [part]}],
	"private_dns_zone_group": [{"private_dns_zone_ids": ["zone"]}],
})

around := [
	endpoint("blob"),
	endpoint("dfs"),
	resource("azurerm_policy_definition", {"policy_rule": json.marshal({
		"if": {"field": "type", "in": ["Microsoft.Storage/storageAccounts"]},
		"then": {"effect": "denyAction", "details": {"actionNames": ["delete"], "cascadeBehaviors": {"resourceGroup": "deny"}}},
	})}),
	resource("azurerm_resource_group_policy_assignment", {"policy_definition_id": "azurerm_policy_definition.this.id"}),
	resource("azurerm_monitor_diagnostic_setting", {
		"target_resource_id": "azurerm_storage_account.this.id/blobServices/default",
		"enabled_log": [{"category": "StorageRead"}, {"category": "StorageWrite"}, {"category": "StorageDelete"}],
	}),
]

with_store(values) := array.concat(around, [resource("azurerm_storage_account", object.union(store, values))])

test_a_good_store_is_not_named if count(azure.deny) == 0 with input as {"resources": with_store({})}

test_signatures_that_last if {
	some policy in [{"expiration_action": "Log", "expiration_period": "00.01:00:00"}, {"expiration_action": "Block", "expiration_period": "90.00:00:00"}]
	denied(with_store({"sas_policy": [policy]}), "lasts longer than a day")
}

test_a_store_on_the_internet if denied(with_store({"public_network_access_enabled": true}), "public_network_access_enabled is not false")

test_a_store_that_says_nothing_of_the_internet if {
	denied(array.concat(around, [resource("azurerm_storage_account", object.remove(store, ["public_network_access_enabled"]))]), "public_network_access_enabled is not false")
}

test_a_store_that_allows_by_default if denied(with_store({"network_rules": [{"default_action": "Allow"}]}), "does not deny by default")

test_a_store_without_an_endpoint_for_dfs if {
	denied([resource("azurerm_storage_account", store), endpoint("blob")], "no private endpoint for dfs")
}

test_a_store_with_shared_keys if denied(with_store({"shared_access_key_enabled": true}), "shared_access_key_enabled is not false")

test_a_store_under_a_key_of_the_platform if denied(with_store({"customer_managed_key": []}), "not encrypted under a key of yours")

test_a_store_that_a_plan_could_destroy if denied(with_store({"lifecycle": []}), "a change of plan could destroy it")

test_a_store_that_nothing_keeps if denied([resource("azurerm_storage_account", store)], "can be deleted")

test_a_store_that_is_not_logged if denied([resource("azurerm_storage_account", store)], "StorageRead is not logged")

test_a_flat_store_without_versions if denied(with_store({"is_hns_enabled": false}), "keeps no versions")

test_a_store_that_holds_staging if denied(with_store({"immutability_policy": [{"state": "Locked"}]}), "staging could not be discarded")

test_a_store_without_tags if denied(with_store({"tags": {"application": "other"}}), "is not tagged")

test_a_public_address if denied([resource("azurerm_public_ip", {"tags": tags})], "has a public address")

test_a_shared_key_of_the_hubs if denied([resource("azurerm_eventhub_namespace_authorization_rule", {})], "is a shared key")

test_a_wildcard if {
	denied([resource("azurerm_role_definition", {"permissions": [{"data_actions": ["Microsoft.Storage/*"]}]})], "grants by wildcard")
}

test_an_administrator_who_unwraps if {
	actions := ["Microsoft.KeyVault/vaults/keys/create/action", "Microsoft.KeyVault/vaults/keys/unwrap/action"]
	denied([resource("azurerm_role_definition", {"permissions": [{"data_actions": actions}]})], "who creates keys could use them")
}

test_a_role_that_is_built_in_and_wide if {
	denied([resource("azurerm_role_assignment", {"role_definition_name": "Owner", "scope": "x"})], "Owner grants more than is needed")
}

test_a_role_on_a_resource_group if {
	denied([resource("azurerm_role_assignment", {"role_definition_name": null, "scope": "azurerm_resource_group.this.id"})], "holds for more than one resource")
}

test_a_short_key if {
	denied([resource("azurerm_key_vault_key", {"name": "k", "key_size": 2048, "key_opts": ["wrapKey"]})], "shorter than 3072 bits")
}

test_a_key_that_rotates_never if {
	denied([resource("azurerm_key_vault_key", {"name": "k", "key_size": 4096, "key_opts": ["wrapKey"]})], "does not rotate by itself")
}

test_a_key_that_rotates if {
	policy := [{"automatic": [{"time_after_creation": "P90D"}]}]
	not denied([resource("azurerm_key_vault_key", {"name": "k", "key_size": 4096, "key_opts": ["wrapKey"], "rotation_policy": policy})], "rotate")
}

test_an_hsm_key_without_a_rotation_policy if {
	denied([resource("azurerm_key_vault_managed_hardware_security_module_key", {"name": "k", "key_size": 4096, "key_opts": ["wrapKey"]})], "does not rotate by itself")
}

test_a_rule_that_lets_anybody_in if {
	rule := {"access": "Allow", "direction": "Inbound", "source_address_prefix": "*", "destination_address_prefix": "10.0.0.0/24"}
	denied([resource("azurerm_network_security_rule", rule)], "lets anybody in")
}

test_a_rule_among_several_addresses if {
	rule := {"access": "Allow", "direction": "Inbound", "source_address_prefixes": ["10.0.0.0/8", "0.0.0.0/0"], "destination_address_prefix": "10.0.0.0/24"}
	denied([resource("azurerm_network_security_rule", rule)], "lets anybody in")
}

test_a_group_that_denies_nothing if {
	denied([resource("azurerm_network_security_group", {"name": "g", "tags": tags})], "traffic that no rule names is not denied")
}

test_a_token_for_any_account if {
	denied([resource("azurerm_federated_identity_credential", {"subject": "system:serviceaccount:credence:*", "audience": ["api://AzureADTokenExchange"]})], "more than one service account")
}

test_a_vault_that_tells_nobody if denied([resource("azurerm_key_vault", {"tags": tags})], "nobody is told of denied uses of keys")
