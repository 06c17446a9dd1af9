# From nothing, then with another dataset and a person more. Run by validate.sh, in a copy that may be torn down.
mock_provider "azurerm" {
  source = "../../tests/mocks/azurerm"
}

variables {
  subscription_id         = "00000000-0000-4000-8000-0000000000a3"
  suffix                  = "x7k2"
  datasets                = { mail = {} }
  alert_emails            = { oncall = "oncall@example.org" }
  database_administrators = { administrators = "00000000-0000-4000-8000-000000000005" }
  deployer                = { object_id = "00000000-0000-4000-8000-000000000004" }
}

run "from_nothing" {
  assert {
    condition     = contains(keys(yamldecode(output.credence_config).datasets), "mail")
    error_message = "Services are not told of the dataset."
  }
}

run "a_dataset_and_a_person_more" {
  variables {
    datasets        = { mail = {}, digits = { hub = "scans", format = "avro" } }
    groups          = { reviewer = { reviewers = "00000000-0000-4000-8000-000000000001" } }
    oidc_issuer_url = "https://westeurope.oic.prod-aks.azure.com/tenant/cluster/"
  }

  assert {
    condition     = length(yamldecode(output.credence_config).datasets) == 2
    error_message = "The dataset that was added is not there."
  }
}
