# Other shapes from nothing, each by itself. Run by validate.sh, in a copy that may be torn down.
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

run "a_flat_account" {
  state_key = "flat"

  variables {
    store = { hierarchical = false, immutable_days = 30, prefix = "team/credence" }
  }

  assert {
    condition     = azurerm_storage_account.store.is_hns_enabled == false
    error_message = "The account is not flat."
  }
}

run "a_managed_hsm_and_a_cache" {
  state_key = "hsm"

  variables {
    keys = {
      service            = "hsm"
      hsm_administrators = ["00000000-0000-4000-8000-000000000006", "00000000-0000-4000-8000-000000000007"]
      hsm_certificate_ids = [
        for name in ["a", "b", "c"] : "https://credence.vault.azure.net/certificates/${name}/00000000000040008000000000000000"
      ]
    }
    redis = { service = "cache", sku = "Premium_P1" }
  }

  assert {
    condition     = length(azurerm_key_vault_managed_hardware_security_module_key.wrap) == 1 && length(azurerm_key_vault_key.wrap) == 0
    error_message = "The wrapping key is not in the HSM."
  }
}
