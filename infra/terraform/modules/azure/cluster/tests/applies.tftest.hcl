# From nothing, then with other machines. Run by validate.sh, in a copy that may be torn down.
mock_provider "azurerm" {
  source = "../../../tests/mocks/azurerm"
}

variables {
  location               = "westeurope"
  resource_group_name    = "credence"
  subnet_id              = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Network/virtualNetworks/credence/subnets/services"
  endpoints_subnet_id    = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Network/virtualNetworks/credence/subnets/endpoints"
  private_dns_zone_id    = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Network/privateDnsZones/privatelink.westeurope.azmk8s.io"
  registry_dns_zone_id   = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Network/privateDnsZones/privatelink.azurecr.io"
  registry_name          = "credencex7k2"
  disk_encryption_set_id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.Compute/diskEncryptionSets/credence"
  administrator_groups   = ["00000000-0000-4000-8000-000000000006"]
  log_workspace_id       = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.OperationalInsights/workspaces/credence"
  sealing_key = {
    id          = "https://credence.vault.azure.net/keys/sealing/00000000000040008000000000000000"
    resource_id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/credence/providers/Microsoft.KeyVault/vaults/credence/keys/sealing"
  }
}

run "from_nothing" {
  assert {
    condition     = azurerm_kubernetes_cluster.this.private_cluster_enabled && azurerm_kubernetes_cluster.this.local_account_disabled
    error_message = "The control plane is public, or is opened by a local account."
  }
}

run "with_more_machines" {
  variables {
    nodes = { maximum = 24 }
  }

  assert {
    condition     = azurerm_kubernetes_cluster.this.default_node_pool[0].max_count == 24
    error_message = "There are no more machines."
  }
}
