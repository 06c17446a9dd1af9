variable "account_id" {
  description = "The account that this is applied to; any other is refused."
  type        = string

  validation {
    condition     = can(regex("^[0-9]{12}$", var.account_id))
    error_message = "An account has 12 digits."
  }
}

variable "region" {
  description = "The region."
  type        = string
  default     = "eu-central-1"
}

variable "datasets" {
  description = "Datasets by name."
  type = map(object({
    shards          = optional(number)
    retention_hours = optional(number, 168)
  }))
}

variable "federations" {
  description = "Federations by name: with any, the aggregator has an identity."
  type        = set(string)
  default     = []
}

variable "console" {
  description = "Whether the console runs as a service, and has an identity."
  type        = bool
  default     = false
}

variable "sessions" {
  type        = bool
  default     = false
  description = "Whether people reach the network through a workplace: two endpoints in each zone."
}

variable "key_administrators" {
  description = "ARNs of the roles that look after the keys."
  type        = list(string)
}

variable "producers" {
  description = "ARNs of the roles that put records on the streams."
  type        = list(string)
  default     = []
}

variable "auditors" {
  description = "ARNs of the roles that read the trail."
  type        = list(string)
  default     = []
}

variable "eks" {
  description = "The cluster that the services run in; pod_identities once it is there, in the second apply."
  type = object({
    cluster_name      = string
    oidc_provider_arn = optional(string)
    namespace         = optional(string, "credence")
    pod_identities    = optional(bool, false)
  })
}

variable "assumed_by" {
  description = "Roles that people and jobs come from, by service."
  type        = map(list(string))
  default     = {}
}

variable "alarm_topic_subscribers" {
  description = "Who hears of alarms."
  type        = map(object({ protocol = string, endpoint = string }))
}

variable "monthly_budget_usd" {
  description = "What a month may cost before somebody is told."
  type        = number
  default     = 300
}

variable "budget_emails" {
  description = "Who is told."
  type        = list(string)
}
