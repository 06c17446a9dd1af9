/** No machine here has an address on the internet, nor a way to it: routes lead to Google's APIs and nowhere else. */
resource "google_compute_network" "this" {
  project                         = var.project_id
  name                            = var.name
  description                     = "Private network of ${var.name}"
  auto_create_subnetworks         = false
  delete_default_routes_on_create = true
  routing_mode                    = "REGIONAL"

  depends_on = [google_project_service.this]
}

resource "google_compute_subnetwork" "machines" {
  project                    = var.project_id
  name                       = "${var.name}-machines"
  region                     = var.region
  network                    = google_compute_network.this.id
  ip_cidr_range              = var.network.machines
  private_ip_google_access   = true
  private_ipv6_google_access = "DISABLE_GOOGLE_ACCESS"
  stack_type                 = "IPV4_ONLY"

  secondary_ip_range {
    range_name    = "pods"
    ip_cidr_range = var.network.pods
  }
  secondary_ip_range {
    range_name    = "services"
    ip_cidr_range = var.network.services
  }

  log_config {
    aggregation_interval = "INTERVAL_5_SEC"
    flow_sampling        = 0.5
    metadata             = "INCLUDE_ALL_METADATA"
  }
}

/** The one route out, to the addresses of the restricted APIs; the next hop is Google's edge and not the internet. */
resource "google_compute_route" "restricted_apis" {
  count = var.google_apis == "restricted-vip" ? 1 : 0

  project          = var.project_id
  name             = "${var.name}-restricted-apis"
  network          = google_compute_network.this.id
  dest_range       = local.restricted_vip
  next_hop_gateway = "default-internet-gateway"
  priority         = 1000
}

/** Google's APIs at an address of this network: those alone that VPC Service Controls can guard. */
resource "google_compute_global_address" "apis" {
  count = var.google_apis == "endpoint" ? 1 : 0

  project      = var.project_id
  name         = "${var.name}-apis"
  address_type = "INTERNAL"
  purpose      = "PRIVATE_SERVICE_CONNECT"
  network      = google_compute_network.this.id
  address      = var.network.apis_address
  labels       = local.labels
}

resource "google_compute_global_forwarding_rule" "apis" {
  count = var.google_apis == "endpoint" ? 1 : 0

  project               = var.project_id
  name                  = "${substr(replace(var.name, "-", ""), 0, 16)}apis" # letters and digits alone are taken here, at most 20
  target                = "vpc-sc"
  network               = google_compute_network.this.id
  ip_address            = google_compute_global_address.apis[0].id
  load_balancing_scheme = ""
  labels                = local.labels
}

/** Google's own side of Redis, peered with this network. */
resource "google_compute_global_address" "managed" {
  project       = var.project_id
  name          = "${var.name}-managed"
  address_type  = "INTERNAL"
  purpose       = "VPC_PEERING"
  network       = google_compute_network.this.id
  address       = split("/", var.network.managed)[0]
  prefix_length = tonumber(split("/", var.network.managed)[1])
  labels        = local.labels
}

resource "google_service_networking_connection" "managed" {
  network                 = google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.managed.name]

  depends_on = [google_project_service.this]
}

/** Takes the way to the internet away from that side as well. */
resource "google_service_networking_vpc_service_controls" "managed" {
  project = var.project_id
  network = google_compute_network.this.name
  service = google_service_networking_connection.managed.service
  enabled = true
}
