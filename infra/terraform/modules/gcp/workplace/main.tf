# A machine in the network through which people reach what answers nowhere else. It has no address outside: Identity-Aware Proxy leads named people to its
# SSH and nobody else, by their own accounts and a second factor. It may do nothing itself, and nobody administers it.

locals {
  # where Identity-Aware Proxy forwards from
  proxies = "35.235.240.0/20"

  levels = join(" || ", [for level in sort(var.access_levels) : "\"${level}\" in request.auth.access_levels"])
  reach  = join(" && ", compact(["destination.port == 22", local.levels == "" ? "" : "(${local.levels})"]))
}

resource "google_project_service" "iap" {
  project            = var.project_id
  service            = "iap.googleapis.com"
  disable_on_destroy = false # others may use it by then
}

/** Whom the firewall knows the machine by; it is granted nothing. */
resource "google_service_account" "this" {
  project      = var.project_id
  account_id   = "${var.name}-workplace"
  display_name = "${var.name} workplace"
  description  = "Has no rights: connections are forwarded through the machine that wears it"
}

resource "google_compute_firewall" "this" {
  project     = var.project_id
  name        = "${var.name}-workplace"
  description = "Identity-Aware Proxy reaches the workplace, and nothing else does"
  network     = var.network.network
  direction   = "INGRESS"
  priority    = 1000

  source_ranges           = [local.proxies]
  target_service_accounts = [google_service_account.this.email]
  allow {
    protocol = "tcp"
    ports    = ["22"]
  }
  log_config {
    metadata = "INCLUDE_ALL_METADATA"
  }
}

resource "google_compute_instance" "this" {
  project                   = var.project_id
  name                      = "${var.name}-workplace"
  description               = "Connections are forwarded through it; nothing is kept on it"
  zone                      = var.zone
  machine_type              = "e2-micro"
  allow_stopping_for_update = true
  labels                    = var.labels

  boot_disk {
    kms_key_self_link = var.disk_key
    initialize_params {
      image = "projects/cos-cloud/global/images/family/cos-stable" # a root that is verified, updates as a whole
      size  = 10
    }
  }
  network_interface {
    network    = var.network.network
    subnetwork = var.network.subnetwork
  }
  service_account {
    email  = google_service_account.this.email
    scopes = []
  }
  shielded_instance_config {
    enable_secure_boot          = true
    enable_vtpm                 = true
    enable_integrity_monitoring = true
  }
  metadata = {
    block-project-ssh-keys = "TRUE"
    enable-oslogin         = "TRUE"
    enable-oslogin-2fa     = "TRUE"
    serial-port-enable     = "FALSE"
  }

  #checkov:skip=CKV_GCP_38:its disk is Google's image and rests under a key of yours where one is named; a key that is handed over would be in the state
}

/** Named people are led to its SSH, from where the access levels say. */
resource "google_iap_tunnel_instance_iam_member" "people" {
  for_each = var.people

  project  = var.project_id
  zone     = var.zone
  instance = google_compute_instance.this.name
  role     = "roles/iap.tunnelResourceAccessor"
  member   = each.value

  condition {
    title       = "ssh-of-the-workplace"
    description = "One port, from where the access levels say"
    expression  = local.reach
  }
}

/** They sign in as themselves, and administer nothing. */
resource "google_compute_instance_iam_member" "people" {
  for_each = var.people

  project       = var.project_id
  zone          = var.zone
  instance_name = google_compute_instance.this.name
  role          = "roles/compute.osLogin"
  member        = each.value
}

/** OS Login asks for this of a machine that wears an account: one without rights. */
resource "google_service_account_iam_member" "people" {
  for_each = var.people

  service_account_id = google_service_account.this.name
  role               = "roles/iam.serviceAccountUser"
  member             = each.value
}

/** gcloud looks at the project before it connects. */
resource "google_project_iam_custom_role" "looks" {
  project     = var.project_id
  role_id     = "${replace(var.name, "-", "_")}_workplace"
  title       = "${var.name} workplace"
  description = "What gcloud compute ssh looks at"
  permissions = ["compute.projects.get"]
}

resource "google_project_iam_member" "people" {
  for_each = var.people

  project = var.project_id
  role    = google_project_iam_custom_role.looks.name
  member  = each.value
}
