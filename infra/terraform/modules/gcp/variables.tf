variable "project_id" {
  type        = string
  description = "The project that everything is made in. It should hold nothing else: audit logs and custom roles are the project's."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", var.project_id))
    error_message = "A project's id has 6 to 30 lower-case letters, digits and hyphens, and begins with a letter."
  }
}

variable "region" {
  type        = string
  description = "One region for messages, objects, rows, keys and databases: exactly-once delivery and customer-managed keys are regional."

  validation {
    condition     = can(regex("^[a-z]+-[a-z]+[0-9]+$", var.region))
    error_message = "Name a region such as europe-west3; multi-regions (EU, US) cannot be encrypted under a regional key."
  }
}

variable "name" {
  type        = string
  default     = "credence"
  description = "What the names of all resources begin with."

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,18}[a-z0-9]$", var.name))
    error_message = "The name has 3 to 20 lower-case letters, digits and hyphens: names of service accounts are short."
  }
}

variable "labels" {
  type        = map(string)
  default     = {}
  description = "Labels for every resource that takes any, besides `app` and `managed-by`."

  validation {
    condition = alltrue([
      for key, value in var.labels :
      can(regex("^[a-z][a-z0-9_-]{0,62}$", key)) && can(regex("^[a-z0-9_-]{0,63}$", value))
    ])
    error_message = "Labels have lower-case letters, digits, _ and -, at most 63 of them; a key begins with a letter."
  }
}

variable "datasets" {
  description = "The datasets of the configuration, by name: each gets a topic, a subscription and, where `table` is given, tables of this name in BigQuery."
  type = map(object({
    table      = optional(string)
    ordered    = optional(bool, false)
    publishers = optional(set(string), [])
    readers    = optional(set(string), [])
    schema = optional(object({
      type       = string
      definition = string
      encoding   = optional(string, "BINARY")
    }))
  }))

  validation {
    condition     = length(var.datasets) > 0 && alltrue([for name in keys(var.datasets) : can(regex("^[a-z0-9][a-z0-9_-]{0,62}$", name))])
    error_message = "At least one dataset is needed; names have a-z, 0-9, _ and -, at most 63 of them, as in credence.yaml."
  }
  validation {
    condition     = alltrue([for dataset in var.datasets : dataset.table == null || can(regex("^[A-Za-z0-9_]{1,200}$", dataset.table))])
    error_message = "A table's name has letters, digits and _: `<table>_revoked` and `<table>_current` are made beside it."
  }
  validation {
    condition = alltrue(flatten([
      for dataset in var.datasets : [
        for member in setunion(dataset.publishers, dataset.readers) : can(regex(local.identity, member))
      ]
    ]))
    error_message = "Publishers and readers are named identities (user:, group:, serviceAccount:, principal:, principalSet:): allUsers, allAuthenticatedUsers, whole domains and whole organizations would be the public."
  }
  validation {
    condition = alltrue([
      for dataset in var.datasets : dataset.schema == null || try(
        contains(["AVRO", "PROTOCOL_BUFFER"], dataset.schema.type) && contains(["BINARY", "JSON"], dataset.schema.encoding), false
      )
    ])
    error_message = "A schema's type is AVRO or PROTOCOL_BUFFER, and its encoding BINARY or JSON."
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

variable "operations" {
  type        = set(string)
  default     = ["verify", "audit", "check"]
  description = "What is granted besides the ordinary run, in the words of docs/permissions.md: verify, audit, check, countObjects, newEpochs, rotateSigning, reencrypt, destroy, letters, neighbours, releases. Add what a piece of maintenance needs, and take it away when it is done."

  validation {
    condition     = length(setsubtract(var.operations, ["verify", "audit", "check", "countObjects", "newEpochs", "rotateSigning", "reencrypt", "destroy", "letters", "neighbours", "releases"])) == 0
    error_message = "Operations are verify, audit, check, countObjects, newEpochs, rotateSigning, reencrypt, destroy, letters, neighbours and releases."
  }
}

variable "people" {
  type        = map(set(string))
  default     = {}
  description = "Who may act as reviewer, exporter or operator (`gcloud --impersonate-service-account`): identities by service account."

  validation {
    condition     = length(setsubtract(keys(var.people), ["reviewer", "exporter", "operator"])) == 0
    error_message = "People act as reviewer, exporter or operator; ingest, scan, encrypt and sweep are for processes alone."
  }
  validation {
    condition = alltrue(flatten([
      for members in var.people : [for member in members : can(regex(local.person, member))]
    ]))
    error_message = "Name people and groups (user:, group:, principal:, principalSet:), never allUsers, allAuthenticatedUsers, a domain, an organization or a whole pool."
  }
}

variable "workload_identity" {
  description = "Where the services run on Kubernetes: the pool (`<project>.svc.id.goog`), the namespace, and the Kubernetes service account of each service that is not called `<name>-<service>`."
  type = object({
    pool             = string
    namespace        = string
    service_accounts = optional(map(string), {})
  })
  default = null

  validation {
    condition     = var.workload_identity == null || try(can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]\\.svc\\.id\\.goog$", var.workload_identity.pool)), false)
    error_message = "A pool is called <project>.svc.id.goog."
  }
}

variable "network" {
  description = "Ranges of the network: of the machines, of pods and services (Kubernetes), of Google's own side of Redis, and the one address at which Google's APIs answer."
  type = object({
    machines     = optional(string, "10.20.0.0/20")
    pods         = optional(string, "10.24.0.0/14")
    services     = optional(string, "10.28.0.0/20")
    managed      = optional(string, "10.29.0.0/24")
    apis_address = optional(string, "10.30.0.2")
  })
  default = {}

  validation {
    condition = alltrue([
      for range in [var.network.machines, var.network.pods, var.network.services, var.network.managed] :
      can(cidrnetmask(range)) && can(regex("^(10\\.|192\\.168\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.|100\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\.)", range))
    ])
    error_message = "Ranges are private ones, such as 10.20.0.0/20."
  }
  validation {
    condition     = can(cidrnetmask("${var.network.apis_address}/32")) && startswith(var.network.apis_address, "10.")
    error_message = "The address of Google's APIs is one in 10.0.0.0/8, outside of every range."
  }
}

variable "google_apis" {
  type        = string
  default     = "endpoint"
  description = "How Google's APIs are reached: `endpoint` is a Private Service Connect endpoint in the network, `restricted-vip` the range 199.36.153.4/30. Both offer only what VPC Service Controls can guard."

  validation {
    condition     = contains(["endpoint", "restricted-vip"], var.google_apis)
    error_message = "Google's APIs are reached through `endpoint` or `restricted-vip`; there is no way over the internet."
  }
}

variable "egress" {
  type        = map(object({ ranges = set(string), ports = set(string) }))
  default     = {}
  description = "What machines may reach besides Google's APIs, Redis and PostgreSQL, by name: a collector, a control plane in a range of its own. Private ranges alone."

  validation {
    condition = alltrue(flatten([
      for rule in var.egress : [
        for range in rule.ranges :
        can(cidrnetmask(range)) && can(regex("^(10\\.|192\\.168\\.|172\\.(1[6-9]|2[0-9]|3[01])\\.)", range)) && tonumber(split("/", range)[1]) >= 8
      ]
    ]))
    error_message = "Egress goes to private ranges alone: the network has no way to the internet."
  }
}

variable "perimeter" {
  description = "VPC Service Controls: the access policy (its number), the access levels from which people and Terraform itself may come in, and whether violations are only logged (`dry_run`)."
  type = object({
    policy        = string
    access_levels = optional(set(string), [])
    identities    = optional(set(string), [])
    dry_run       = optional(bool, false)
  })
  default = null

  validation {
    condition     = var.perimeter == null || try(can(regex("^[0-9]+$", var.perimeter.policy)), false)
    error_message = "The access policy is its number, as `gcloud access-context-manager policies list` shows it."
  }
  validation {
    condition = var.perimeter == null || try(alltrue([
      for level in var.perimeter.access_levels : can(regex("^accessPolicies/[0-9]+/accessLevels/[A-Za-z0-9_]+$", level))
    ]), false)
    error_message = "Access levels are full names: accessPolicies/<number>/accessLevels/<name>."
  }
  validation {
    condition     = var.perimeter == null || try(alltrue([for member in var.perimeter.identities : can(regex(local.identity, member))]), false)
    error_message = "Those who enter the perimeter are named identities."
  }
}

variable "accept_missing_perimeter" {
  type        = bool
  default     = false
  description = "Says that the price of `perimeter = null` is understood."
}

variable "keys" {
  description = "Cloud KMS: protection level (HSM or SOFTWARE), days between rotations, days that a destroyed version can be restored, who administers the keys without being able to use them, and whether keys of an HSM of yours can be imported."
  type = object({
    protection_level = optional(string, "HSM")
    rotation_days    = optional(number, 90)
    restorable_days  = optional(number, 30)
    administrators   = optional(set(string), [])
    import           = optional(bool, false)
  })
  default = {}

  validation {
    condition     = contains(["HSM", "SOFTWARE"], var.keys.protection_level)
    error_message = "The protection level is HSM or SOFTWARE."
  }
  validation {
    condition     = var.keys.rotation_days >= 1 && var.keys.rotation_days <= 365 && floor(var.keys.rotation_days) == var.keys.rotation_days
    error_message = "Keys rotate every 1 to 365 days."
  }
  validation {
    condition     = var.keys.restorable_days >= 7 && var.keys.restorable_days <= 120 && floor(var.keys.restorable_days) == var.keys.restorable_days
    error_message = "A destroyed version can be restored for 7 to 120 days: fewer make a mistake final before anybody sees it."
  }
  validation {
    condition     = alltrue([for member in var.keys.administrators : can(regex(local.identity, member))])
    error_message = "Administrators of keys are named identities."
  }
}

variable "stream" {
  description = "Pub/Sub: days that unacknowledged messages are kept, seconds until a message comes again, and deliveries until it goes to the dead-letter topic (restarts of a reader count too)."
  type = object({
    retention_days        = optional(number, 7)
    ack_deadline_seconds  = optional(number, 60)
    max_delivery_attempts = optional(number, 100)
  })
  default = {}

  validation {
    condition     = var.stream.retention_days >= 1 && var.stream.retention_days <= 31
    error_message = "Messages are kept for 1 to 31 days: with less, an outage of a day loses some."
  }
  validation {
    condition     = var.stream.ack_deadline_seconds >= 10 && var.stream.ack_deadline_seconds <= 600
    error_message = "The acknowledgement deadline is 10 to 600 seconds."
  }
  validation {
    condition     = var.stream.max_delivery_attempts >= 20 && var.stream.max_delivery_attempts <= 100
    error_message = "A message is tried 20 to 100 times: with fewer, restarts of a reader alone send good messages away."
  }
}

variable "store" {
  description = "The bucket: its name (default `<project>-<name>`), a prefix that all objects are below, days for which what was replaced or deleted can be restored (`restorable_days` for all; older versions of staging objects and of key records have days of their own), and days that its access logs are kept."
  type = object({
    bucket          = optional(string)
    prefix          = optional(string, "")
    restorable_days = optional(number, 30)
    staging_days    = optional(number, 7)
    log_days        = optional(number, 400)
  })
  default = {}

  validation {
    condition     = var.store.bucket == null || can(regex("^[a-z0-9][a-z0-9_-]{1,61}[a-z0-9]$", var.store.bucket))
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, _ and -."
  }
  validation {
    condition     = var.store.prefix == "" || can(regex("^[A-Za-z0-9][A-Za-z0-9_.=-]*(/[A-Za-z0-9][A-Za-z0-9_.=-]*)*$", var.store.prefix))
    error_message = "The prefix is a path such as team/credence, without a slash at either end."
  }
  validation {
    condition     = var.store.restorable_days >= 7 && var.store.restorable_days <= 90
    error_message = "What was replaced or deleted can be restored for 7 to 90 days (the bounds of soft delete)."
  }
  validation {
    condition     = var.store.staging_days >= 1 && var.store.log_days >= 30
    error_message = "Older versions in staging are kept for at least a day, logs for at least 30."
  }
}

variable "warehouse" {
  description = "BigQuery: the dataset's name (default: `name` with _ for -), and whether a taxonomy with a policy tag `sensitive` is made, which columns can be put under; `sensitive_readers` may read those."
  type = object({
    dataset           = optional(string)
    policy_tag        = optional(bool, false)
    sensitive_readers = optional(set(string), [])
  })
  default = {}

  validation {
    condition     = var.warehouse.dataset == null || can(regex("^[A-Za-z0-9_]{1,1024}$", var.warehouse.dataset))
    error_message = "A dataset of BigQuery has letters, digits and _ in its name."
  }
  validation {
    condition     = alltrue([for member in var.warehouse.sensitive_readers : can(regex(local.identity, member))])
    error_message = "Readers of sensitive columns are named identities."
  }
}

variable "redis" {
  description = "Memorystore for Redis: GiB, and whether a second zone has a replica."
  type = object({
    memory_gb         = optional(number, 5)
    high_availability = optional(bool, true)
  })
  default = {}

  validation {
    condition     = var.redis.memory_gb >= 1 && var.redis.memory_gb <= 300
    error_message = "Redis has 1 to 300 GiB."
  }
}

variable "postgres" {
  description = "Cloud SQL for PostgreSQL: machine, GiB, edition, whether a second zone stands by, days of backups and of point-in-time recovery, and the people and groups that may sign in with IAM."
  type = object({
    tier              = optional(string, "db-custom-2-8192")
    edition           = optional(string, "ENTERPRISE")
    disk_gb           = optional(number, 50)
    high_availability = optional(bool, true)
    backups           = optional(number, 30)
    log_days          = optional(number, 7)
    iam_users         = optional(set(string), [])
  })
  default = {}

  validation {
    condition     = can(regex("^db-(custom-[0-9]+-[0-9]+|perf-optimized-N-[0-9]+)$", var.postgres.tier))
    error_message = "The tier is db-custom-<processors>-<MiB> or db-perf-optimized-N-<processors>; shared cores have no service level."
  }
  validation {
    condition     = lookup({ ENTERPRISE = "db-custom-", ENTERPRISE_PLUS = "db-perf-" }, var.postgres.edition, "") == substr(var.postgres.tier, 0, var.postgres.edition == "ENTERPRISE" ? 10 : 8)
    error_message = "The edition is ENTERPRISE, with a db-custom tier, or ENTERPRISE_PLUS, with a db-perf-optimized one."
  }
  validation {
    condition     = var.postgres.disk_gb >= 10 && var.postgres.backups >= 7 && var.postgres.log_days >= 1 && var.postgres.log_days <= 7
    error_message = "At least 10 GiB, at least 7 backups, and 1 to 7 days of point-in-time recovery."
  }
  validation {
    condition     = alltrue([for member in var.postgres.iam_users : can(regex("^(user|group):[^*]+@[^*]+$", member))])
    error_message = "People and groups sign in to the catalog with IAM (user:, group:); workloads have users of their own, and no role of an administrator."
  }
}

variable "database_password" {
  type        = string
  sensitive   = true
  ephemeral   = true
  description = "The password of the database user `credence` (TF_VAR_database_password): whoever runs `catalog_roles` signs in with it. It goes to Cloud SQL, and into no state or plan; nothing keeps it, and a lost one is replaced by another."

  validation {
    condition     = can(regex("^[A-Za-z0-9_-]{24,128}$", var.database_password))
    error_message = "The password has 24 to 128 letters, digits, _ and -: it becomes part of a URL."
  }
}

variable "database_credential_version" {
  type        = number
  default     = 1
  description = "Raise it when the password changed: Terraform cannot see that it did."

  validation {
    condition     = var.database_credential_version >= 1 && floor(var.database_credential_version) == var.database_credential_version
    error_message = "The version is a whole number from 1."
  }
}

variable "deletion_protection" {
  type        = bool
  default     = true
  description = "Keeps the database from being deleted. What else holds data (keys, bucket, subscriptions, tables) is kept by `prevent_destroy` whatever this says."
}

variable "accept_deletion" {
  type        = bool
  default     = false
  description = "Says that the price of `deletion_protection = false` is understood."
}

variable "alerts" {
  description = "Where alerts go (notification channels, by full name), and their bounds: seconds that the oldest message may wait, and unwraps in five minutes above which they are unusual."
  type = object({
    channels            = optional(set(string), [])
    oldest_message      = optional(number, 900)
    decrypts_per_5m     = optional(number, 600)
    rate_limit_seconds  = optional(number, 3600)
    redis_memory_ratio  = optional(number, 0.8)
    postgres_disk_ratio = optional(number, 0.85)
  })
  default = {}

  validation {
    condition     = alltrue([for channel in var.alerts.channels : can(regex("^projects/[^/]+/notificationChannels/[0-9]+$", channel))])
    error_message = "Channels are full names: projects/<project>/notificationChannels/<number>."
  }
  validation {
    condition     = var.alerts.oldest_message >= 60 && var.alerts.decrypts_per_5m >= 1 && var.alerts.rate_limit_seconds >= 60
    error_message = "The oldest message may wait a minute at least; bounds are positive."
  }
  validation {
    condition     = var.alerts.redis_memory_ratio > 0 && var.alerts.redis_memory_ratio < 1 && var.alerts.postgres_disk_ratio > 0 && var.alerts.postgres_disk_ratio < 1
    error_message = "Ratios lie between 0 and 1."
  }
}
