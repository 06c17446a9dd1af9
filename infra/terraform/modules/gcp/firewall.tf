locals {
  egress = merge(
    {
      apis = {
        ranges = var.google_apis == "endpoint" ? toset(["${var.network.apis_address}/32"]) : toset([local.restricted_vip])
        ports  = toset(["443"])
      }
      redis    = { ranges = toset([var.network.managed]), ports = toset(["6378"]) } # of Redis with TLS
      postgres = { ranges = toset(["${google_compute_address.postgres.address}/32"]), ports = toset(["5432"]) }
    },
    var.egress,
  )

  # a cluster talks to itself: pods to pods (DNS is one), and everybody to kubelets and to the control plane's address among the machines
  cluster = {
    for to, rule in {
      pods  = { ranges = [var.network.pods], allows = { tcp = [], udp = [], icmp = [] } }
      nodes = { ranges = [var.network.machines], allows = { tcp = ["443", "8132", "10250"] } }
    } : to => rule if var.workload_identity != null
  }
}

resource "google_compute_firewall" "deny_ingress" {
  project     = var.project_id
  name        = "${var.name}-deny-ingress"
  description = "Nothing comes in unless another rule says so"
  network     = google_compute_network.this.id
  direction   = "INGRESS"
  priority    = 65534

  source_ranges = ["0.0.0.0/0"]
  deny {
    protocol = "all"
  }
  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "deny_egress" {
  project     = var.project_id
  name        = "${var.name}-deny-egress"
  description = "Nothing goes out unless another rule says so"
  network     = google_compute_network.this.id
  direction   = "EGRESS"
  priority    = 65534

  destination_ranges = ["0.0.0.0/0"]
  deny {
    protocol = "all"
  }
  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "egress" {
  for_each = local.egress

  project     = var.project_id
  name        = "${var.name}-to-${each.key}"
  description = "Machines reach ${each.key}"
  network     = google_compute_network.this.id
  direction   = "EGRESS"
  priority    = 1000

  destination_ranges = each.value.ranges
  allow {
    protocol = "tcp"
    ports    = each.value.ports
  }
  log_config {
    metadata = "EXCLUDE_ALL_METADATA"
  }
}

resource "google_compute_firewall" "cluster" {
  for_each = local.cluster

  project     = var.project_id
  name        = "${var.name}-cluster-to-${each.key}"
  description = "Within a cluster: ${each.key} are reached"
  network     = google_compute_network.this.id
  direction   = "EGRESS"
  priority    = 1000

  destination_ranges = each.value.ranges
  dynamic "allow" {
    for_each = each.value.allows
    content {
      protocol = allow.key
      ports    = allow.value
    }
  }
  log_config {
    metadata = "EXCLUDE_ALL_METADATA"
  }
}
