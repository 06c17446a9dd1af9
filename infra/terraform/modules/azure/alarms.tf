locals {
  # Who a token is of: an object id. It names no group, so that people are known by the assignment that let them in.
  callers = concat(
    [for identity in azurerm_user_assigned_identity.service : identity.principal_id],
    [for identity in azurerm_user_assigned_identity.service_key : identity.principal_id],
  )
  of_groups = [for name, grantee in local.grantees : name if grantee.type == "Group"]
  groups_in = [
    for name in local.of_groups : replace(lower(
      var.keys.service == "hsm" ? azurerm_key_vault_managed_hardware_security_module_role_assignment.principal[name].name : azurerm_role_assignment.keys[name].name
    ), "-", "")
  ]
  caller    = "tolower(coalesce(tostring(Identity.claim.oid), tostring(Identity.claim['http://schemas.microsoft.com/identity/claims/objectidentifier'])))"
  let_in    = "replace_string(tolower(AppliedAssignmentId), '-', '')"
  strangers = "${local.caller} !in~ (dynamic(${jsonencode(local.callers)})) and ${local.let_in} !in (dynamic(${jsonencode(local.groups_in)}))"

  # What shows in the logs. Each counts the rows of its query.
  log_alerts = {
    reading-behind = {
      severity = 2
      about    = "Records come faster than they are read: within an hour, reading fell behind by more than ${var.alert_thresholds.lag_events} events."
      every    = "PT15M"
      window   = "PT1H"
      query    = "AzureMetrics | where ResourceProvider == 'MICROSOFT.EVENTHUB' and MetricName in ('IncomingMessages', 'OutgoingMessages') | summarize come = sumif(Total, MetricName == 'IncomingMessages'), gone = sumif(Total, MetricName == 'OutgoingMessages') | where come - gone > ${var.alert_thresholds.lag_events}"
    }
    key-denied = {
      severity = 1
      about    = "A use of a key was denied: a role is missing, or somebody tries what they may not."
      every    = "PT5M"
      window   = "PT15M"
      query    = "AZKVAuditLogs | where HttpStatusCode == 403"
    }
    unwraps-unusual = {
      severity = 1
      about    = "More than ${var.alert_thresholds.unwraps_per_hour} unwraps in an hour by one identity, and over three times what it did in the two days before: keys may be collected."
      every    = "PT15M"
      window   = "PT1H"
      query    = "AZKVAuditLogs | where OperationName == 'KeyUnwrap' | extend who = ${local.caller} | summarize now = countif(TimeGenerated > ago(1h)), before = countif(TimeGenerated <= ago(1h)) / 47.0 by who | where now > ${var.alert_thresholds.unwraps_per_hour} and now > 3 * before"
    }
    unwraps-by-strangers = {
      severity = 0
      about    = "Somebody who is none of the services, and whom no group of the module's let in, has unwrapped, decrypted or signed with a key."
      every    = "PT5M"
      window   = "PT15M"
      query    = "AZKVAuditLogs | where OperationName in ('KeyUnwrap', 'KeyDecrypt', 'KeySign') and HttpStatusCode < 300 and ${local.strangers}"
    }
    keys-changed = {
      severity = 1
      about    = "A key was deleted, purged, disabled or changed, or its rotation or the vault's settings were."
      every    = "PT5M"
      window   = "PT15M"
      query    = "AZKVAuditLogs | where OperationName in ('KeyDelete', 'KeyPurge', 'KeyUpdate', 'KeyRestore', 'KeyRotationPolicySet', 'VaultPut', 'VaultPatch', 'VaultDelete') and HttpStatusCode < 300"
    }
    # the table has its status as a text ('Unknown' is one): it is made a number before it is compared with one
    store-denied = {
      severity = 2
      about    = "More than ten requests to the store were denied within a quarter of an hour."
      every    = "PT5M"
      window   = "PT15M"
      query    = "StorageBlobLogs | where toint(StatusCode) == 403 | summarize denied = count() | where denied > 10"
    }
  }

  # What the services measure themselves.
  metric_alerts = {
    hubs-throttled  = { of = azurerm_eventhub_namespace.stream.id, space = "Microsoft.EventHub/namespaces", metric = "ThrottledRequests", how = "Total", over = 0, severity = 2, about = "The namespace throttles: raise event_hubs.capacity." }
    hubs-failing    = { of = azurerm_eventhub_namespace.stream.id, space = "Microsoft.EventHub/namespaces", metric = "ServerErrors", how = "Total", over = 10, severity = 2, about = "Event Hubs answers with errors of its own." }
    vault-saturated = { of = azurerm_key_vault.keys.id, space = "Microsoft.KeyVault/vaults", metric = "SaturationShoebox", how = "Average", over = 75, severity = 2, about = "The vault is near its limit, and throttles soon: raise keys.ttlSeconds of the configuration." }
    catalog-full    = { of = azurerm_postgresql_flexible_server.catalog.id, space = "Microsoft.DBforPostgreSQL/flexibleServers", metric = "storage_percent", how = "Average", over = 85, severity = 2, about = "The catalog's disk fills up." }
    catalog-busy    = { of = azurerm_postgresql_flexible_server.catalog.id, space = "Microsoft.DBforPostgreSQL/flexibleServers", metric = "cpu_percent", how = "Average", over = 90, severity = 3, about = "The catalog's server is busy: raise postgres.sku." }
    queue-full      = { of = local.redis_id, space = var.redis.service == "managed" ? "Microsoft.Cache/redisEnterprise" : "Microsoft.Cache/Redis", metric = "usedmemorypercentage", how = "Maximum", over = 80, severity = 2, about = "Redis fills up, and evicts nothing: it refuses jobs soon." }
  }
}

resource "azurerm_monitor_action_group" "alerts" {
  name                = var.name
  resource_group_name = azurerm_resource_group.this.name
  short_name          = "credence"
  tags                = local.tags

  dynamic "email_receiver" {
    for_each = var.alert_emails

    content {
      name                    = email_receiver.key
      email_address           = email_receiver.value
      use_common_alert_schema = true
    }
  }
}

resource "azurerm_monitor_scheduled_query_rules_alert_v2" "this" {
  for_each = local.log_alerts

  name                      = "${var.name}-${each.key}"
  location                  = var.location
  resource_group_name       = azurerm_resource_group.this.name
  description               = each.value.about
  severity                  = each.value.severity
  scopes                    = [azurerm_log_analytics_workspace.logs.id]
  evaluation_frequency      = each.value.every
  window_duration           = each.value.window
  query_time_range_override = each.key == "unwraps-unusual" ? "P2D" : null
  skip_query_validation     = true # the tables come into being with the first log
  auto_mitigation_enabled   = false
  tags                      = local.tags

  criteria {
    query                   = each.value.query
    time_aggregation_method = "Count"
    operator                = "GreaterThan"
    threshold               = 0
  }

  action {
    action_groups = [azurerm_monitor_action_group.alerts.id]
  }
}

resource "azurerm_monitor_metric_alert" "this" {
  for_each = local.metric_alerts

  name                = "${var.name}-${each.key}"
  resource_group_name = azurerm_resource_group.this.name
  description         = each.value.about
  severity            = each.value.severity
  scopes              = [each.value.of]
  frequency           = "PT5M"
  window_size         = "PT15M"
  tags                = local.tags

  criteria {
    metric_namespace = each.value.space
    metric_name      = each.value.metric
    aggregation      = each.value.how
    operator         = "GreaterThan"
    threshold        = each.value.over
  }

  action {
    action_group_id = azurerm_monitor_action_group.alerts.id
  }
}

# Records arrive, and nobody reads: the pipeline stands still.
resource "azurerm_monitor_metric_alert" "reading_stopped" {
  name                = "${var.name}-reading-stopped"
  resource_group_name = azurerm_resource_group.this.name
  description         = "Records arrive and none is read."
  severity            = 1
  scopes              = [azurerm_eventhub_namespace.stream.id]
  frequency           = "PT5M"
  window_size         = "PT15M"
  tags                = local.tags

  criteria {
    metric_namespace = "Microsoft.EventHub/namespaces"
    metric_name      = "IncomingMessages"
    aggregation      = "Total"
    operator         = "GreaterThan"
    threshold        = 0
  }

  criteria {
    metric_namespace = "Microsoft.EventHub/namespaces"
    metric_name      = "OutgoingMessages"
    aggregation      = "Total"
    operator         = "LessThan"
    threshold        = 1
  }

  action {
    action_group_id = azurerm_monitor_action_group.alerts.id
  }
}
