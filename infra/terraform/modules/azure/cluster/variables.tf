variable "name" {
  description = "What the cluster is called, and before the names of what belongs to it."
  type        = string
  default     = "credence"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "A name has 3 to 31 small letters, digits and hyphens."
  }
}

variable "location" {
  description = "The region, the same as that of the data."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]+$", var.location))
    error_message = "A region is called like westeurope."
  }
}

variable "resource_group_name" {
  description = "The resource group that the cluster is put into."
  type        = string

  validation {
    condition     = var.resource_group_name != ""
    error_message = "Name the resource group."
  }
}

variable "subnet_id" {
  description = "The output services_subnet_id of the module for data."
  type        = string

  validation {
    condition     = can(regex("(?i)^/subscriptions/.+/subnets/[^/]+$", var.subnet_id))
    error_message = "Give the id of the subnet, /subscriptions/…/subnets/…."
  }
}

variable "endpoints_subnet_id" {
  description = "The subnet that private endpoints of the module for data are in: the registry has one there."
  type        = string

  validation {
    condition     = can(regex("(?i)^/subscriptions/.+/subnets/[^/]+$", var.endpoints_subnet_id))
    error_message = "Give the id of the subnet, /subscriptions/…/subnets/…."
  }
}

variable "private_dns_zone_id" {
  description = "The zone privatelink.<region>.azmk8s.io, linked to the network: the name of the control plane."
  type        = string

  validation {
    condition     = can(regex("(?i)^/subscriptions/.+/privateDnsZones/[^/]+$", var.private_dns_zone_id))
    error_message = "Give the id of the zone, /subscriptions/…/privateDnsZones/…."
  }
}

variable "registry_dns_zone_id" {
  description = "The zone privatelink.azurecr.io, linked to the network."
  type        = string

  validation {
    condition     = can(regex("(?i)^/subscriptions/.+/privateDnsZones/[^/]+$", var.registry_dns_zone_id))
    error_message = "Give the id of the zone, /subscriptions/…/privateDnsZones/…."
  }
}

variable "registry_name" {
  description = "What the registry is called, in all of Azure."
  type        = string

  validation {
    condition     = can(regex("^[a-z0-9]{5,50}$", var.registry_name))
    error_message = "A registry has 5 to 50 small letters and digits."
  }
}

variable "sealing_key" {
  description = "The key that seals the Secrets of Kubernetes: id with a version, and resource_id."
  type        = object({ id = string, resource_id = string })

  validation {
    condition     = can(regex("^https://[^/]+/keys/[^/]+/[0-9a-f]+$", var.sealing_key.id))
    error_message = "Give the id of a version of the key, https://<vault>/keys/<name>/<version>."
  }
}

variable "disk_encryption_set_id" {
  description = "The disk encryption set of the machines' disks."
  type        = string

  validation {
    condition     = can(regex("(?i)^/subscriptions/.+/diskEncryptionSets/[^/]+$", var.disk_encryption_set_id))
    error_message = "Give the id of the set, /subscriptions/…/diskEncryptionSets/…."
  }
}

variable "administrator_groups" {
  description = "Object ids of the groups that administer the cluster; nobody else does."
  type        = set(string)

  validation {
    condition     = length(var.administrator_groups) > 0
    error_message = "Name one group at least."
  }
}

variable "log_workspace_id" {
  description = "The output log_workspace_id of the module for data."
  type        = string

  validation {
    condition     = can(regex("(?i)^/subscriptions/.+/workspaces/[^/]+$", var.log_workspace_id))
    error_message = "Give the id of the workspace, /subscriptions/…/workspaces/…."
  }
}

variable "pod_range" {
  description = "Addresses of pods, which nothing outside of the cluster sees."
  type        = string
  default     = "10.244.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.pod_range))
    error_message = "Give a range such as 10.244.0.0/16."
  }
}

variable "service_range" {
  description = "Addresses of Kubernetes' services, which nothing outside of the cluster sees."
  type        = string
  default     = "10.245.0.0/16"

  validation {
    condition     = can(cidrnetmask(var.service_range))
    error_message = "Give a range such as 10.245.0.0/16."
  }
}

variable "nodes" {
  description = "Machines for the services: their size, which has a local disk, and how few and many there are."
  type = object({
    size    = optional(string, "Standard_D4ads_v5")
    minimum = optional(number, 3)
    maximum = optional(number, 12)
  })
  default = {}

  validation {
    condition     = var.nodes.minimum >= 3 && var.nodes.maximum >= var.nodes.minimum
    error_message = "There is one machine in each of three zones, and no fewer at most than at least."
  }
}

variable "tags" {
  description = "On every resource."
  type        = map(string)
  default     = {}
}
