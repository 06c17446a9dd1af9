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

# What holds data or keys is deleted by nobody, not even by who may. A lock would forbid taking away roles on it as well, so that nobody
# could be revoked: a policy refuses the deletion of these things alone.
resource "azurerm_policy_definition" "keep" {
  count = var.deletion_protection ? 1 : 0

  name         = "${local.global_name}-keep"
  display_name = "What holds data or keys of ${var.name} is kept"
  description  = "Deleting it loses records, or makes them unreadable."
  policy_type  = "Custom"
  mode         = "Indexed"

  policy_rule = jsonencode({
    "if" = {
      field = "type"
      "in" = [
        "Microsoft.DBforPostgreSQL/flexibleServers",
        "Microsoft.EventHub/namespaces",
        "Microsoft.KeyVault/managedHSMs",
        "Microsoft.KeyVault/vaults",
        "Microsoft.Storage/storageAccounts",
      ]
    }
    then = {
      effect  = "denyAction"
      details = { actionNames = ["delete"], cascadeBehaviors = { resourceGroup = "deny" } }
    }
  })
}

resource "azurerm_resource_group_policy_assignment" "keep" {
  count = var.deletion_protection ? 1 : 0

  name                 = "${var.name}-keep"
  resource_group_id    = azurerm_resource_group.this.id
  policy_definition_id = azurerm_policy_definition.keep[0].id
  display_name         = "What holds data or keys is kept"
  enforce              = true

  non_compliance_message {
    content = "It holds data or keys of Credence: deleting it loses them."
  }
}
