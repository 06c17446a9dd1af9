locals {
  hubs = { for name, about in var.datasets : name => coalesce(about.hub, name) }
}

resource "azurerm_eventhub_namespace" "stream" {
  name                          = local.global_name
  location                      = var.location
  resource_group_name           = azurerm_resource_group.this.name
  sku                           = var.event_hubs.sku
  capacity                      = var.event_hubs.capacity
  minimum_tls_version           = "1.2"
  local_authentication_enabled  = false
  public_network_access_enabled = false
  tags                          = local.tags

  network_rulesets {
    default_action                 = "Deny"
    public_network_access_enabled  = false
    trusted_service_access_enabled = false
    ip_rule                        = []
    virtual_network_rule           = []
  }

  dynamic "identity" {
    for_each = var.event_hubs.sku == "Premium" ? [azurerm_user_assigned_identity.service_key["stream"].id] : []

    content {
      type         = "UserAssigned"
      identity_ids = [identity.value]
    }
  }

  lifecycle {
    prevent_destroy = true

    precondition {
      condition     = var.event_hubs.sku == "Premium" || contains(var.accept, "event_hubs_without_own_key")
      error_message = "event_hubs.sku = Standard keeps records, before anything is checked or encrypted by Credence, under keys of the platform: they cannot be revoked, and their use is in no log of yours. Add event_hubs_without_own_key to accept if that is wanted."
    }
  }
}

resource "azurerm_eventhub_namespace_customer_managed_key" "stream" {
  count = var.event_hubs.sku == "Premium" ? 1 : 0

  eventhub_namespace_id             = azurerm_eventhub_namespace.stream.id
  key_vault_key_ids                 = [azurerm_key_vault_key.service["stream"].versionless_id]
  user_assigned_identity_id         = azurerm_user_assigned_identity.service_key["stream"].id
  infrastructure_encryption_enabled = true

  depends_on = [azurerm_role_assignment.service_key]
}

resource "azurerm_eventhub" "dataset" {
  for_each = var.datasets

  name            = local.hubs[each.key]
  namespace_id    = azurerm_eventhub_namespace.stream.id
  partition_count = each.value.partitions

  retention_description {
    cleanup_policy          = "Delete"
    retention_time_in_hours = each.value.retention_hours
  }

  lifecycle {
    prevent_destroy = true

    precondition {
      condition     = var.event_hubs.sku == "Premium" || each.value.retention_hours <= 168
      error_message = "A Standard namespace keeps events for 168 hours at most: lower retention_hours of ${each.key}, or take Premium."
    }
  }
}

resource "azurerm_eventhub_consumer_group" "credence" {
  for_each = var.datasets

  name                = each.value.consumer_group
  resource_group_name = azurerm_resource_group.this.name
  namespace_name      = azurerm_eventhub_namespace.stream.name
  eventhub_name       = azurerm_eventhub.dataset[each.key].name
  user_metadata       = "Read by Credence alone."
}
