locals {
  # What is logged of what. Reading is logged too: who read which object, and who used which key, is what is asked afterwards.
  log_categories = {
    store    = ["StorageRead", "StorageWrite", "StorageDelete"]
    keys     = ["AuditEvent"]
    stream   = concat(["OperationalLogs", "EventHubVNetConnectionEvent"], var.event_hubs.sku == "Premium" ? ["RuntimeAuditLogs", "CustomerManagedKeyUserLogs"] : [])
    postgres = ["PostgreSQLLogs"]
    redis    = [var.redis.service == "managed" ? "ConnectionEvents" : "ConnectedClientList"]
    hsm      = ["AuditEvent"]
    network  = ["NetworkSecurityGroupEvent", "NetworkSecurityGroupRuleCounter"]
  }
  metric_categories = {
    store  = ["Transaction"]
    stream = ["AllMetrics"]
  }

  logged = merge(
    {
      store            = { of = "${azurerm_storage_account.store.id}/blobServices/default", kind = "store" }
      keys             = { of = azurerm_key_vault.keys.id, kind = "keys" }
      stream           = { of = azurerm_eventhub_namespace.stream.id, kind = "stream" }
      postgres         = { of = azurerm_postgresql_flexible_server.catalog.id, kind = "postgres" }
      redis            = { of = var.redis.service == "managed" ? "${local.redis_id}/databases/default" : local.redis_id, kind = "redis" }
      network-services = { of = azurerm_network_security_group.this["services"].id, kind = "network" }
      network-inwards  = { of = azurerm_network_security_group.this["endpoints"].id, kind = "network" }
    },
    { for hsm in azurerm_key_vault_managed_hardware_security_module.keys : "hsm" => { of = hsm.id, kind = "hsm" } },
  )
}

resource "azurerm_log_analytics_workspace" "logs" {
  name                           = var.name
  location                       = var.location
  resource_group_name            = azurerm_resource_group.this.name
  sku                            = "PerGB2018"
  retention_in_days              = var.log_retention_days
  local_authentication_enabled   = false
  internet_ingestion_access_type = "Disabled"
  internet_query_access_type     = "Disabled"
  tags                           = local.tags
}

# The logs are read from within the network alone. What Azure's services write comes in without passing through it.
resource "azurerm_monitor_private_link_scope" "logs" {
  name                  = var.name
  resource_group_name   = azurerm_resource_group.this.name
  ingestion_access_mode = "PrivateOnly"
  query_access_mode     = "PrivateOnly"
  tags                  = local.tags
}

resource "azurerm_monitor_private_link_scoped_service" "logs" {
  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  scope_name          = azurerm_monitor_private_link_scope.logs.name
  linked_resource_id  = azurerm_log_analytics_workspace.logs.id
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  for_each = local.logged

  name                           = "credence"
  target_resource_id             = each.value.of
  log_analytics_workspace_id     = azurerm_log_analytics_workspace.logs.id
  log_analytics_destination_type = contains(["keys", "hsm", "stream"], each.value.kind) ? "Dedicated" : null # others have no choice

  dynamic "enabled_log" {
    for_each = toset(local.log_categories[each.value.kind])

    content {
      category = enabled_log.value
    }
  }

  dynamic "enabled_metric" {
    for_each = toset(lookup(local.metric_categories, each.value.kind, []))

    content {
      category = enabled_metric.value
    }
  }
}
