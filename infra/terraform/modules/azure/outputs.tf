locals {
  hosts = {
    stream   = "${azurerm_eventhub_namespace.stream.name}.servicebus.windows.net"
    store    = "${azurerm_storage_account.store.name}.${local.store_part}.core.windows.net"
    blob     = "${azurerm_storage_account.store.name}.blob.core.windows.net"
    keys     = var.keys.service == "vault" ? "${azurerm_key_vault.keys.name}.vault.azure.net" : "${local.global_name}.managedhsm.azure.net"
    postgres = "${azurerm_postgresql_flexible_server.catalog.name}.postgres.database.azure.com"
    redis    = var.redis.service == "managed" ? one(azurerm_managed_redis.queue[*].hostname) : one(azurerm_redis_cache.queue[*].hostname)
  }

  # $${…} stays for Credence to read from its environment: no secret is in an output.
  configuration = {
    version = 1
    profile = var.environment == "prod" ? "production" : "development"
    datasets = {
      for name, about in var.datasets : name => {
        contract = coalesce(about.contract, "./${name}.contract.yaml")
        source = {
          eventhubs = {
            for key, value in {
              namespace     = local.hosts.stream
              hub           = azurerm_eventhub.dataset[name].name
              consumerGroup = azurerm_eventhub_consumer_group.credence[name].name
              format        = about.format
              checkpoints   = var.checkpoints_mirror ? "https://${local.hosts.blob}/checkpoints" : ""
            } : key => value if value != ""
          }
        }
      }
    }
    store = {
      (local.store_kind) = {
        for key, value in {
          url              = "https://${local.hosts.store}"
          container        = azurerm_storage_container.store.name
          prefix           = var.store.prefix
          immutabilityDays = var.store.immutable_days > 0 ? var.store.immutable_days : null
        } : key => value if value != "" && value != null
      }
    }
    keys    = { keyvault = { key = "https://${local.hosts.keys}/keys/${local.key_name}" } }
    catalog = { postgres = "postgresql://$${CREDENCE_POSTGRES_USER}@${local.hosts.postgres}:5432/${azurerm_postgresql_flexible_server_database.catalog.name}", identity = "azure" }
    queue   = { redis = "rediss://:$${CREDENCE_REDIS_PASSWORD}@${local.hosts.redis}:${local.redis_port}", prefix = "{credence}" }
  }
}

output "credence_config" {
  description = "A credence.yaml: datasets, store, keys, catalog and queue. Two things are read from the environment: CREDENCE_POSTGRES_USER, the service's name of database_users, and CREDENCE_REDIS_PASSWORD, percent-encoded."
  value       = yamlencode(local.configuration)
}

output "service_accounts" {
  description = "By service: the client id for the annotation azure.workload.identity/client-id of the service account credence-<service>."
  value       = { for who in local.principals : who => azurerm_user_assigned_identity.service[who].client_id }
}

output "database_users" {
  description = "Whom each service signs in to PostgreSQL as, by a token of its identity."
  value       = { for who in local.principals : who => azurerm_user_assigned_identity.service[who].name }
}

output "catalog_setup" {
  description = "What an administrator of PostgreSQL runs once by psql: a user for each service, who may use the tables; the operator owns them, and migrates."
  value = templatefile("${path.module}/roles.sql.tftpl", {
    database = azurerm_postgresql_flexible_server_database.catalog.name
    owner    = azurerm_user_assigned_identity.service["operator"].name
    users    = [for who in local.principals : azurerm_user_assigned_identity.service[who].name if who != "operator"]
  })
}

output "resource_group_id" {
  description = "The resource group that everything is in: what a budget is set on."
  value       = azurerm_resource_group.this.id
}

output "services_subnet_id" {
  description = "The subnet for the cluster that the services run in: what reaches the endpoints."
  value       = azurerm_subnet.this["services"].id
}

output "virtual_network_id" {
  description = "The network, for what it is to be peered with."
  value       = azurerm_virtual_network.this.id
}

output "action_group_id" {
  description = "Who alerts go to."
  value       = azurerm_monitor_action_group.alerts.id
}

output "log_workspace_id" {
  description = "Where the audit logs are; they can be queried from within the network."
  value       = azurerm_log_analytics_workspace.logs.id
}
