locals {
  postgres_settings = {
    require_secure_transport     = "ON"
    ssl_min_protocol_version     = "TLSv1.2"
    log_connections              = "on"
    log_disconnections           = "on"
    "connection_throttle.enable" = "on"
  }
}

# The catalog. Everybody signs in through Entra: there is no password, nor an administrator who has one.
resource "azurerm_postgresql_flexible_server" "catalog" {
  #checkov:skip=CKV2_AZURE_57:it has one (endpoints.tf, by for_each)
  #checkov:skip=CKV_AZURE_136:copies in another region are an input, since they leave the region and the key
  name                          = local.global_name
  location                      = var.location
  resource_group_name           = azurerm_resource_group.this.name
  version                       = "17"
  sku_name                      = var.postgres.sku
  storage_mb                    = var.postgres.storage_mb
  auto_grow_enabled             = true
  backup_retention_days         = var.postgres.backup_days
  geo_redundant_backup_enabled  = var.postgres.geo_backup_region
  public_network_access_enabled = false
  tags                          = local.tags

  authentication {
    active_directory_auth_enabled = true
    password_auth_enabled         = false
    tenant_id                     = data.azurerm_client_config.current.tenant_id
  }

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.service_key["postgres"].id]
  }

  customer_managed_key {
    key_vault_key_id                  = azurerm_key_vault_key.service["postgres"].id
    primary_user_assigned_identity_id = azurerm_user_assigned_identity.service_key["postgres"].id
  }

  dynamic "high_availability" {
    for_each = var.postgres.zone_redundant ? [1] : []

    content {
      mode = "ZoneRedundant"
    }
  }

  maintenance_window {
    day_of_week  = 0
    start_hour   = 3
    start_minute = 0
  }

  lifecycle {
    prevent_destroy = true
    ignore_changes  = [zone, high_availability[0].standby_availability_zone] # they change places when one fails
  }

  depends_on = [azurerm_role_assignment.service_key]
}

resource "azurerm_postgresql_flexible_server_configuration" "catalog" {
  for_each = local.postgres_settings

  server_id = azurerm_postgresql_flexible_server.catalog.id
  name      = each.key
  value     = each.value
}

resource "azurerm_postgresql_flexible_server_database" "catalog" {
  name      = "credence"
  server_id = azurerm_postgresql_flexible_server.catalog.id
  charset   = "UTF8"
  collation = "en_US.utf8"

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_postgresql_flexible_server_active_directory_administrator" "catalog" {
  for_each = var.postgres.administrators

  server_name         = azurerm_postgresql_flexible_server.catalog.name
  resource_group_name = azurerm_resource_group.this.name
  tenant_id           = data.azurerm_client_config.current.tenant_id
  object_id           = each.value
  principal_name      = each.key
  principal_type      = "Group"
}

# The queue holds which jobs there are, never a record; what it loses is found again in the catalog. It must not evict.
resource "azurerm_managed_redis" "queue" {
  count = var.redis.service == "managed" ? 1 : 0

  name                      = local.global_name
  location                  = var.location
  resource_group_name       = azurerm_resource_group.this.name
  sku_name                  = var.redis.sku
  high_availability_enabled = var.redis.high_availability
  public_network_access     = "Disabled"
  tags                      = local.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.service_key["redis"].id]
  }

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.service["redis"].id
    user_assigned_identity_id = azurerm_user_assigned_identity.service_key["redis"].id
  }

  default_database {
    access_keys_authentication_enabled = true # Credence takes a password, no token
    client_protocol                    = "Encrypted"
    clustering_policy                  = "NoCluster"
    eviction_policy                    = "NoEviction"
  }

  depends_on = [azurerm_role_assignment.service_key]
}

resource "azurerm_redis_cache" "queue" {
  count = var.redis.service == "cache" ? 1 : 0

  name                               = local.global_name
  location                           = var.location
  resource_group_name                = azurerm_resource_group.this.name
  sku_name                           = split("_", var.redis.sku)[0]
  family                             = substr(split("_", var.redis.sku)[1], 0, 1)
  capacity                           = tonumber(substr(split("_", var.redis.sku)[1], 1, 1))
  redis_version                      = "6"
  minimum_tls_version                = "1.2"
  non_ssl_port_enabled               = false
  public_network_access_enabled      = false
  access_keys_authentication_enabled = true # Credence takes a password, no token
  tags                               = local.tags

  redis_configuration {
    authentication_enabled = true
    maxmemory_policy       = "noeviction"
  }
}
