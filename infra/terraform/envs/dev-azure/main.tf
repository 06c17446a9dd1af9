module "credence" {
  source = "../../modules/azure"

  name            = "credence-dev"
  environment     = "dev"
  suffix          = var.suffix
  location        = var.location
  datasets        = var.datasets
  federations     = var.federations
  console         = var.console
  client_networks = var.client_networks
  egress_next_hop = var.egress_next_hop
  oidc_issuer_url = var.oidc_issuer_url
  alert_emails    = var.alert_emails
  tags            = var.tags

  # A Premium namespace costs as much as all the rest: what is sent here is made up, and may be under the platform's keys.
  accept             = ["event_hubs_without_own_key"]
  event_hubs         = { sku = "Standard", capacity = 1 }
  store              = { hierarchical = true, replication = "LRS", soft_delete_days = 7 }
  keys               = { hardware = false, size = 3072, administrator_groups = var.key_administrators }
  postgres           = { sku = "B_Standard_B1ms", storage_mb = 32768, backup_days = 7, zone_redundant = false, administrators = var.database_administrators }
  redis              = { sku = "Balanced_B0", high_availability = false }
  groups             = var.groups
  producers          = var.producers
  deployer           = var.deployer
  registry_id        = var.registry_id
  log_retention_days = 90
}

# Tells, and stops nothing.
resource "azurerm_consumption_budget_resource_group" "credence" {
  name              = "credence-dev"
  resource_group_id = module.credence.resource_group_id
  amount            = var.monthly_budget
  time_grain        = "Monthly"

  time_period {
    start_date = formatdate("YYYY-MM-01'T'00:00:00Z", plantimestamp())
  }

  notification {
    operator       = "GreaterThan"
    threshold      = 80
    threshold_type = "Actual"
    contact_emails = values(var.alert_emails)
  }

  notification {
    operator       = "GreaterThan"
    threshold      = 100
    threshold_type = "Forecasted"
    contact_emails = values(var.alert_emails)
  }

  lifecycle {
    ignore_changes = [time_period] # it begins in the month of the first apply
  }
}
