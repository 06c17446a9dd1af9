variable "name" {
  description = "What the names of everything begin with: that of the module for data."
  type        = string
  default     = "credence"

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "A name has 3 to 31 small letters, digits and hyphens."
  }
}

variable "vpc_id" {
  description = "The output vpc_id of the module for data."
  type        = string

  validation {
    condition     = var.vpc_id != ""
    error_message = "Name the network."
  }
}

variable "subnet_id" {
  description = "One of the output subnet_ids of the module for data, whose `sessions` is true."
  type        = string

  validation {
    condition     = var.subnet_id != ""
    error_message = "Name a private subnet."
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

variable "reaches" {
  description = "What else is reached through it, by name: the security group that it wears, and a port. The control plane is { security_group_id = the cluster's, port = 443 }, the console whatever ends TLS before it."
  type        = map(object({ security_group_id = string, port = number }))
  default     = {}

  validation {
    condition     = alltrue([for one in values(var.reaches) : contains([443, 5432, 6379, 8443], one.port)])
    error_message = "What is reached answers over TLS, on 443, 8443, 5432 or 6379: nobody administers machines from here."
  }
}

variable "roles" {
  description = "Names of the roles that people have, by a name of yours, which may have connections forwarded. Permission sets of IAM Identity Center name the output policy instead."
  type        = map(string)
  default     = {}

  validation {
    condition     = alltrue([for role in values(var.roles) : can(regex("^[A-Za-z0-9+=,.@_-]{1,64}$", role))])
    error_message = "Give names of roles, without their paths, and no ARNs."
  }
}

variable "disk_key" {
  description = "ARN of the key that the machine's disk rests under; null for the account's own. Nothing is written there."
  type        = string
  default     = null

  validation {
    condition     = var.disk_key == null ? true : can(regex("^arn:[^:]+:kms:.+:key/.+$", var.disk_key))
    error_message = "Give the ARN of a key."
  }
}

variable "permissions_boundary" {
  description = "ARN of a policy that bounds the machine's role."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null ? true : can(regex("^arn:[^:]+:iam::.+:policy/.+$", var.permissions_boundary))
    error_message = "Give the ARN of a policy."
  }
}

variable "tags" {
  description = "On every resource."
  type        = map(string)
  default     = {}
}
