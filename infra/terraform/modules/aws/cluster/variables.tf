variable "name" {
  description = "What the cluster is called, and before the names of what belongs to it."
  type        = string
  default     = "credence"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "A name has 3 to 31 small letters, digits and hyphens."
  }
}

variable "kubernetes_version" {
  description = "Of the control plane; null for the newest that EKS offers when the cluster is made."
  type        = string
  default     = null

  validation {
    condition     = var.kubernetes_version == null ? true : can(regex("^1\\.(3[0-9]|[4-9][0-9])$", var.kubernetes_version))
    error_message = "The chart asks for Kubernetes 1.30 or newer."
  }
}

variable "subnet_ids" {
  description = "The output subnet_ids of the module for data: private, in two zones at least."
  type        = list(string)

  validation {
    condition     = length(var.subnet_ids) >= 2
    error_message = "EKS asks for subnets in two zones at least."
  }
}

variable "security_group_id" {
  description = "The output security_group_id of the module for data: what reaches endpoints, Redis and PostgreSQL."
  type        = string

  validation {
    condition     = var.security_group_id != ""
    error_message = "Name the security group of the services."
  }
}

variable "administrators" {
  description = "ARNs of the roles that administer the cluster, by name; nobody else does, not even who applies this."
  type        = map(string)

  validation {
    condition     = length(var.administrators) > 0 && alltrue([for arn in values(var.administrators) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "Name one role at least, arn:aws:iam::<account>:role/<name>."
  }
}

variable "nodes" {
  description = "Machines for the services: of which types, and how few and many there are."
  type = object({
    instance_types = optional(list(string), ["m7i.xlarge"])
    minimum        = optional(number, 2)
    maximum        = optional(number, 12)
  })
  default = {}

  validation {
    condition     = var.nodes.minimum >= 2 && var.nodes.maximum >= var.nodes.minimum
    error_message = "There are two machines at least, and no fewer at most than at least."
  }
}

variable "images" {
  description = "Repositories for copies of images; the endpoints of the module for data let nodes read these."
  type        = set(string)
  default     = ["credence"]
}

variable "log_days" {
  description = "How long audit logs are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_days)
    error_message = "A year at least, as many days as CloudWatch knows: 365, 400, 545, 731, 1096 and so on."
  }
}

variable "permissions_boundary" {
  description = "The ARN of a policy that bounds the roles; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null ? true : startswith(var.permissions_boundary, "arn:")
    error_message = "Give the ARN of the policy."
  }
}

variable "tags" {
  description = "On every resource."
  type        = map(string)
  default     = {}
}
