locals {
  restricted_vip = "199.36.153.4/30"
  api_addresses  = var.google_apis == "endpoint" ? [var.network.apis_address] : [for host in range(4) : cidrhost(local.restricted_vip, host)]

  # images come from pkg.dev and gcr.io; everything else of Google's is below googleapis.com
  api_names = {
    googleapis   = "*.googleapis.com."
    registry     = "*.pkg.dev."
    gcr          = "*.gcr.io."
    gcr-apex     = "gcr.io."
    registry-top = "pkg.dev."
  }
}

/** Whatever a name of Google's is, it leads to the private addresses: no client has to be told of them. */
resource "google_dns_response_policy" "apis" {
  project              = var.project_id
  response_policy_name = "${var.name}-apis"
  description          = "Google's APIs at their private addresses"

  networks {
    network_url = google_compute_network.this.id
  }

  depends_on = [google_project_service.this]
}

resource "google_dns_response_policy_rule" "apis" {
  for_each = local.api_names

  project         = var.project_id
  response_policy = google_dns_response_policy.apis.response_policy_name
  rule_name       = each.key
  dns_name        = each.value

  local_data {
    local_datas {
      name    = each.value
      type    = "A"
      ttl     = 300
      rrdatas = local.api_addresses
    }
  }
}

/** Who asked for what name. */
resource "google_dns_policy" "this" {
  project                   = var.project_id
  name                      = var.name
  description               = "Logs queries"
  enable_inbound_forwarding = false
  enable_logging            = true

  networks {
    network_url = google_compute_network.this.id
  }
}

/** The name in the database's certificate leads to its endpoint in this network. */
resource "google_dns_managed_zone" "postgres" {
  project     = var.project_id
  name        = "${var.name}-postgres"
  dns_name    = google_sql_database_instance.this.dns_name
  description = "The database's endpoint"
  visibility  = "private"
  labels      = local.labels

  private_visibility_config {
    networks {
      network_url = google_compute_network.this.id
    }
  }
}

resource "google_dns_record_set" "postgres" {
  project      = var.project_id
  managed_zone = google_dns_managed_zone.postgres.name
  name         = google_sql_database_instance.this.dns_name
  type         = "A"
  ttl          = 300
  rrdatas      = [google_compute_address.postgres.address]
}
