locals {
  hsm_count = var.keys.service == "hsm" ? 1 : 0
  hsm_id    = one(azurerm_key_vault_managed_hardware_security_module.keys[*].id)

  # Rotation is no data action that the provider takes (azurerm 5.2): the policy below rotates.
  hsm_administrator_actions = [
    "Microsoft.KeyVault/managedHsm/keys/create",
    "Microsoft.KeyVault/managedHsm/keys/read/action",
    "Microsoft.KeyVault/managedHsm/keys/write/action",
  ]
}

# A Managed HSM knows roles of its own: nobody has rights to its keys through Azure's.
resource "azurerm_key_vault_managed_hardware_security_module" "keys" {
  count = local.hsm_count

  name                                      = local.global_name
  location                                  = var.location
  resource_group_name                       = azurerm_resource_group.this.name
  tenant_id                                 = data.azurerm_client_config.current.tenant_id
  sku_name                                  = "Standard_B1"
  admin_object_ids                          = var.keys.hsm_administrators
  purge_protection_enabled                  = true
  soft_delete_retention_days                = var.keys.soft_delete_days
  public_network_access_enabled             = false
  security_domain_key_vault_certificate_ids = var.keys.hsm_certificate_ids
  security_domain_quorum                    = var.keys.hsm_quorum
  tags                                      = local.tags

  network_acls {
    default_action = "Deny"
    bypass         = "None"
  }

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_key_vault_managed_hardware_security_module_key" "wrap" {
  count = local.hsm_count

  name           = local.key_name
  managed_hsm_id = local.hsm_id
  key_type       = "RSA-HSM"
  key_size       = var.keys.size
  key_opts       = ["wrapKey", "unwrapKey", "sign", "verify"]
  tags           = local.tags

  lifecycle {
    prevent_destroy = true
  }

  depends_on = [azurerm_key_vault_managed_hardware_security_module_role_assignment.administrators]
}

# The service asks for an expiry; it is so far off that a late rotation stops nothing.
resource "azurerm_key_vault_managed_hardware_security_module_key_rotation_policy" "wrap" {
  count = local.hsm_count

  managed_hsm_key_id  = azurerm_key_vault_managed_hardware_security_module_key.wrap[0].id
  expire_after        = "P5Y"
  time_after_creation = "P${var.keys.rotation_days}D"
}

resource "azurerm_key_vault_managed_hardware_security_module_role_definition" "administrator" {
  count = local.hsm_count

  name           = uuidv5("dns", "key-administrator.${local.global_name}")
  role_name      = "${local.global_name} key administrator"
  description    = "Creates and rotates keys of Credence, and can use none of them."
  managed_hsm_id = local.hsm_id

  permission {
    data_actions = local.hsm_administrator_actions
  }

  depends_on = [azurerm_private_endpoint.this]
}

resource "azurerm_key_vault_managed_hardware_security_module_role_assignment" "administrators" {
  for_each = local.hsm_count == 1 ? local.administrators : {}

  name               = uuidv5("dns", "${each.key}.key-administrator.${local.global_name}")
  managed_hsm_id     = local.hsm_id
  scope              = "/keys"
  role_definition_id = azurerm_key_vault_managed_hardware_security_module_role_definition.administrator[0].resource_manager_id
  principal_id       = each.value.id
}

resource "azurerm_key_vault_managed_hardware_security_module_role_definition" "principal" {
  for_each = local.hsm_count == 1 ? local.key_actions : {}

  name           = uuidv5("dns", "${each.key}.${local.global_name}")
  role_name      = "${local.global_name} ${each.key} key"
  description    = "What Credence's ${each.key} does with the wrapping key."
  managed_hsm_id = local.hsm_id

  permission {
    data_actions = each.value
  }

  depends_on = [azurerm_private_endpoint.this]
}

resource "azurerm_key_vault_managed_hardware_security_module_role_assignment" "principal" {
  for_each = local.hsm_count == 1 ? local.grantees : {}

  name               = uuidv5("dns", "${each.key}.key.${local.global_name}")
  managed_hsm_id     = local.hsm_id
  scope              = "/keys/${azurerm_key_vault_managed_hardware_security_module_key.wrap[0].name}"
  role_definition_id = azurerm_key_vault_managed_hardware_security_module_role_definition.principal[each.value.principal].resource_manager_id
  principal_id       = each.value.id
}
