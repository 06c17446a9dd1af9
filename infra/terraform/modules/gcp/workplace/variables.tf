variable "project_id" {
  description = "The project, the same as that of the data."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project has 6 to 30 small letters, digits and hyphens."
  }
}

variable "zone" {
  description = "A zone of the region that the data is in."
  type        = string

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+-[a-z]$", var.zone))
    error_message = "A zone is called like europe-west3-a."
  }
}

variable "name" {
  description = "What the names of everything begin with: that of the module for data."
  type        = string
  default     = "credence"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "The name has 3 to 20 lower-case letters, digits and hyphens: names of service accounts are short."
  }
}

variable "network" {
  description = "The output network of the module for data."
  type        = object({ network = string, subnetwork = string })

  validation {
    condition     = alltrue([for value in values(var.network) : value != ""])
    error_message = "Name the network and the subnetwork."
  }
}

variable "people" {
  description = "Who works from here: people and groups by name (user:, group:)."
  type        = set(string)

  validation {
    condition     = length(var.people) > 0 && alltrue([for member in var.people : can(regex("^(user|group):[^*@]+@[^*@]+$", member))])
    error_message = "Name people and groups (user:, group:), never a domain, a service account or the public."
  }
}

variable "access_levels" {
  description = "Access levels, by full name, of which one has to hold for whoever comes in: accessPolicies/<number>/accessLevels/<name>. None: from anywhere, with two factors."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for level in var.access_levels : can(regex("^accessPolicies/[0-9]+/accessLevels/[A-Za-z0-9_]+$", level))])
    error_message = "Access levels are full names: accessPolicies/<number>/accessLevels/<name>."
  }
}

variable "disk_key" {
  description = "The key of KMS that the disk rests under, by its full name; null for Google's own. Nothing is written there."
  type        = string
  default     = null

  validation {
    condition     = var.disk_key == null ? true : can(regex("^projects/.+/cryptoKeys/.+$", var.disk_key))
    error_message = "Give the full name of the key, projects/…/cryptoKeys/…."
  }
}

variable "labels" {
  description = "On every resource."
  type        = map(string)
  default     = {}
}
