variable "name" {
  description = "What the installation is called: every resource's name begins with it."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,22}[a-z0-9]$", var.name))
    error_message = "Use 3 to 24 lower-case letters, digits and hyphens, with a letter first."
  }
}

variable "tags" {
  description = "Tags of every resource that takes tags, besides the provider's default_tags."
  type        = map(string)
  default     = {}
}

variable "datasets" {
  description = "Datasets by name, as in credence.yaml. Each has a Kinesis stream of its own; without shards it is on demand."
  type = map(object({
    shards          = optional(number)
    retention_hours = optional(number, 168)
  }))

  validation {
    condition     = length(var.datasets) > 0 && alltrue([for name in keys(var.datasets) : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", name))])
    error_message = "Name at least one dataset; names are a-z, 0-9, _ and -, at most 63."
  }

  validation {
    condition     = alltrue([for dataset in values(var.datasets) : dataset.retention_hours >= 24 && dataset.retention_hours <= 8760])
    error_message = "A stream keeps records for 24 to 8760 hours."
  }

  validation {
    condition     = alltrue([for dataset in values(var.datasets) : dataset.shards == null ? true : dataset.shards >= 1])
    error_message = "A provisioned stream has at least one shard; leave shards out for one on demand."
  }
}

variable "federations" {
  description = "Federations by name, as in credence.yaml: with any, an identity of the aggregator is made, which reads and writes theirs alone."
  type        = set(string)
  default     = []

  validation {
    condition     = alltrue([for name in var.federations : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", name))]) && length(setintersection(var.federations, keys(var.datasets))) == 0
    error_message = "Names are a-z, 0-9, _ and -, at most 63; none is that of a dataset."
  }
}

variable "console" {
  description = "Whether the console runs as a service: an identity is made for it, which opens what is held and signs decisions."
  type        = bool
  default     = false
}

variable "reviewers_may" {
  description = "What reviewing takes besides what is held: letters (dead letters), neighbours (the console shows admitted records beside held ones), releases (the console carries out releases and recalls itself, and writes the clean zone; the sweeper does otherwise)."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.reviewers_may, ["letters", "neighbours", "releases"])) == 0
    error_message = "It is letters, neighbours or releases."
  }
}

variable "prefix" {
  description = "Path in the bucket below which all objects are, such as team/credence; the bucket's root when empty."
  type        = string
  default     = ""

  validation {
    condition     = var.prefix == "" || can(regex("^[A-Za-z0-9][0-9A-Za-z_.=-]*(/[A-Za-z0-9][0-9A-Za-z_.=-]*)*$", var.prefix))
    error_message = "Give a path such as team/credence, without a slash at either end."
  }
}

variable "cidr" {
  description = "Addresses of the VPC."
  type        = string
  default     = "10.64.0.0/20"

  validation {
    condition     = can(cidrhost(var.cidr, 0)) && can(regex("/(1[6-9]|2[0-2])$", var.cidr))
    error_message = "Give an IPv4 range of /16 to /22, such as 10.64.0.0/20."
  }

  validation {
    condition     = can(regex("^(10\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|192\\.168\\.)", var.cidr))
    error_message = "The range has to be private (RFC 1918): 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16."
  }
}

variable "zones" {
  description = "Availability zones that have a subnet each, such as eu-central-1a; add further ones at the end."
  type        = list(string)

  validation {
    condition     = length(var.zones) >= 2 && length(var.zones) <= 6 && length(distinct(var.zones)) == length(var.zones)
    error_message = "Name two to six zones: with one, a failed zone stops everything."
  }
}

variable "additional_endpoints" {
  description = "More AWS services to reach privately, such as ecr.api or monitoring: for each, what this account's identities may do through it, to what."
  type        = map(list(object({ actions = list(string), resources = list(string) })))
  default     = {}

  validation {
    condition     = alltrue([for service in keys(var.additional_endpoints) : can(regex("^[a-z0-9][a-z0-9.-]+$", service))])
    error_message = "Name services as endpoints do: ecr.api, monitoring."
  }

  validation {
    condition     = alltrue([for one in flatten(values(var.additional_endpoints)) : length(one.actions) > 0 && alltrue([for action in one.actions : can(regex("^[a-z0-9-]+:[A-Za-z]+$", action))])])
    error_message = "Name each action in full, such as ecr:BatchGetImage: no wildcard."
  }
}

variable "cluster_endpoints" {
  description = "Endpoints that machines of a cluster need in a network without a way out: ec2, eks, eks-auth (pod identities), ecr.api, ecr.dkr and monitoring; for the cluster that eks names."
  type        = bool
  default     = true
}

variable "image_repositories" {
  description = "ARNs of repositories of ECR that images come from: one's own, and those of AWS that have the add-ons. Empty: the repository credence of this account, and the add-ons of EKS."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.image_repositories : can(regex("^arn:[a-z-]+:ecr:[a-z0-9-]+:[0-9]{12}:repository/[a-z0-9][a-z0-9._/-]*[*]?$", arn))])
    error_message = "Name repositories by ARN; a * may stand at the end of a path alone."
  }
}

variable "addon_account" {
  description = "The account of AWS that has the images of EKS's add-ons in this region (Amazon EKS user guide, container image registries)."
  type        = string
  default     = "602401143452"

  validation {
    condition     = can(regex("^[0-9]{12}$", var.addon_account))
    error_message = "An account has 12 digits."
  }
}

variable "sessions" {
  description = "Endpoints of Systems Manager, through which people reach what is in the network (modules/aws/workplace): ssm and ssmmessages."
  type        = bool
  default     = false
}

variable "auditors" {
  description = "ARNs of the roles that read the trail: they may decrypt its files, and nothing else."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.auditors : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "Name roles by their whole ARN, without a wildcard."
  }

  validation {
    condition     = length(setintersection(var.auditors, var.key_administrators)) == 0
    error_message = "Whoever audits administers no key: name different roles."
  }
}

variable "object_lock" {
  description = "Retention that the store sets on what it commits; null for none. COMPLIANCE cannot be shortened by anybody, the account's root included."
  type = object({
    mode = string
    days = number
  })
  default = null

  validation {
    condition     = var.object_lock == null ? true : contains(["GOVERNANCE", "COMPLIANCE"], var.object_lock.mode)
    error_message = "The mode is GOVERNANCE or COMPLIANCE."
  }

  validation {
    condition     = var.object_lock == null ? true : var.object_lock.days >= 1 && var.object_lock.days <= 36500
    error_message = "Objects are locked for 1 to 36500 days."
  }
}

variable "noncurrent_days" {
  description = "Days for which replaced and deleted objects can be brought back."
  type        = number
  default     = 30

  validation {
    condition     = var.noncurrent_days >= 7
    error_message = "Keep older versions for at least 7 days: they are what undoes a mistake."
  }
}

variable "key_record_days" {
  description = "Days for which a replaced or deleted key record can be brought back: as long as a key that was destroyed could be."
  type        = number
  default     = 7

  validation {
    condition     = var.key_record_days >= 1 && var.key_record_days <= 30
    error_message = "Key records are kept for 1 to 30 days after they are deleted: a destroyed key is one once they are gone."
  }
}

variable "log_days" {
  description = "Days for which access logs, trails and log groups are kept."
  type        = number
  default     = 365

  validation {
    condition     = contains([365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_days)
    error_message = "CloudWatch Logs keeps 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653 days; less than a year is too little for an inquiry."
  }
}

variable "key_administrators" {
  description = "ARNs of the roles that look after the KMS keys: whoever applies this among them. They cannot decrypt."
  type        = list(string)

  validation {
    condition     = length(var.key_administrators) > 0 && alltrue([for arn in var.key_administrators : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:(role|user)/", arn))])
    error_message = "Name at least one role or user by its ARN: without an administrator, a key cannot be managed any more."
  }
}

variable "key_rotation_days" {
  description = "Days after which AWS KMS makes new material for each key."
  type        = number
  default     = 365

  validation {
    condition     = var.key_rotation_days >= 90 && var.key_rotation_days <= 730
    error_message = "Rotate every 90 to 730 days."
  }
}

variable "producers" {
  description = "ARNs of the roles that put records on the streams: the streams' key lets them encrypt."
  type        = list(string)
  default     = []

  validation {
    condition     = alltrue([for arn in var.producers : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/", arn))])
    error_message = "Name roles by their ARN."
  }
}

variable "eks" {
  description = "The cluster that the services run in, which may be made after this: its name, and for IRSA its OIDC provider; null where they run elsewhere. Service accounts are named after the services. Set pod_identities once the cluster is there: associations are made in it."
  type = object({
    cluster_name      = string
    oidc_provider_arn = optional(string)
    namespace         = optional(string, "credence")
    pod_identities    = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.eks == null ? true : can(regex("^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$", var.eks.cluster_name)) && can(regex("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", var.eks.namespace))
    error_message = "Name one cluster and one namespace, without a wildcard."
  }

  validation {
    condition     = var.eks == null ? true : var.eks.oidc_provider_arn == null ? true : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:oidc-provider/", var.eks.oidc_provider_arn))
    error_message = "Give the ARN of the cluster's OIDC provider, arn:aws:iam::<account>:oidc-provider/<issuer>."
  }
}

variable "assumed_by" {
  description = "ARNs of roles that may assume a service's role, by the service: people review through reviewer, training jobs read through exporter, keys are looked after through operator."
  type        = map(list(string))
  default     = {}

  validation {
    condition     = alltrue([for name in keys(var.assumed_by) : contains(["ingest", "scan", "encrypt", "sweep", "reviewer", "exporter", "operator", "console", "federate", "secrets"], name)])
    error_message = "Services are ingest, scan, encrypt, sweep, reviewer, exporter, operator, console, federate and secrets."
  }

  validation {
    condition     = alltrue([for arn in flatten(values(var.assumed_by)) : can(regex("^arn:[a-z-]+:iam::[0-9]{12}:role/[^*]+$", arn))])
    error_message = "Name roles by their whole ARN, without a wildcard."
  }
}

variable "permissions_boundary" {
  description = "ARN of the permissions boundary of every role; null for none."
  type        = string
  default     = null

  validation {
    condition     = var.permissions_boundary == null ? true : can(regex("^arn:[a-z-]+:iam::", var.permissions_boundary))
    error_message = "Give the ARN of an IAM policy."
  }
}

variable "fan_out" {
  description = "Lets the services read by enhanced fan-out (source.kinesis.mode: fan-out)."
  type        = bool
  default     = false
}

variable "consumer" {
  description = "The name of the enhanced fan-out consumer."
  type        = string
  default     = "credence"

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{1,128}$", var.consumer))
    error_message = "Use letters, digits, _, . and -, at most 128."
  }
}

variable "operator_may" {
  description = "What the operator may do besides looking after keys: newEpochs, rotateSigning, reencrypt, destroy, countObjects. Grant them for as long as they are needed: reencrypt reads and replaces every object."
  type        = set(string)
  default     = []

  validation {
    condition     = length(setsubtract(var.operator_may, ["newEpochs", "rotateSigning", "reencrypt", "destroy", "countObjects"])) == 0
    error_message = "It is newEpochs, rotateSigning, reencrypt, destroy or countObjects."
  }
}

variable "redis_node_type" {
  description = "Size of the nodes of the queue."
  type        = string
  default     = "cache.t4g.small"

  validation {
    condition     = startswith(var.redis_node_type, "cache.")
    error_message = "ElastiCache sizes begin with cache., such as cache.m7g.large."
  }
}

variable "redis_replicas" {
  description = "Replicas of the queue, in other zones."
  type        = number
  default     = 1

  validation {
    condition     = var.redis_replicas >= 1 && var.redis_replicas <= 5
    error_message = "One to five replicas: without one, a failed node loses the queue."
  }
}

variable "postgres_instance_class" {
  description = "Size of the catalog's database."
  type        = string
  default     = "db.t4g.medium"

  validation {
    condition     = startswith(var.postgres_instance_class, "db.")
    error_message = "RDS sizes begin with db., such as db.m7g.large."
  }
}

variable "postgres_storage_gib" {
  description = "Storage of the catalog's database; it grows by itself to four times that."
  type        = number
  default     = 50

  validation {
    condition     = var.postgres_storage_gib >= 20 && var.postgres_storage_gib <= 16384
    error_message = "RDS takes 20 to 16384 GiB."
  }
}

variable "postgres_multi_az" {
  description = "A standby of the catalog's database in another zone."
  type        = bool
  default     = true
}

variable "backup_days" {
  description = "Days for which the catalog's database can be brought back to any second, and snapshots of the queue are kept."
  type        = number
  default     = 14

  validation {
    condition     = var.backup_days >= 7 && var.backup_days <= 35
    error_message = "Keep backups for 7 to 35 days."
  }
}

variable "iterator_age_minutes" {
  description = "How far reading may fall behind a stream before an alarm."
  type        = number
  default     = 30

  validation {
    condition     = var.iterator_age_minutes >= 1
    error_message = "At least a minute."
  }
}

variable "decrypts_per_hour" {
  description = "How many unwraps of epoch keys in an hour are unusual: each process asks once per key and keys.ttlSeconds."
  type        = number
  default     = 5000

  validation {
    condition     = var.decrypts_per_hour >= 1
    error_message = "At least one."
  }
}

variable "alarm_topic_subscribers" {
  description = "ARNs of queues or functions that hear of alarms, by a name of yours."
  type        = map(object({ protocol = string, endpoint = string }))
  default     = {}

  validation {
    condition     = alltrue([for to in values(var.alarm_topic_subscribers) : contains(["sqs", "lambda", "https", "email"], to.protocol)])
    error_message = "The protocol is sqs, lambda, https or email."
  }
}
