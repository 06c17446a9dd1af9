import type { Mutation } from '../mutation.ts'

/** Values that passed every check once: each stands where a value may stand, and takes away what it was for. */
export const AZURE_PASSED: readonly Mutation[] = [
  {
    name: 'the vault answers half of the internet',
    file: 'keys.tf',
    replace: ['    ip_rules       = var.deployer_ip_ranges', '    ip_rules       = ["0.0.0.0/1"]'],
    caughtBy: 'rego: azurerm_key_vault.keys: lets in 0.0.0.0/1, which is more than an office',
  },
  {
    name: 'the log of PostgreSQL says nothing of who came',
    file: 'state.tf',
    replace: ['    log_connections              = "on"', '    log_connections              = "off"'],
    caughtBy: 'rego: log_connections is not on',
  },
  {
    name: 'signing in is tried without end',
    file: 'state.tf',
    replace: ['"connection_throttle.enable" = "on"', '"connection_throttle.enable" = "off"'],
    caughtBy: 'rego: connection_throttle.enable is not on',
  },
  {
    name: 'a PostgreSQL that nobody mends',
    file: 'state.tf',
    replace: ['version                       = "17"', 'version                       = "11"'],
    caughtBy: 'rego: azurerm_postgresql_flexible_server.catalog: 11 is mended by nobody',
  },
  {
    name: 'changes are remembered for a day',
    file: 'store.tf',
    replace: [
      'change_feed_retention_in_days = local.is_flat ? 90 : null',
      'change_feed_retention_in_days = local.is_flat ? 1 : null',
    ],
    caughtBy: 'rego: azurerm_storage_account.store: what changed is remembered for 1 days',
  },
  {
    name: 'networks are joined from the other side unasked',
    file: 'network.tf',
    replace: ['if network.peer_back }', 'if true }'],
    caughtBy: 'asked: azurerm_virtual_network_peering.back[hub] joins a network from its own side',
  },
  {
    name: 'hubs are under the key of the store',
    file: 'stream.tf',
    replace: [
      'key_vault_key_ids                 = [azurerm_key_vault_key.service["stream"].versionless_id]',
      'key_vault_key_ids                 = [azurerm_key_vault_key.service["store"].versionless_id]',
    ],
    caughtBy:
      'rego: azurerm_eventhub_namespace_customer_managed_key.stream["0"]: is under azurerm_key_vault_key.service["store"].versionless_id,',
  },
  {
    name: 'events are copied to an account of somebody else',
    file: 'stream.tf',
    replace: [
      '  retention_description {',
      '  capture_description {\n    enabled = true\n    encoding = "Avro"\n    destination {\n      name = "EventHubArchive.AzureBlockBlob"\n      archive_name_format = "{Namespace}/{EventHub}/{PartitionId}/{Year}/{Month}/{Day}/{Hour}/{Minute}/{Second}"\n      blob_container_name = "x"\n      storage_account_id = "/subscriptions/s/resourceGroups/r/providers/Microsoft.Storage/storageAccounts/elsewhere"\n    }\n  }\n\n  retention_description {',
    ],
    caughtBy:
      'rego: azurerm_eventhub.dataset["digits"]: says capture_description, which copies events to another account',
  },
  {
    name: 'who came to Redis is not logged',
    file: 'logs.tf',
    replace: ['[var.redis.service == "managed" ? "ConnectionEvents" : "ConnectedClientList"]', '[]'],
    caughtBy: 'rego: azurerm_monitor_diagnostic_setting.this["redis"]: ConnectionEvents is not logged',
  },
  {
    name: 'logs end with the day’s share',
    file: 'logs.tf',
    replace: [
      'sku                            = "PerGB2018"',
      'sku                            = "PerGB2018"\n  daily_quota_gb                 = 0.1',
    ],
    caughtBy:
      'rego: azurerm_log_analytics_workspace.logs: says daily_quota_gb, which stops logging when a share is used up',
  },
  {
    name: 'an alert is silenced by itself',
    file: 'alarms.tf',
    replace: [
      'auto_mitigation_enabled   = false',
      'auto_mitigation_enabled   = false\n  mute_actions_after_alert_duration = "P2D"',
    ],
    caughtBy:
      'rego: azurerm_monitor_scheduled_query_rules_alert_v2.this["key-denied"]: says mute_actions_after_alert_duration, which silences it',
  },
  {
    name: 'one HSM alone opens the domain',
    file: 'hsm.tf',
    replace: [
      'security_domain_quorum                    = var.keys.hsm_quorum',
      'security_domain_quorum                    = 1',
    ],
    caughtBy: 'rego: azurerm_key_vault_managed_hardware_security_module.keys["0"]: one person alone opens it',
  },
  {
    name: 'who looks after keys of the HSM gives roles',
    file: 'hsm.tf',
    replace: [
      '"Microsoft.KeyVault/managedHsm/keys/create",',
      '"Microsoft.KeyVault/managedHsm/keys/create",\n    "Microsoft.KeyVault/managedHsm/roleAssignments/write/action",',
    ],
    caughtBy:
      'rego: azurerm_key_vault_managed_hardware_security_module_role_definition.administrator["0"]: Microsoft.KeyVault/managedHsm/roleAss',
  },
  {
    name: 'services use every key of the HSM',
    file: 'hsm.tf',
    replace: [
      'scope              = "/keys/${azurerm_key_vault_managed_hardware_security_module_key.wrap[0].name}"',
      'scope              = "/keys"',
    ],
    caughtBy:
      'rego: azurerm_key_vault_managed_hardware_security_module_role_assignment.principal["console"]: uses every key',
  },
  {
    name: 'the HSM trusts services of the platform',
    file: 'hsm.tf',
    replace: ['bypass         = "None"', 'bypass         = "AzureServices"'],
    caughtBy:
      'rego: azurerm_key_vault_managed_hardware_security_module.keys["0"]: network_acls.0.bypass is AzureServices, not None',
  },
  {
    name: 'the HSM’s keys encrypt whatever they are given',
    file: 'hsm.tf',
    replace: [
      '["wrapKey", "unwrapKey", "sign", "verify"]',
      '["wrapKey", "unwrapKey", "sign", "verify", "encrypt", "decrypt"]',
    ],
    caughtBy:
      'rego: azurerm_key_vault_managed_hardware_security_module_key.wrap[0]: can do more than wrap, unwrap, sign and verify',
  },
  {
    name: 'the HSM’s key never rotates',
    file: 'hsm.tf',
    replace: ['time_after_creation = "P${var.keys.rotation_days}D"', 'time_after_creation = "P4Y"'],
    caughtBy: 'rego: azurerm_key_vault_managed_hardware_security_module_key.wrap[0]: does not rotate by itself',
  },
  {
    name: 'Redis as a cache answers without TLS',
    file: 'state.tf',
    replace: ['non_ssl_port_enabled               = false', 'non_ssl_port_enabled               = true'],
    caughtBy: 'rego: azurerm_redis_cache.queue["0"]: non_ssl_port_enabled is true, not false',
  },
  {
    name: 'a full cache is told of under a name that no cache has',
    file: 'alarms.tf',
    replace: [
      '"Microsoft.Cache/redisEnterprise" : "Microsoft.Cache/Redis"',
      '"Microsoft.Cache/redisEnterprise" : "Microsoft.Cache/redis2"',
    ],
    caughtBy:
      'rego: azurerm_monitor_metric_alert.this["queue-full"]: looks for Microsoft.Cache/redis2 at azurerm_redis_cache.queue',
  },
  {
    name: 'Redis has no second',
    file: 'main.tf',
    environment: 'prod-azure',
    replace: ['{ sku = "Balanced_B1" }', '{ sku = "Balanced_B1", high_availability = false }'],
    caughtBy:
      'prod: module.credence.azurerm_managed_redis.queue.high_availability_enabled is false instead of something that is not ^false$',
  },
  {
    name: 'hubs are under a key of the platform',
    file: 'main.tf',
    environment: 'prod-azure',
    replace: [
      '{ sku = "Premium", capacity = 1 }',
      '{ sku = "Standard", capacity = 1 }\n  accept = ["event_hubs_without_own_key"]',
    ],
    caughtBy: 'prod: module.credence.azurerm_eventhub_namespace.stream.sku is Standard instead of Premium',
  },
  {
    name: 'the budget is for nobody',
    file: 'main.tf',
    environment: 'prod-azure',
    replace: [
      '    threshold_type = "Actual"\n    contact_emails = values(var.alert_emails)',
      '    threshold_type = "Actual"\n    enabled = false\n    contact_emails = values(var.alert_emails)',
    ],
    caughtBy:
      'prod: azurerm_consumption_budget_resource_group.credence.notification.0.enabled is false instead of something that is not ^false$',
  },
  {
    name: 'keys rotate once a year',
    file: 'main.tf',
    environment: 'prod-azure',
    replace: ['rotation_days = 90', 'rotation_days = 365'],
    caughtBy:
      'prod: module.credence.azurerm_key_vault_key.wrap.rotation_policy.0.automatic.0.time_after_creation is P365D instead of P90D',
  },
  {
    name: 'what is committed may go after a day',
    file: 'main.tf',
    environment: 'prod-azure',
    replace: ['immutable_days = 30', 'immutable_days = 1'],
    caughtBy: 'prod: what is committed is locked for 1 days',
  },
  {
    name: 'shorter keys',
    file: 'main.tf',
    environment: 'prod-azure',
    replace: ['size = 4096', 'size = 3072'],
    caughtBy: 'prod: module.credence.azurerm_key_vault_key.wrap.key_size is 3072 instead of 4096 or more',
  },
]
