variable "subscription_id" {
  type        = string
  description = "The subscription that everything is in."
}

variable "suffix" {
  type        = string
  description = "Makes the names unique that all customers of Azure share: 3 to 6 of a-z and 0-9."
}

variable "location" {
  type        = string
  default     = "westeurope"
  description = "The region."
}

variable "datasets" {
  type = map(object({
    contract        = optional(string)
    hub             = optional(string)
    consumer_group  = optional(string, "credence")
    partitions      = optional(number, 2)
    retention_hours = optional(number, 24)
    format          = optional(string, "auto")
  }))
  description = "The datasets by name, each with a hub of its own."
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

variable "client_networks" {
  type = map(object({
    virtual_network_id = string
    address_prefixes   = list(string)
    peer_back          = optional(bool, true)
    administers        = optional(bool, false)
  }))
  default     = {}
  description = "Other networks that reach the endpoints, such as that of whoever deploys; those that administer reach the control plane and the console as well."
}

variable "egress_next_hop" {
  type        = string
  default     = null
  description = "Private address of the firewall that what leaves goes through."
}

variable "oidc_issuer_url" {
  type        = string
  default     = null
  description = "The OIDC issuer of the cluster that the services run in."
}

variable "groups" {
  type        = map(map(string))
  default     = {}
  description = "Groups of people (name to object id) for reviewer, exporter and operator."
}

variable "producers" {
  type = map(object({
    principal_id = string
    dataset      = string
  }))
  default     = {}
  description = "Who may send to the hub of a dataset."
}

variable "key_administrators" {
  type        = map(string)
  default     = {}
  description = "Groups (name to object id) that create and rotate keys, and use none."
}

variable "database_administrators" {
  type        = map(string)
  description = "Groups (name to object id) that administer the catalog's server: one at least, who makes the users that the services sign in as."
}

variable "deployer" {
  type = object({
    object_id = string
    type      = optional(string, "ServicePrincipal")
  })
  description = "Who creates keys: the identity of the pipeline that applies, or a group of those who do."
}

variable "registry_id" {
  type        = string
  default     = null
  description = "The container registry that the image is in."
}

variable "alert_emails" {
  type        = map(string)
  description = "Who is told of alerts and of the budget."
}

variable "monthly_budget" {
  type        = number
  default     = 400
  description = "In the currency of the subscription: at 80 % of it, and when a month is forecast to exceed it, a mail is sent."
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "On every resource."
}
