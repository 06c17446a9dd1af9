locals {
  # all that is reached from within, for what is not guarded would be a way out: an image pushed elsewhere, a metric that spells data
  guarded_services = [
    "artifactregistry.googleapis.com",
    "bigquery.googleapis.com",
    "bigquerystorage.googleapis.com",
    "cloudkms.googleapis.com",
    "container.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "pubsub.googleapis.com",
    "redis.googleapis.com",
    "secretmanager.googleapis.com",
    "sqladmin.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
  ]
  perimeters = var.perimeter == null ? {} : { (local.under) = var.perimeter }
}

/**
 * Messages, objects, rows, keys and secrets can be reached from within this project's network, and by named people from the given
 * access levels; by nobody else, whatever token they hold. Nothing may be copied out to another project.
 */
resource "google_access_context_manager_service_perimeter" "this" {
  for_each = local.perimeters

  parent                    = "accessPolicies/${each.value.policy}"
  name                      = "accessPolicies/${each.value.policy}/servicePerimeters/${each.key}"
  title                     = each.key
  description               = "What ${var.name} keeps"
  perimeter_type            = "PERIMETER_TYPE_REGULAR"
  use_explicit_dry_run_spec = each.value.dry_run

  dynamic "status" {
    for_each = each.value.dry_run ? [] : [each.value]
    content {
      resources           = ["projects/${local.number}"]
      restricted_services = local.guarded_services

      vpc_accessible_services {
        enable_restriction = true
        allowed_services   = ["RESTRICTED-SERVICES"]
      }

      dynamic "ingress_policies" {
        for_each = length(status.value.access_levels) > 0 && length(status.value.identities) > 0 ? [status.value] : []
        content {
          title = "People and Terraform"
          ingress_from {
            identities = ingress_policies.value.identities
            dynamic "sources" {
              for_each = ingress_policies.value.access_levels
              content {
                access_level = sources.value
              }
            }
          }
          ingress_to {
            resources = ["projects/${local.number}"]
            dynamic "operations" {
              for_each = local.guarded_services
              content {
                service_name = operations.value
                method_selectors {
                  method = "*"
                }
              }
            }
          }
        }
      }
    }
  }

  # the same, only logged
  dynamic "spec" {
    for_each = each.value.dry_run ? [each.value] : []
    content {
      resources           = ["projects/${local.number}"]
      restricted_services = local.guarded_services

      vpc_accessible_services {
        enable_restriction = true
        allowed_services   = ["RESTRICTED-SERVICES"]
      }

      dynamic "ingress_policies" {
        for_each = length(spec.value.access_levels) > 0 && length(spec.value.identities) > 0 ? [spec.value] : []
        content {
          title = "People and Terraform"
          ingress_from {
            identities = ingress_policies.value.identities
            dynamic "sources" {
              for_each = ingress_policies.value.access_levels
              content {
                access_level = sources.value
              }
            }
          }
          ingress_to {
            resources = ["projects/${local.number}"]
            dynamic "operations" {
              for_each = local.guarded_services
              content {
                service_name = operations.value
                method_selectors {
                  method = "*"
                }
              }
            }
          }
        }
      }
    }
  }

  depends_on = [google_project_service.this]
}
