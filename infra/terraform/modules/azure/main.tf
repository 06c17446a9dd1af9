locals {
  tags = merge(var.tags, {
    application = "credence"
    environment = var.environment
    managed-by  = "terraform"
  })
  # Names that all customers share carry the suffix; storage accounts take neither hyphens nor more than 24 characters.
  global_name  = "${var.name}-${var.suffix}"
  account_name = replace(local.global_name, "-", "")
  key_name     = "credence-wrap"
  container    = "credence"
}

data "azurerm_client_config" "current" {}

resource "azurerm_resource_group" "this" {
  name     = var.name
  location = var.location
  tags     = local.tags
}

# What holds data or keys is deleted by nobody, not even by who may, before the lock is taken away.
resource "azurerm_management_lock" "data" {
  for_each = var.deletion_protection ? merge(
    {
      store    = azurerm_storage_account.store.id
      keys     = azurerm_key_vault.keys.id
      stream   = azurerm_eventhub_namespace.stream.id
      postgres = azurerm_postgresql_flexible_server.catalog.id
    },
    { for hsm in azurerm_key_vault_managed_hardware_security_module.keys : "hsm" => hsm.id },
  ) : {}

  name       = "${var.name}-keep"
  scope      = each.value
  lock_level = "CanNotDelete"
  notes      = "Holds data or keys of Credence: deleting it loses them."
}
