locals {
  # A key for each service that encrypts at rest, so that each can be revoked by itself; and an identity that may use that one.
  service_keys = toset(concat(
    ["store", "postgres"],
    var.event_hubs.sku == "Premium" ? ["stream"] : [],
    var.redis.service == "managed" ? ["redis"] : [],
  ))
  key_type = var.keys.hardware ? "RSA-HSM" : "RSA"

  # Who looks after keys may neither use nor read what they protect.
  administrator_actions = [
    "Microsoft.KeyVault/vaults/keys/create/action",
    "Microsoft.KeyVault/vaults/keys/delete",
    "Microsoft.KeyVault/vaults/keys/read",
    "Microsoft.KeyVault/vaults/keys/recover/action",
    "Microsoft.KeyVault/vaults/keys/rotate/action",
    "Microsoft.KeyVault/vaults/keys/update/action",
    "Microsoft.KeyVault/vaults/keyrotationpolicies/read",
    "Microsoft.KeyVault/vaults/keyrotationpolicies/write",
  ]
  administrators = merge(
    { deployer = { id = var.deployer.object_id, type = var.deployer.type } },
    { for name, id in var.keys.administrator_groups : "group-${name}" => { id = id, type = "Group" } },
  )
}

resource "azurerm_key_vault" "keys" {
  #checkov:skip=CKV_AZURE_189:off unless deployer_ip_ranges names addresses, which a precondition asks about
  name                          = local.global_name
  location                      = var.location
  resource_group_name           = azurerm_resource_group.this.name
  tenant_id                     = data.azurerm_client_config.current.tenant_id
  sku_name                      = var.keys.hardware ? "premium" : "standard"
  rbac_authorization_enabled    = true
  purge_protection_enabled      = true
  soft_delete_retention_days    = var.keys.soft_delete_days
  public_network_access_enabled = length(var.deployer_ip_ranges) > 0
  tags                          = local.tags

  network_acls {
    default_action = "Deny"
    bypass         = "AzureServices" # the storage account, the hubs and the servers fetch their keys so
    ip_rules       = var.deployer_ip_ranges
  }

  lifecycle {
    prevent_destroy = true

    precondition {
      condition     = length(var.deployer_ip_ranges) == 0 || contains(var.accept, "deployer_over_internet")
      error_message = "deployer_ip_ranges puts the vault's endpoint on the internet for these addresses: whoever sends from there with a stolen token can use the keys. Add deployer_over_internet to accept if that is wanted, and empty deployer_ip_ranges after the first apply."
    }
  }
}

# Wraps the epoch keys. No version expires: what was wrapped under an old one has to open.
resource "azurerm_key_vault_key" "wrap" {
  #checkov:skip=CKV_AZURE_112:in an HSM unless keys.hardware = false
  #checkov:skip=CKV_AZURE_40:an expired version would refuse to sign and wrap while rotation is late; rotation is by age
  count = var.keys.service == "vault" ? 1 : 0

  name         = local.key_name
  key_vault_id = azurerm_key_vault.keys.id
  key_type     = local.key_type
  key_size     = var.keys.size
  key_opts     = ["wrapKey", "unwrapKey", "sign", "verify"]
  tags         = local.tags

  rotation_policy {
    automatic {
      time_after_creation = "P${var.keys.rotation_days}D"
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [
    azurerm_role_assignment.key_administrators,
    azurerm_private_endpoint.vault,
    azurerm_private_dns_zone_virtual_network_link.this,
    azurerm_virtual_network_peering.clients,
    azurerm_virtual_network_peering.back,
    azurerm_network_security_rule.this,
  ]
}

resource "azurerm_key_vault_key" "service" {
  #checkov:skip=CKV_AZURE_112:in an HSM unless keys.hardware = false
  #checkov:skip=CKV_AZURE_40:an expired version would take the service down while rotation is late; rotation is by age
  for_each = local.service_keys

  name         = "credence-${each.key}"
  key_vault_id = azurerm_key_vault.keys.id
  key_type     = local.key_type
  key_size     = var.keys.size
  key_opts     = ["wrapKey", "unwrapKey"]
  tags         = local.tags

  rotation_policy {
    automatic {
      time_after_creation = "P${var.keys.rotation_days}D"
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [
    azurerm_role_assignment.key_administrators,
    azurerm_private_endpoint.vault,
    azurerm_private_dns_zone_virtual_network_link.this,
    azurerm_virtual_network_peering.clients,
    azurerm_virtual_network_peering.back,
    azurerm_network_security_rule.this,
  ]
}

resource "azurerm_user_assigned_identity" "service_key" {
  for_each = local.service_keys

  name                = "${var.name}-key-${each.key}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
}

# Reads, wraps and unwraps: one service with one key.
resource "azurerm_role_assignment" "service_key" {
  for_each = local.service_keys

  scope                = azurerm_key_vault_key.service[each.key].resource_versionless_id
  role_definition_name = "Key Vault Crypto Service Encryption User"
  principal_id         = azurerm_user_assigned_identity.service_key[each.key].principal_id
  principal_type       = "ServicePrincipal"
  description          = "Encrypts ${each.key} at rest."
}

resource "azurerm_role_definition" "key_administrator" {
  name              = "${local.global_name} key administrator"
  scope             = azurerm_resource_group.this.id
  description       = "Creates, rotates and retires keys of Credence, and can use none of them."
  assignable_scopes = [azurerm_resource_group.this.id]

  permissions {
    actions      = []
    data_actions = local.administrator_actions
  }
}

resource "azurerm_role_assignment" "key_administrators" {
  for_each = local.administrators

  scope              = azurerm_key_vault.keys.id
  role_definition_id = azurerm_role_definition.key_administrator.role_definition_resource_id
  principal_id       = each.value.id
  principal_type     = each.value.type
  description        = "Looks after the keys."
}
