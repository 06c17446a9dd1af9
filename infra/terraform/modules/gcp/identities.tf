locals {
  # one identity each, as docs/permissions.md has them
  principals = {
    ingest   = "Reads the sources and stages windows"
    scan     = "Scores staged windows"
    encrypt  = "Commits scanned windows and delivers admitted rows"
    sweep    = "Carries out reviews and removes what a crash left"
    reviewer = "Looks at what is held"
    exporter = "Reads for training"
    operator = "Looks after keys"
  }
  processes = toset(["ingest", "scan", "encrypt", "sweep"])
  workloads = setunion(local.processes, local.checks ? ["operator"] : []) # the chart runs `credence check` as the operator
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
