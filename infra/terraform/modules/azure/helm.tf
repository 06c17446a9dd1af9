# What the chart has to know of what was made here: who each service is, and where it may go. Redis's key is in a Secret of yours.

locals {
  to_endpoints = { for name, port in { endpoints = "443", stream = "5671", postgres = "5432", redis = local.redis_port } : name => tonumber(port) }

  helm_values = {
    configuration = yamlencode(local.configuration)
    identities = {
      for who in local.principals : who => {
        name        = "credence-${who}"
        annotations = { "azure.workload.identity/client-id" = azurerm_user_assigned_identity.service[who].client_id }
        podLabels   = { "azure.workload.identity/use" = "true" }
        environment = { CREDENCE_POSTGRES_USER = azurerm_user_assigned_identity.service[who].name }
      } if who != "reviewer"
    }
    flows = {
      for name, port in local.to_endpoints : name => merge(
        { ranges = [local.subnets.endpoints], ports = [port] },
        name == "stream" ? { services = ["ingest"] } : name == "redis" ? { services = ["ingest", "scan", "encrypt", "sweep"] } : {},
      )
    }
  }
}

output "helm_values" {
  description = "Values for the chart: terraform output -raw helm_values > values.yaml. The contracts, the image, a Secret with Redis's key and the flow to where tokens are signed (through your firewall) are yours to add."
  value       = yamlencode(local.helm_values)
}
