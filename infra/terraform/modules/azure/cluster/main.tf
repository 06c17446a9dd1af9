# A cluster of AKS for the services, and nothing else: private, in the subnet of the module for data, with nodes that leave through its firewall alone.

data "azurerm_client_config" "current" {}

resource "azurerm_user_assigned_identity" "this" {
  for_each = toset(["cluster", "kubelet"])

  name                = "${var.name}-${each.key}"
  location            = var.location
  resource_group_name = var.resource_group_name
  tags                = var.tags
}

# The cluster joins the subnet, and gives the kubelet its identity; neither may do more.
resource "azurerm_role_assignment" "network" {
  scope                = var.subnet_id
  role_definition_name = "Network Contributor"
  principal_id         = azurerm_user_assigned_identity.this["cluster"].principal_id
  description          = "Puts machines into the subnet of the services."
}

resource "azurerm_role_assignment" "kubelet" {
  scope                = azurerm_user_assigned_identity.this["kubelet"].id
  role_definition_name = "Managed Identity Operator"
  principal_id         = azurerm_user_assigned_identity.this["cluster"].principal_id
  description          = "Gives machines the identity that fetches images."
}

resource "azurerm_role_assignment" "zone" {
  scope                = var.private_dns_zone_id
  role_definition_name = "Private DNS Zone Contributor"
  principal_id         = azurerm_user_assigned_identity.this["cluster"].principal_id
  description          = "Writes the name of the control plane."
}

# Seals the Secrets of Kubernetes before they are stored, and the machines' disks.
resource "azurerm_role_assignment" "secrets" {
  scope                = var.sealing_key.resource_id
  role_definition_name = "Key Vault Crypto User"
  principal_id         = azurerm_user_assigned_identity.this["cluster"].principal_id
  description          = "Seals Secrets with this key."
}

# Copies of the images that are run: nodes reach no other registry.
resource "azurerm_container_registry" "this" {
  name                          = var.registry_name
  location                      = var.location
  resource_group_name           = var.resource_group_name
  sku                           = "Premium"
  admin_enabled                 = false
  anonymous_pull_enabled        = false
  public_network_access_enabled = false
  network_rule_bypass_option    = "None"
  export_policy_enabled         = false
  data_endpoint_enabled         = true
  zone_redundancy_enabled       = true
  quarantine_policy_enabled     = true
  retention_policy_in_days      = 30
  tags                          = var.tags

  #checkov:skip=CKV_AZURE_164:content trust ends with azurerm 5; signatures are verified at admission (deploy/policies)
  #checkov:skip=CKV_AZURE_165:copies of images can be made again: another region costs as much as this one
}

resource "azurerm_private_endpoint" "registry" {
  name                = "${var.name}-registry"
  location            = var.location
  resource_group_name = var.resource_group_name
  subnet_id           = var.endpoints_subnet_id
  tags                = var.tags

  private_service_connection {
    name                           = "registry"
    private_connection_resource_id = azurerm_container_registry.this.id
    subresource_names              = ["registry"]
    is_manual_connection           = false
  }
  private_dns_zone_group {
    name                 = "registry"
    private_dns_zone_ids = [var.registry_dns_zone_id]
  }
}

resource "azurerm_role_assignment" "images" {
  scope                = azurerm_container_registry.this.id
  role_definition_name = "AcrPull"
  principal_id         = azurerm_user_assigned_identity.this["kubelet"].principal_id
  description          = "Fetches images."
}

resource "azurerm_kubernetes_cluster" "this" {
  name                                = var.name
  location                            = var.location
  resource_group_name                 = var.resource_group_name
  node_resource_group                 = "${var.name}-nodes"
  dns_prefix_private_cluster          = var.name
  private_cluster_enabled             = true
  private_cluster_public_fqdn_enabled = false
  private_dns_zone_id                 = var.private_dns_zone_id
  sku_tier                            = "Standard"
  automatic_upgrade_channel           = "patch"
  node_os_upgrade_channel             = "NodeImage"
  local_account_disabled              = true
  role_based_access_control_enabled   = true
  azure_policy_enabled                = true
  oidc_issuer_enabled                 = true
  workload_identity_enabled           = true
  run_command_enabled                 = false
  image_cleaner_enabled               = true
  image_cleaner_interval_hours        = 168
  disk_encryption_set_id              = var.disk_encryption_set_id
  tags                                = var.tags

  # Machines are those of the pools below, and no others.
  node_provisioning_profile {
    mode = "Manual"
  }
  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.this["cluster"].id]
  }
  kubelet_identity {
    client_id                 = azurerm_user_assigned_identity.this["kubelet"].client_id
    object_id                 = azurerm_user_assigned_identity.this["kubelet"].principal_id
    user_assigned_identity_id = azurerm_user_assigned_identity.this["kubelet"].id
  }
  azure_active_directory_role_based_access_control {
    azure_rbac_enabled     = true
    tenant_id              = data.azurerm_client_config.current.tenant_id
    admin_group_object_ids = var.administrator_groups
  }
  key_management_service {
    key_vault_key_id         = var.sealing_key.id
    key_vault_network_access = "Private"
  }
  network_profile {
    network_plugin      = "azure"
    network_plugin_mode = "overlay"
    network_policy      = "cilium"
    network_data_plane  = "cilium"
    outbound_type       = "userDefinedRouting" # through the firewall of the module for data, or nowhere
    pod_cidr            = var.pod_range
    service_cidr        = var.service_range
    dns_service_ip      = cidrhost(var.service_range, 10)
  }
  key_vault_secrets_provider {
    secret_rotation_enabled = true
  }
  microsoft_defender {
    log_analytics_workspace_id = var.log_workspace_id
  }
  default_node_pool {
    name                         = "services"
    vm_size                      = var.nodes.size
    os_sku                       = "AzureLinux"
    os_disk_type                 = "Ephemeral"
    vnet_subnet_id               = var.subnet_id
    zones                        = ["1", "2", "3"]
    auto_scaling_enabled         = true
    min_count                    = var.nodes.minimum
    max_count                    = var.nodes.maximum
    max_pods                     = 60
    host_encryption_enabled      = true
    node_public_ip_enabled       = false
    only_critical_addons_enabled = false
    temporary_name_for_rotation  = "rotation"
    tags                         = var.tags

    upgrade_settings {
      max_surge = "1"
    }
  }

  lifecycle {
    prevent_destroy = true
  }

  #checkov:skip=CKV_AZURE_4:logs go to the workspace by the diagnostic setting below, audit logs among them; the agent is for containers' output
  #checkov:skip=CKV_AZURE_6:the control plane has no public address that ranges could be named for
  #checkov:skip=CKV_AZURE_232:one pool is all that these services need; a second one would stand idle

  depends_on = [azurerm_role_assignment.network, azurerm_role_assignment.kubelet, azurerm_role_assignment.zone, azurerm_role_assignment.secrets]
}

resource "azurerm_monitor_diagnostic_setting" "cluster" {
  name                       = "audit"
  target_resource_id         = azurerm_kubernetes_cluster.this.id
  log_analytics_workspace_id = var.log_workspace_id

  dynamic "enabled_log" {
    for_each = toset(["kube-apiserver", "kube-audit", "kube-audit-admin", "kube-controller-manager", "kube-scheduler", "guard"])
    content {
      category = enabled_log.value
    }
  }
}

resource "azurerm_monitor_diagnostic_setting" "registry" {
  name                       = "audit"
  target_resource_id         = azurerm_container_registry.this.id
  log_analytics_workspace_id = var.log_workspace_id

  dynamic "enabled_log" {
    for_each = toset(["ContainerRegistryLoginEvents", "ContainerRegistryRepositoryEvents"])
    content {
      category = enabled_log.value
    }
  }
}
