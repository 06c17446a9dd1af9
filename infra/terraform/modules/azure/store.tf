locals {
  store_kind = var.store.hierarchical ? "adls" : "blob"
  store_part = var.store.hierarchical ? "dfs" : "blob"
  is_flat    = !var.store.hierarchical
}

# Everything is below one container, a prefix for each zone; who may do what below which is for policies.tf.
resource "azurerm_storage_account" "store" {
  #checkov:skip=CKV_AZURE_33:the account has no queues
  #checkov:skip=CKV2_AZURE_33:it has two, one for blob and one for dfs (endpoints.tf, by for_each)
  #checkov:skip=CKV_AZURE_36:no service of the platform has business with the store
  #checkov:skip=CKV_AZURE_206:how often data is kept is an input, ZRS unless it says otherwise
  name                              = local.account_name
  location                          = var.location
  resource_group_name               = azurerm_resource_group.this.name
  account_kind                      = "StorageV2"
  account_tier                      = "Standard"
  account_replication_type          = var.store.replication
  is_hns_enabled                    = var.store.hierarchical
  public_network_access_enabled     = false
  allow_nested_items_to_be_public   = false
  shared_access_key_enabled         = false
  local_user_enabled                = false
  sftp_enabled                      = false
  https_traffic_only_enabled        = true
  min_tls_version                   = "TLS1_2"
  cross_tenant_replication_enabled  = false
  default_to_oauth_authentication   = true
  allowed_copy_scope                = "PrivateLink"
  infrastructure_encryption_enabled = true
  queue_encryption_key_type         = "Account"
  table_encryption_key_type         = "Account"
  tags                              = local.tags

  identity {
    type         = "UserAssigned"
    identity_ids = [azurerm_user_assigned_identity.service_key["store"].id]
  }

  customer_managed_key {
    key_vault_key_id          = azurerm_key_vault_key.service["store"].versionless_id
    user_assigned_identity_id = azurerm_user_assigned_identity.service_key["store"].id
  }

  network_rules {
    default_action = "Deny"
    bypass         = ["None"]
  }

  sas_policy {
    expiration_action = "Block"
    expiration_period = "00.01:00:00"
  }

  # A hierarchical account has neither versions nor a change feed.
  blob_properties {
    versioning_enabled            = local.is_flat
    change_feed_enabled           = local.is_flat
    change_feed_retention_in_days = local.is_flat ? 90 : null

    delete_retention_policy {
      days                     = var.store.soft_delete_days
      permanent_delete_enabled = false
    }

    container_delete_retention_policy {
      days = var.store.soft_delete_days
    }
  }

  # Enables immutability of versions without a default for all: staging has to be discarded, and the store itself says for
  # what it commits until when it is held.
  dynamic "immutability_policy" {
    for_each = var.store.immutable_days > 0 ? [1] : []

    content {
      state                         = "Disabled"
      period_since_creation_in_days = 1
      allow_protected_append_writes = false
    }
  }

  lifecycle {
    prevent_destroy = true

    precondition {
      condition     = var.deletion_protection || contains(var.accept, "no_delete_locks")
      error_message = "deletion_protection = false lets one command delete the store, the keys, the hubs and the catalog: every record is lost, and what is wrapped under the keys is unreadable for good. Add no_delete_locks to accept if that is wanted."
    }
  }

  depends_on = [azurerm_role_assignment.service_key]
}

resource "azurerm_storage_container" "store" {
  #checkov:skip=CKV2_AZURE_21:reads are logged by the diagnostic setting of the blob service (logs.tf)
  name                  = local.container
  storage_account_id    = azurerm_storage_account.store.id
  container_access_type = "private"

  lifecycle {
    prevent_destroy = true
  }
}

resource "azurerm_storage_container" "checkpoints" {
  #checkov:skip=CKV2_AZURE_21:reads are logged by the diagnostic setting of the blob service (logs.tf)
  count = var.checkpoints_mirror ? 1 : 0

  name                  = "checkpoints"
  storage_account_id    = azurerm_storage_account.store.id
  container_access_type = "private"
}

# What a crash left in staging is swept by Credence; what even that forgot goes by age, and so do versions of what was discarded.
resource "azurerm_storage_management_policy" "store" {
  storage_account_id = azurerm_storage_account.store.id

  rule {
    name    = "forgotten-staging"
    enabled = true

    filters {
      blob_types   = ["blockBlob"]
      prefix_match = ["${local.container}/${local.slashed_prefix}staging/"]
    }

    actions {
      base_blob {
        delete_after_days_since_modification_greater_than = var.store.staging_days
      }

      dynamic "version" {
        for_each = local.is_flat ? [1] : []

        content {
          delete_after_days_since_creation = var.store.soft_delete_days
        }
      }
    }
  }
}
