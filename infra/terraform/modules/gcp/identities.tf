locals {
  # one identity each, as docs/permissions.md has them
  all_principals = {
    ingest   = "Reads the sources and stages windows"
    scan     = "Scores staged windows"
    encrypt  = "Commits scanned windows and delivers admitted rows"
    sweep    = "Carries out reviews and removes what a crash left"
    reviewer = "Looks at what is held"
    exporter = "Reads for training"
    operator = "Looks after keys"
    console  = "Shows what is held in a browser and signs decisions"
    federate = "Aggregates federated rounds"
  }
  principals = {
    for principal, about in local.all_principals : principal => about
    if(principal != "console" || var.console) && (principal != "federate" || length(var.federations) > 0)
  }
  # a federation is kept as a dataset is: federate serves those alone, and the operator looks after the keys of all
  federations = sort(tolist(var.federations))
  served = {
    for principal in keys(local.principals) : principal => principal == "federate" ? local.federations : principal == "operator" ? concat(keys(var.datasets), local.federations) : keys(var.datasets)
  }

  processes = toset(["ingest", "scan", "encrypt", "sweep"]) # they share the queue
  # the chart runs `credence check` as the operator, and gathers evidence as the exporter
  workloads = setintersection(keys(local.principals), setunion(local.processes, ["console", "federate", "exporter"], local.checks ? ["operator"] : []))
  member    = { for principal, account in google_service_account.this : principal => "serviceAccount:${account.email}" }

  # one of a pool, or those whom a group, a namespace or an attribute tells apart; never everybody of an organization or a pool
  pool     = "://iam\\.googleapis\\.com/(locations/global/workforcePools|projects/[0-9]+/locations/global/workloadIdentityPools)/[^/*]+"
  pooled   = "principal${local.pool}/subject/[^*]+|principalSet${local.pool}/(group|namespace|attribute\\.[A-Za-z0-9_]+)/[^*]+"
  person   = "^((user|group):[^*]+|${local.pooled})$"
  identity = "^((user|group|serviceAccount):[^*]+|${local.pooled})$"

  people = merge([
    for principal, members in var.people : { for member in members : "${principal}/${member}" => { principal = principal, member = member } }
  ]...)
}

/** Nobody gets a key file: workloads and people are who they are. */
resource "google_service_account" "this" {
  for_each = local.principals

  project      = var.project_id
  account_id   = "${var.name}-${each.key}"
  display_name = "${var.name} ${each.key}"
  description  = each.value

  depends_on = [google_project_service.this]
}

resource "google_service_account_iam_member" "workloads" {
  for_each = var.workload_identity == null ? toset([]) : local.workloads

  service_account_id = google_service_account.this[each.key].name
  role               = "roles/iam.workloadIdentityUser"
  member             = "serviceAccount:${var.workload_identity.pool}[${var.workload_identity.namespace}/${lookup(var.workload_identity.service_accounts, each.key, "${var.name}-${each.key}")}]"
}

/** People act as a service account for an hour at a time, and the audit log says who did. */
resource "google_service_account_iam_member" "people" {
  for_each = local.people

  service_account_id = google_service_account.this[each.value.principal].name
  role               = "roles/iam.serviceAccountTokenCreator"
  member             = each.value.member
}
