# What the chart has to know of what was made here: who each service is, where it may go, where its passwords are.

locals {
  helm_values = {
    configuration = yamlencode(local.config)
    authorities   = local.authorities
    check         = { enabled = local.checks }
    identities = {
      for principal in local.workloads : principal => {
        name        = try(var.workload_identity.service_accounts[principal], "${var.name}-${principal}")
        annotations = { "iam.gke.io/gcp-service-account" = google_service_account.this[principal].email }
        environment = { CREDENCE_POSTGRES_USER = urlencode(local.database_users[principal]) }
      }
    }
    flows = merge(
      { for to, rule in local.egress : to => merge(
        { ranges = sort(rule.ranges), ports = [for port in sort(rule.ports) : tonumber(port)] },
        to == "redis" ? { services = sort(tolist(local.processes)) } : {},
      ) },
      { identity = { ranges = ["169.254.169.252/32"], ports = [988] } }, # the server of tokens, on the same machine
    )
    secrets = {
      external = {
        provider = { gcpsm = { projectID = var.project_id, auth = { workloadIdentity = { serviceAccountRef = { name = "${var.name}-${local.checks ? "operator" : "sweep"}" } } } } }
        values = {
          CREDENCE_REDIS_PASSWORD = { key = google_secret_manager_secret.this["redis"].secret_id }
        }
      }
    }
  }
}

output "helm_values" {
  description = "Values for the chart: `terraform output -raw helm_values > values.yaml`. The contracts and the image are yours to add."
  value       = yamlencode(local.helm_values)
}
