mock_provider "azurerm" {
  source = "../../tests/mocks/azurerm"
}

variables {
  name         = "credence-test"
  suffix       = "x7k2"
  environment  = "prod"
  location     = "westeurope"
  datasets     = { mail = {} }
  alert_emails = { oncall = "oncall@example.org" }
  deployer     = { object_id = "00000000-0000-4000-8000-000000000004" }
  postgres     = { administrators = { administrators = "00000000-0000-4000-8000-000000000005" } }
}

run "stands_with_defaults" {
  command = plan

  assert {
    condition     = azurerm_storage_account.store.public_network_access_enabled == false && azurerm_storage_account.store.shared_access_key_enabled == false
    error_message = "The store is public, or takes shared keys."
  }
  assert {
    condition     = azurerm_key_vault.keys.purge_protection_enabled && azurerm_key_vault.keys.public_network_access_enabled == false
    error_message = "The vault is public, or its keys can be purged."
  }
  assert {
    condition     = azurerm_managed_redis.queue[0].default_database[0].eviction_policy == "NoEviction"
    error_message = "Redis drops jobs."
  }
  assert {
    condition     = alltrue([for assignment in azurerm_role_assignment.store : assignment.condition_version == "2.0"])
    error_message = "A role on the store holds for every path."
  }
}

run "flat_with_immutability" {
  command = plan

  variables {
    store = { hierarchical = false, immutable_days = 30 }
  }

  assert {
    condition     = azurerm_storage_account.store.immutability_policy[0].state == "Disabled" && azurerm_storage_account.store.blob_properties[0].versioning_enabled
    error_message = "Versions cannot be held, or staging cannot be discarded."
  }
}

run "locks_go_knowingly" {
  command = plan

  variables {
    deletion_protection = false
  }

  expect_failures = [azurerm_storage_account.store]
}

run "standard_hubs_are_taken_knowingly" {
  command = plan

  variables {
    event_hubs = { sku = "Standard" }
  }

  expect_failures = [azurerm_eventhub_namespace.stream]
}

run "a_public_vault_is_taken_knowingly" {
  command = plan

  variables {
    deployer_ip_ranges = ["203.0.113.7"]
  }

  expect_failures = [azurerm_key_vault.keys]
}

run "hierarchical_accounts_hold_no_versions" {
  command = plan

  variables {
    store = { hierarchical = true, immutable_days = 30 }
  }

  expect_failures = [var.store]
}
