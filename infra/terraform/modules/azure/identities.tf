locals {
  # A service's identity, and groups of people that may do the same.
  grantees = merge(
    { for who in local.principals : who => { principal = who, id = azurerm_user_assigned_identity.service[who].principal_id, type = "ServicePrincipal" } },
    merge([
      for who, groups in var.groups : { for name, id in groups : "${who}-${name}" => { principal = who, id = id, type = "Group" } }
    ]...),
  )
  hub_grants = merge([
    for dataset in keys(var.datasets) : {
      for name, grantee in local.grantees : "${name}-${dataset}" => merge(grantee, { dataset = dataset })
      if contains(keys(local.hub_actions), grantee.principal)
    }
  ]...)
}

resource "azurerm_user_assigned_identity" "service" {
  for_each = toset(local.principals)

  name                = "${var.name}-${each.key}"
  location            = var.location
  resource_group_name = azurerm_resource_group.this.name
  tags                = local.tags
}

# One service account of one namespace of one cluster, and no secret.
resource "azurerm_federated_identity_credential" "service" {
  for_each = var.oidc_issuer_url == null ? toset([]) : toset(local.principals)

  name                      = "credence-${each.key}"
  user_assigned_identity_id = azurerm_user_assigned_identity.service[each.key].id
  audience                  = ["api://AzureADTokenExchange"]
  issuer                    = var.oidc_issuer_url
  subject                   = "system:serviceaccount:${var.kubernetes_namespace}:credence-${each.key}"
}

# No role that is built in grants as little: those for data come with every path, those for keys with encryption and more.
resource "azurerm_role_definition" "store" {
  for_each = local.store_actions

  name              = "${local.global_name} ${each.key} store"
  scope             = azurerm_resource_group.this.id
  description       = "What Credence's ${each.key} does in the store; the assignment says on which paths."
  assignable_scopes = [azurerm_resource_group.this.id]

  permissions {
    actions      = ["${local.containers}/read"]
    data_actions = each.value
  }
}

resource "azurerm_role_assignment" "store" {
  for_each = local.grantees

  scope              = azurerm_storage_container.store.id
  role_definition_id = azurerm_role_definition.store[each.value.principal].role_definition_resource_id
  principal_id       = each.value.id
  principal_type     = each.value.type
  description        = "Paths of ${each.value.principal}."
  condition_version  = "2.0"
  condition          = local.conditions[each.value.principal]

  lifecycle {
    precondition {
      condition     = length(local.conditions[each.value.principal]) <= 8192
      error_message = "The condition of ${each.value.principal} is longer than the 8 KB that Azure takes: name fewer datasets, or shorter ones."
    }
  }
}

resource "azurerm_role_definition" "keys" {
  for_each = var.keys.service == "vault" ? local.key_actions : {}

  name              = "${local.global_name} ${each.key} key"
  scope             = azurerm_resource_group.this.id
  description       = "What Credence's ${each.key} does with the wrapping key."
  assignable_scopes = [azurerm_resource_group.this.id]

  permissions {
    actions      = []
    data_actions = each.value
  }
}

resource "azurerm_role_assignment" "keys" {
  for_each = var.keys.service == "vault" ? local.grantees : {}

  scope              = azurerm_key_vault_key.wrap[0].resource_versionless_id
  role_definition_id = azurerm_role_definition.keys[each.value.principal].role_definition_resource_id
  principal_id       = each.value.id
  principal_type     = each.value.type
  description        = "The wrapping key, for ${each.value.principal}."
}

resource "azurerm_role_definition" "hubs" {
  for_each = local.hub_actions

  name              = "${local.global_name} ${each.key} hubs"
  scope             = azurerm_resource_group.this.id
  description       = "What Credence's ${each.key} does with the hubs."
  assignable_scopes = [azurerm_resource_group.this.id]

  permissions {
    actions      = []
    data_actions = each.value
  }
}

# On the hub, not on the consumer group: whoever reads asks the hub for its partitions first.
resource "azurerm_role_assignment" "hubs" {
  for_each = local.hub_grants

  scope              = azurerm_eventhub.dataset[each.value.dataset].id
  role_definition_id = azurerm_role_definition.hubs[each.value.principal].role_definition_resource_id
  principal_id       = each.value.id
  principal_type     = each.value.type
  description        = "The hub of ${each.value.dataset}, for ${each.value.principal}."
}

resource "azurerm_role_definition" "checkpoints" {
  count = var.checkpoints_mirror ? 1 : 0

  name              = "${local.global_name} ingest checkpoints"
  scope             = azurerm_resource_group.this.id
  description       = "Copies checkpoints, for other tools to see."
  assignable_scopes = [azurerm_resource_group.this.id]

  permissions {
    actions      = []
    data_actions = distinct([for statement in local.statements : statement.action if statement.product == "checkpoints"])
  }
}

resource "azurerm_role_assignment" "checkpoints" {
  count = var.checkpoints_mirror ? 1 : 0

  scope              = azurerm_storage_container.checkpoints[0].id
  role_definition_id = azurerm_role_definition.checkpoints[0].role_definition_resource_id
  principal_id       = azurerm_user_assigned_identity.service["ingest"].principal_id
  principal_type     = "ServicePrincipal"
  description        = "The container of checkpoints, for ingest."
}

resource "azurerm_role_assignment" "producers" {
  for_each = var.producers

  scope                = azurerm_eventhub.dataset[each.value.dataset].id
  role_definition_name = "Azure Event Hubs Data Sender"
  principal_id         = each.value.principal_id
  description          = "Sends records of ${each.value.dataset}."
}
