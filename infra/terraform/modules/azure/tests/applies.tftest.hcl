# From nothing, then each later change over what is there. Run by validate.sh, in a copy that may be torn down.
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

run "from_nothing" {
  assert {
    condition     = contains(keys(yamldecode(output.credence_config).datasets), "mail")
    error_message = "Services are not told of the dataset."
  }
}

run "a_dataset_people_and_all_that_is_optional_are_added" {
  variables {
    datasets  = { mail = {}, digits = { hub = "scans", format = "avro" } }
    groups    = { reviewer = { reviewers = "00000000-0000-4000-8000-000000000001" }, operator = { oncall = "00000000-0000-4000-8000-000000000002" } }
    producers = { gateway = { principal_id = "00000000-0000-4000-8000-000000000003", dataset = "mail" } }
    client_networks = {
      hub = {
        virtual_network_id = "/subscriptions/00000000-0000-4000-8000-0000000000a3/resourceGroups/hub/providers/Microsoft.Network/virtualNetworks/hub"
        address_prefixes   = ["10.8.0.0/24"]
      }
    }
    egress_next_hop    = "10.8.0.4"
    oidc_issuer_url    = "https://westeurope.oic.prod-aks.azure.com/tenant/cluster/"
    checkpoints_mirror = true
    federations        = ["rounds"]
    console            = true
    duties             = ["check", "verify", "audit", "countObjects", "newEpochs", "letters", "neighbours", "releases"]
  }

  assert {
    condition     = length(yamldecode(output.credence_config).datasets) == 2 && contains(keys(output.service_accounts), "console")
    error_message = "What was added is not there."
  }
}

run "people_go" {
  variables {
    datasets = { mail = {}, digits = { hub = "scans", format = "avro" } }
  }

  assert {
    condition     = !contains(keys(output.service_accounts), "console")
    error_message = "What was taken away is still there."
  }
}
