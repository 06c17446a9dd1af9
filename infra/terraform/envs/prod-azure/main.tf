module "credence" {
  source = "../../modules/azure"

  name            = "credence-prod"
  environment     = "prod"
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

  event_hubs         = { sku = "Premium", capacity = 1 }
  store              = { hierarchical = false, replication = "GZRS", soft_delete_days = 30, immutable_days = 30 }
  keys               = { hardware = true, size = 4096, rotation_days = 90, administrator_groups = var.key_administrators }
  postgres           = { sku = "GP_Standard_D2ds_v5", storage_mb = 131072, backup_days = 35, administrators = var.database_administrators }
  redis              = { sku = "Balanced_B1" }
  groups             = var.groups
  producers          = var.producers
  deployer           = var.deployer
  registry_id        = var.registry_id
  log_retention_days = 365
}

# Tells, and stops nothing.
resource "azurerm_consumption_budget_resource_group" "credence" {
  name              = "credence-prod"
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
