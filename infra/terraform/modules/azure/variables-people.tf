variable "oidc_issuer_url" {
  type        = string
  default     = null
  description = "The OIDC issuer of the cluster that the services run in (az aks show --query oidcIssuerProfile.issuerUrl); without one, the identities trust no cluster yet."

  validation {
    condition     = var.oidc_issuer_url == null || can(regex("^https://[^?#]+$", coalesce(var.oidc_issuer_url, "-")))
    error_message = "oidc_issuer_url begins with https://."
  }
}

variable "kubernetes_namespace" {
  type        = string
  default     = "credence"
  description = "The namespace of the services' accounts: credence-ingest, credence-scan and so on."

  validation {
    condition     = can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.kubernetes_namespace))
    error_message = "kubernetes_namespace is the name of one namespace; no wildcard."
  }
}

variable "groups" {
  type        = map(map(string))
  default     = {}
  description = "People: for reviewer, exporter and operator, groups (name to object id) that may do what the service of that name may."

  validation {
    condition     = length(setsubtract(keys(var.groups), ["reviewer", "exporter", "operator"])) == 0
    error_message = "groups are of reviewer, exporter and operator: what ingests, scans, encrypts and sweeps is no person."
  }
  validation {
    condition     = alltrue(flatten([for group in values(var.groups) : [for id in values(group) : can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", id))]]))
    error_message = "groups names each group's object id, a UUID in lower case."
  }
}

variable "federations" {
  type        = set(string)
  default     = []
  description = "Federations by name, as in credence.yaml: with any, an identity of the aggregator is made, which reads and writes theirs alone."

  validation {
    condition     = alltrue([for name in var.federations : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", name))]) && length(setintersection(var.federations, keys(var.datasets))) == 0
    error_message = "Names of federations are a-z, 0-9, _ and -, at most 63; none is that of a dataset."
  }
}

variable "console" {
  type        = bool
  default     = false
  description = "Whether the console runs as a service: an identity is made for it, which opens what is held and signs decisions."
}

variable "producers" {
  type = map(object({
    principal_id = string
    dataset      = string
  }))
  default     = {}
  description = "Who may send to the hub of a dataset, by a name of yours."

  validation {
    condition     = alltrue([for producer in values(var.producers) : contains(keys(var.datasets), producer.dataset)])
    error_message = "producers name a dataset of datasets."
  }
}

variable "alert_emails" {
  type        = map(string)
  description = "Who is told when an alert fires, by a name of yours."

  validation {
    condition     = length(var.alert_emails) > 0 && alltrue([for address in values(var.alert_emails) : can(regex("^[^@ ]+@[^@ ]+$", address))])
    error_message = "alert_emails names one e-mail address or more: an alert that nobody reads is none."
  }
}

variable "log_retention_days" {
  type        = number
  default     = 180
  description = "How long the audit logs are kept."

  validation {
    condition     = var.log_retention_days >= 90 && var.log_retention_days <= 730
    error_message = "log_retention_days is 90 to 730: what happened to keys and objects has to be traceable."
  }
}

variable "alert_thresholds" {
  type = object({
    lag_events       = optional(number, 100000)
    unwraps_per_hour = optional(number, 1000)
  })
  default     = {}
  description = "When alerts fire: by how many events reading may fall behind within an hour, and how many unwraps in an hour are ordinary."

  validation {
    condition     = var.alert_thresholds.lag_events > 0 && var.alert_thresholds.unwraps_per_hour > 0
    error_message = "alert_thresholds are positive."
  }
}

variable "deployer" {
  type = object({
    object_id = string
    type      = optional(string, "ServicePrincipal")
  })
  description = "Who creates keys: the identity of the pipeline that applies, or a group of those who do. Whoever applies another time changes nothing about it."

  validation {
    condition     = can(regex("^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", var.deployer.object_id)) && contains(["ServicePrincipal", "Group"], var.deployer.type)
    error_message = "deployer is a service principal or a group, by its object id: a UUID in lower case."
  }
}
