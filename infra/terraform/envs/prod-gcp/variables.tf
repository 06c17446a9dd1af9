variable "project_id" {
  type        = string
  description = "The project that everything is in, and nothing else."
}

variable "region" {
  type        = string
  default     = "europe-west3"
  description = "The region."
}

variable "datasets" {
  description = "The datasets by name, each with a topic of its own."
  type = map(object({
    table      = optional(string)
    ordered    = optional(bool, false)
    publishers = optional(set(string), [])
    readers    = optional(set(string), [])
  }))
}

variable "federations" {
  type        = set(string)
  default     = []
  description = "Federations by name: with any, the aggregator has an identity."
}

variable "console" {
  type        = bool
  default     = false
  description = "Whether the console runs as a service, and has an identity."
}

variable "people" {
  type        = map(set(string))
  default     = {}
  description = "Who may act as reviewer, exporter or operator."
}

variable "workload_identity" {
  type = object({
    pool             = string
    namespace        = string
    service_accounts = optional(map(string), {})
  })
  default     = null
  description = "The cluster's pool and namespace that the services run in."
}

variable "egress" {
  type        = map(object({ ranges = set(string), ports = set(string) }))
  default     = {}
  description = "Private ranges that machines reach besides: a control plane, a collector."
}

variable "alert_channels" {
  type        = set(string)
  description = "Notification channels by full name: who is told of alerts and of the budget."
}

variable "billing_account" {
  type        = string
  description = "The billing account, such as 012345-6789AB-CDEF01."
}

variable "database_password" {
  type        = string
  sensitive   = true
  ephemeral   = true
  description = "Of the catalog's user: give it as TF_VAR_database_password; no state keeps it."
}

variable "database_credential_version" {
  type        = number
  default     = 1
  description = "Raise it when the password changed."
}

variable "labels" {
  type        = map(string)
  default     = {}
  description = "On every resource."
}

variable "monthly_budget" {
  type        = number
  default     = 2500
  description = "In the currency of the billing account: at 50 %, 90 % and 100 % of it, and when a month is forecast to exceed it, the channels are told."
}

variable "perimeter" {
  type = object({
    policy        = string
    access_levels = optional(set(string), [])
    identities    = optional(set(string), [])
    dry_run       = optional(bool, false)
  })
  description = "The access policy of VPC Service Controls, and who comes in from where. Begin with dry_run, and read what it logs."
}

variable "key_administrators" {
  type        = set(string)
  default     = []
  description = "Who makes and rotates keys, and uses none."
}

variable "database_users" {
  type        = set(string)
  default     = []
  description = "People and groups who sign in to the catalog with IAM."
}
