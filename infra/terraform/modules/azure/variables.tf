variable "name" {
  type        = string
  description = "What every resource's name begins with, such as credence-prod."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,14}[a-z0-9]$", var.name)) && !strcontains(var.name, "--")
    error_message = "name is 3 to 16 characters: a-z, 0-9 and single hyphens, beginning with a letter."
  }
}

variable "suffix" {
  type        = string
  description = "Makes the names unique that all customers of Azure share (storage account, vault, namespace, servers): 3 to 6 of a-z and 0-9."

  validation {
    condition     = can(regex("^[a-z0-9]{3,6}$", var.suffix))
    error_message = "suffix is 3 to 6 of a-z and 0-9."
  }
}

variable "location" {
  type        = string
  description = "The region, such as westeurope: data stays there."

  validation {
    condition     = can(regex("^[a-z0-9]+$", var.location))
    error_message = "location is a region's short name, such as westeurope."
  }
}

variable "tags" {
  type        = map(string)
  default     = {}
  description = "On every resource, besides application, environment and managed-by."
}

variable "environment" {
  type        = string
  description = "dev or prod: a tag, and the profile of the configuration."

  validation {
    condition     = contains(["dev", "prod"], var.environment)
    error_message = "environment is dev or prod."
  }
}

variable "datasets" {
  type = map(object({
    contract        = optional(string)
    hub             = optional(string)
    consumer_group  = optional(string, "credence")
    partitions      = optional(number, 4)
    retention_hours = optional(number, 72)
    format          = optional(string, "auto")
  }))
  description = "The datasets by name: each reads a hub of its own (named after the dataset unless hub names it) through a consumer group of its own, and is kept below its own paths."

  validation {
    condition     = length(var.datasets) > 0 && length(var.datasets) <= 16
    error_message = "Name 1 to 16 datasets: the conditions of the role assignments name each of them, and Azure takes no more than 8 KB."
  }
  validation {
    condition     = alltrue([for name in keys(var.datasets) : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", name))])
    error_message = "A dataset's name is as in credence.yaml: a-z, 0-9, _ and -, at most 63 characters."
  }
  validation {
    condition     = alltrue([for about in values(var.datasets) : about.partitions >= 1 && about.partitions <= 32 && floor(about.partitions) == about.partitions])
    error_message = "partitions is 1 to 32: it can hardly be changed later, and is how many processes can read at once."
  }
  validation {
    condition     = alltrue([for about in values(var.datasets) : about.retention_hours >= 24 && about.retention_hours <= 2160])
    error_message = "retention_hours is 24 to 2160: no less than an outage may last, or records expire unread."
  }
  validation {
    condition     = alltrue([for about in values(var.datasets) : about.consumer_group != "$Default"])
    error_message = "consumer_group is one of its own: whoever else reads $Default turns Credence away."
  }
}

variable "duties" {
  type        = set(string)
  default     = ["check", "verify", "audit", "countObjects", "newEpochs"]
  description = "What the identities may do besides the ordinary run: check, verify, audit, countObjects, newEpochs, rotateSigning, reencrypt, destroy, letters, neighbours, releases. Each widens what one of them may do; reencrypt lets the operator delete objects, neighbours and releases let the console read and write what is admitted."

  validation {
    condition     = length(setsubtract(var.duties, ["check", "verify", "audit", "countObjects", "newEpochs", "rotateSigning", "reencrypt", "destroy", "letters", "neighbours", "releases"])) == 0
    error_message = "duties are of: check, verify, audit, countObjects, newEpochs, rotateSigning, reencrypt, destroy, letters, neighbours, releases."
  }
}

variable "deletion_protection" {
  type        = bool
  default     = true
  description = "A policy that refuses to delete what holds data or keys. Off only with no_delete_locks in accept."
}

variable "accept" {
  type        = set(string)
  default     = []
  description = "What weakens the installation and is wanted all the same, one name for each: no_delete_locks, event_hubs_without_own_key, deployer_over_internet. The plan fails without, and says what it costs."

  validation {
    condition     = length(setsubtract(var.accept, ["no_delete_locks", "event_hubs_without_own_key", "deployer_over_internet"])) == 0
    error_message = "accept is of: no_delete_locks, event_hubs_without_own_key, deployer_over_internet."
  }
}
