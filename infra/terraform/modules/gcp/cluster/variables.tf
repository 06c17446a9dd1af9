variable "project_id" {
  description = "The project, the same as that of the data."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project has 6 to 30 small letters, digits and hyphens."
  }
}

variable "region" {
  description = "The region, the same as that of the data."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "A region is called like europe-west3."
  }
}

variable "name" {
  description = "What the cluster is called, and before the names of what belongs to it."
  type        = string
  default     = "credence"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,22}[a-z0-9]$", var.name))
    error_message = "A name has 4 to 24 small letters, digits and hyphens."
  }
}

variable "network" {
  description = "The output network of the module for data."
  type        = object({ network = string, subnetwork = string, pods = string, services = string })

  validation {
    condition     = alltrue([for value in values(var.network) : value != ""])
    error_message = "Name the network, the subnetwork and its two secondary ranges."
  }
}

variable "administrator_ranges" {
  description = "Private ranges, by name, that reach the control plane besides the network itself: where administrators and pipelines come from."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for range in values(var.administrator_ranges) : can(regex("^(10\\.|192\\.168\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.)", range)) && can(cidrnetmask(range))])
    error_message = "Ranges are private ones, such as 10.8.0.0/24: the control plane has no public address."
  }
}

variable "security_group" {
  description = "The group whose members' groups may be named in RoleBindings, gke-security-groups@<domain>."
  type        = string

  validation {
    condition     = startswith(var.security_group, "gke-security-groups@")
    error_message = "Google takes the group gke-security-groups@<your domain> alone."
  }
}

variable "images_key" {
  description = "The key of KMS that images rest under; null for Google's own."
  type        = string
  default     = null

  validation {
    condition     = var.images_key == null ? true : can(regex("^projects/.+/cryptoKeys/.+$", var.images_key))
    error_message = "Give the full name of the key, projects/…/cryptoKeys/…."
  }
}

variable "nodes" {
  description = "Machines for the services: their type, and how few and many there are in each zone."
  type = object({
    machine_type = optional(string, "n2d-standard-4")
    minimum      = optional(number, 1)
    maximum      = optional(number, 6)
  })
  default = {}

  validation {
    condition     = var.nodes.minimum >= 1 && var.nodes.maximum >= var.nodes.minimum
    error_message = "There is one machine in each zone at least, and no fewer at most than at least."
  }
}

variable "maintenance" {
  description = "When Google may upgrade, in UTC."
  type        = object({ start = string, end = string, recurrence = string })
  default     = { start = "2026-01-03T01:00:00Z", end = "2026-01-03T07:00:00Z", recurrence = "FREQ=WEEKLY;BYDAY=SA,SU" }

  validation {
    condition     = startswith(var.maintenance.recurrence, "FREQ=")
    error_message = "The recurrence is that of RFC 5545, such as FREQ=WEEKLY;BYDAY=SA."
  }
}

variable "labels" {
  description = "On every resource."
  type        = map(string)
  default     = {}
}
