# What azurerm would work out, as far as other things are made of it: in the shape in which the provider takes it back, which it checks.
# All of a type have the same.
mock_data "azurerm_client_config" {
  defaults = {
    tenant_id = "00000000-0000-4000-8000-0000000000a0"
    object_id = "00000000-0000-4000-8000-0000000000a1"
  }
}

mock_resource "azurerm_resource_group" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence" }
}

mock_resource "azurerm_user_assigned_identity" {
  defaults = {
    id           = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.ManagedIdentity/userAssignedIdentities/credence"
    client_id    = "00000000-0000-4000-8000-0000000000b0"
    principal_id = "00000000-0000-4000-8000-0000000000b1"
    tenant_id    = "00000000-0000-4000-8000-0000000000a0"
  }
}

mock_resource "azurerm_role_definition" {
  defaults = { role_definition_resource_id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-4000-8000-0000000000c0" }
}

mock_resource "azurerm_policy_definition" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/providers/Microsoft.Authorization/policyDefinitions/credence" }
}

mock_resource "azurerm_virtual_network" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Network/virtualNetworks/credence" }
}

mock_resource "azurerm_subnet" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Network/virtualNetworks/credence/subnets/services" }
}

mock_resource "azurerm_network_security_group" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Network/networkSecurityGroups/credence" }
}

mock_resource "azurerm_route_table" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Network/routeTables/credence" }
}

mock_resource "azurerm_private_dns_zone" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Network/privateDnsZones/privatelink.blob.core.windows.net" }
}

mock_resource "azurerm_key_vault" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.KeyVault/vaults/credence" }
}

mock_resource "azurerm_key_vault_key" {
  defaults = {
    id                      = "https://credence.vault.azure.net/keys/credence/00000000000040008000000000000000"
    versionless_id          = "https://credence.vault.azure.net/keys/credence"
    resource_versionless_id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.KeyVault/vaults/credence/keys/credence"
  }
}

mock_resource "azurerm_key_vault_managed_hardware_security_module" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.KeyVault/managedHSMs/credence" }
}

mock_resource "azurerm_key_vault_managed_hardware_security_module_key" {
  defaults = { id = "https://credence.managedhsm.azure.net/keys/credence" }
}

mock_resource "azurerm_key_vault_managed_hardware_security_module_role_definition" {
  defaults = { resource_manager_id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.KeyVault/managedHSMs/credence/providers/Microsoft.Authorization/roleDefinitions/00000000-0000-4000-8000-0000000000c1" }
}

mock_resource "azurerm_storage_account" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Storage/storageAccounts/credencex7k2" }
}

mock_resource "azurerm_storage_container" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Storage/storageAccounts/credencex7k2/blobServices/default/containers/credence" }
}

mock_resource "azurerm_eventhub_namespace" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.EventHub/namespaces/credence" }
}

mock_resource "azurerm_eventhub" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.EventHub/namespaces/credence/eventhubs/mail" }
}

mock_resource "azurerm_postgresql_flexible_server" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.DBforPostgreSQL/flexibleServers/credence" }
}

mock_resource "azurerm_managed_redis" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Cache/redisEnterprise/credence" }
}

mock_resource "azurerm_redis_cache" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Cache/redis/credence" }
}

mock_resource "azurerm_log_analytics_workspace" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.OperationalInsights/workspaces/credence" }
}

mock_resource "azurerm_monitor_action_group" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Insights/actionGroups/credence" }
}

mock_resource "azurerm_monitor_private_link_scope" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Insights/privateLinkScopes/credence" }
}

mock_resource "azurerm_container_registry" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.ContainerRegistry/registries/credence" }
}

mock_resource "azurerm_kubernetes_cluster" {
  defaults = { id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.ContainerService/managedClusters/credence" }
}
