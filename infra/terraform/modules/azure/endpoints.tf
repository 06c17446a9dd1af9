locals {
  redis_id = var.redis.service == "managed" ? one(azurerm_managed_redis.queue[*].id) : one(azurerm_redis_cache.queue[*].id)

  zones = merge(
    {
      servicebus = "privatelink.servicebus.windows.net"
      blob       = "privatelink.blob.core.windows.net"
      dfs        = "privatelink.dfs.core.windows.net"
      vault      = "privatelink.vaultcore.azure.net"
      postgres   = "privatelink.postgres.database.azure.com"
      redis      = var.redis.service == "managed" ? "privatelink.redis.azure.net" : "privatelink.redis.cache.windows.net"
      monitor    = "privatelink.monitor.azure.com"
      oms        = "privatelink.oms.opinsights.azure.com"
      ods        = "privatelink.ods.opinsights.azure.com"
      agents     = "privatelink.agentsvc.azure-automation.net"
    },
    var.keys.service == "hsm" ? { hsm = "privatelink.managedhsm.azure.net" } : {},
    var.registry_id == null ? {} : { registry = "privatelink.azurecr.io" },
  )

  # The store is read and written through blob and listed through dfs: both are needed, even of a hierarchical account.
  endpoints = merge(
    {
      stream   = { of = azurerm_eventhub_namespace.stream.id, part = "namespace", zones = ["servicebus"] }
      blob     = { of = azurerm_storage_account.store.id, part = "blob", zones = ["blob"] }
      dfs      = { of = azurerm_storage_account.store.id, part = "dfs", zones = ["dfs"] }
      postgres = { of = azurerm_postgresql_flexible_server.catalog.id, part = "postgresqlServer", zones = ["postgres"] }
      redis    = { of = local.redis_id, part = var.redis.service == "managed" ? "redisEnterprise" : "redisCache", zones = ["redis"] }
      monitor  = { of = azurerm_monitor_private_link_scope.logs.id, part = "azuremonitor", zones = ["monitor", "oms", "ods", "agents", "blob"] }
    },
    { for hsm in azurerm_key_vault_managed_hardware_security_module.keys : "hsm" => { of = hsm.id, part = "managedhsm", zones = ["hsm"] } },
    var.registry_id == null ? {} : { registry = { of = var.registry_id, part = "registry", zones = ["registry"] } },
  )

  linked_networks = merge(
    { own = azurerm_virtual_network.this.id },
    { for name, network in var.client_networks : name => network.virtual_network_id },
  )
  # Monitor has one scope for a network: linked elsewhere, ours would take that network's own logs away from it.
  own_zones = ["monitor", "oms", "ods", "agents"]
  zone_links = merge([
    for zone in keys(local.zones) : {
      for name, id in local.linked_networks : "${zone}-${name}" => { zone = zone, network = id } if name == "own" || !contains(local.own_zones, zone)
    }
  ]...)
}

resource "azurerm_private_dns_zone" "this" {
  for_each = local.zones

  name                = each.value
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
}

resource "azurerm_private_dns_zone_virtual_network_link" "this" {
  for_each = local.zone_links

  name                 = each.key
  private_dns_zone_id  = azurerm_private_dns_zone.this[each.value.zone].id
  virtual_network_id   = each.value.network
  registration_enabled = false
  resolution_policy    = "NxDomainRedirect" # a network that knows other names of the zone goes on finding them
  tags                 = local.tags
}

# Apart from the others, which wait for keys that are created through it.
resource "azurerm_private_endpoint" "vault" {
  name                = "${var.name}-vault"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  subnet_id           = azurerm_subnet.this["endpoints"].id
  tags                = local.tags

  private_service_connection {
    name                           = "${var.name}-vault"
    private_connection_resource_id = azurerm_key_vault.keys.id
    subresource_names              = ["vault"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "default"
    private_dns_zone_ids = [azurerm_private_dns_zone.this["vault"].id]
  }
}

resource "azurerm_private_endpoint" "this" {
  for_each = local.endpoints

  name                = "${var.name}-${each.key}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  subnet_id           = azurerm_subnet.this["endpoints"].id
  tags                = local.tags

  private_service_connection {
    name                           = "${var.name}-${each.key}"
    private_connection_resource_id = each.value.of
    subresource_names              = [each.value.part]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "default"
    private_dns_zone_ids = [for zone in each.value.zones : azurerm_private_dns_zone.this[zone].id]
  }
}
