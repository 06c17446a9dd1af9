variable "event_hubs" {
  type = object({
    sku      = optional(string, "Premium")
    capacity = optional(number, 1)
  })
  default     = {}
  description = "The namespace: sku Premium (the only one that encrypts under a key of yours) or Standard; capacity in processing or throughput units."

  validation {
    condition     = contains(["Premium", "Standard"], var.event_hubs.sku)
    error_message = "event_hubs.sku is Premium or Standard: Basic has neither private endpoints nor consumer groups."
  }
  validation {
    condition     = var.event_hubs.sku == "Standard" ? var.event_hubs.capacity >= 1 && var.event_hubs.capacity <= 40 : contains([1, 2, 4, 8, 16], var.event_hubs.capacity)
    error_message = "event_hubs.capacity is 1, 2, 4, 8 or 16 processing units (Premium), or 1 to 40 throughput units (Standard)."
  }
}

variable "checkpoints_mirror" {
  type        = bool
  default     = false
  description = "A container that ingest copies its checkpoints to, for other tools to see how far reading is."
}

variable "store" {
  type = object({
    hierarchical     = optional(bool, true)
    immutable_days   = optional(number, 0)
    replication      = optional(string, "ZRS")
    prefix           = optional(string, "")
    soft_delete_days = optional(number, 14)
    staging_days     = optional(number, 30)
  })
  default     = {}
  description = "The storage account: hierarchical (ADLS Gen2) or flat; immutable_days is how long what is committed can be neither changed nor deleted, in flat accounts alone (0 for not at all); prefix is store.*.prefix; how long what is deleted can be recovered; after how many days what was forgotten in staging goes."

  validation {
    condition     = !(var.store.hierarchical && var.store.immutable_days > 0)
    error_message = "store.immutable_days needs versions, which an account with a hierarchical namespace does not have: set store.hierarchical = false."
  }
  validation {
    condition     = var.store.immutable_days >= 0 && var.store.immutable_days <= 36500 && floor(var.store.immutable_days) == var.store.immutable_days
    error_message = "store.immutable_days is 0 to 36500: nobody, you included, deletes sooner what was committed."
  }
  validation {
    condition     = contains(["LRS", "ZRS", "GRS", "GZRS", "RAGRS", "RAGZRS"], var.store.replication)
    error_message = "store.replication is LRS, ZRS, GRS, GZRS, RAGRS or RAGZRS."
  }
  validation {
    condition     = var.store.prefix == "" || can(regex("^[A-Za-z0-9][A-Za-z0-9_.=-]*(/[A-Za-z0-9][A-Za-z0-9_.=-]*)*$", var.store.prefix))
    error_message = "store.prefix is a path such as team/credence, without a slash before or behind it."
  }
  validation {
    condition     = var.store.soft_delete_days >= 7 && var.store.soft_delete_days <= 365
    error_message = "store.soft_delete_days is 7 to 365: what is deleted by mistake, or by an intruder, has to be noticed in time."
  }
  validation {
    condition     = var.store.staging_days >= 7
    error_message = "store.staging_days is 7 or more: windows wait in staging while scanning is out of order."
  }
}

variable "keys" {
  type = object({
    service              = optional(string, "vault")
    hardware             = optional(bool, true)
    size                 = optional(number, 3072)
    rotation_days        = optional(number, 90)
    soft_delete_days     = optional(number, 90)
    hsm_administrators   = optional(set(string), [])
    hsm_certificate_ids  = optional(list(string), [])
    hsm_quorum           = optional(number, 2)
    administrator_groups = optional(map(string), {})
  })
  default     = {}
  description = "The wrapping key: service vault (Key Vault) or hsm (Managed HSM, which is activated by hsm_certificate_ids, certificates of a vault that hsm_quorum holders of can restore); hardware keeps vault keys in an HSM; RSA size; how often keys rotate; how long deleted keys can be recovered; administrator_groups (name to object id) may create and rotate keys and use none."

  validation {
    condition     = contains(["vault", "hsm"], var.keys.service)
    error_message = "keys.service is vault or hsm."
  }
  validation {
    condition     = contains([3072, 4096], var.keys.size)
    error_message = "keys.size is 3072 or 4096 bits: 2048 is too short for keys that protect data beyond 2030."
  }
  validation {
    condition     = var.keys.rotation_days >= 28 && var.keys.rotation_days <= 365
    error_message = "keys.rotation_days is 28 to 365."
  }
  validation {
    condition     = var.keys.soft_delete_days >= 30 && var.keys.soft_delete_days <= 90
    error_message = "keys.soft_delete_days is 30 to 90: a deleted key takes everything that is wrapped under it along."
  }
  validation {
    condition     = var.keys.service == "vault" || (length(var.keys.hsm_certificate_ids) >= 3 && length(var.keys.hsm_administrators) >= 2 && var.keys.hsm_quorum >= 2 && var.keys.hsm_quorum <= length(var.keys.hsm_certificate_ids))
    error_message = "A Managed HSM needs 2 hsm_administrators or more, 3 hsm_certificate_ids or more, and an hsm_quorum of 2 up to their number."
  }
}

variable "postgres" {
  type = object({
    sku               = optional(string, "GP_Standard_D2ds_v5")
    storage_mb        = optional(number, 65536)
    backup_days       = optional(number, 14)
    zone_redundant    = optional(bool, true)
    administrators    = map(string)
    geo_backup_region = optional(bool, false)
  })
  description = "The catalog: size, days of backups, a standby in another zone, administrators (group name to object id, who sign in through Entra and make the users of the services), backups in the paired region (which then are under the platform's keys there)."

  validation {
    condition     = length(var.postgres.administrators) > 0
    error_message = "postgres.administrators names a group: without one, nobody could make the users that the services sign in as."
  }
  validation {
    condition     = can(regex("^(B|GP|MO)_Standard_[A-Za-z0-9_]+$", var.postgres.sku))
    error_message = "postgres.sku is one of PostgreSQL flexible server, such as GP_Standard_D2ds_v5."
  }
  validation {
    condition     = contains([32768, 65536, 131072, 262144, 524288, 1048576, 2097152, 4193280, 4194304, 8388608, 16777216, 33553408], var.postgres.storage_mb)
    error_message = "postgres.storage_mb is one of the sizes of PostgreSQL flexible server: 32768, 65536, 131072 and so on."
  }
  validation {
    condition     = var.postgres.backup_days >= 7 && var.postgres.backup_days <= 35
    error_message = "postgres.backup_days is 7 to 35."
  }
  validation {
    condition     = !(var.postgres.zone_redundant && startswith(var.postgres.sku, "B_"))
    error_message = "postgres.zone_redundant needs a GP or MO sku: burstable servers have no standby."
  }
}

variable "redis" {
  type = object({
    service           = optional(string, "managed")
    sku               = optional(string, "Balanced_B0")
    high_availability = optional(bool, true)
  })
  default     = {}
  description = "The queue: service managed (Azure Managed Redis) with a sku such as Balanced_B0, or cache (Azure Cache for Redis, which is retired in 2028 and no longer offered to all) with a sku such as Standard_C1 or Premium_P1."

  validation {
    condition     = contains(["managed", "cache"], var.redis.service)
    error_message = "redis.service is managed or cache."
  }
  validation {
    condition     = can(regex(var.redis.service == "managed" ? "^(Balanced_B(0|1|3|5|10|20)|ComputeOptimized_X(3|5|10|20)|MemoryOptimized_M(10|20))$" : "^(Standard_C[0-6]|Premium_P[1-5])$", var.redis.sku))
    error_message = "redis.sku is such as Balanced_B1 (managed, up to 24 GB, above which it is a cluster), or Standard_C1 or Premium_P1 (cache; Basic has no replica)."
  }
}
