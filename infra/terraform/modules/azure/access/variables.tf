variable "datasets" {
  type        = set(string)
  description = "The datasets of the configuration that these identities serve: paths are granted for each of them, not for all there may be."

  validation {
    condition     = length(var.datasets) > 0 && alltrue([for name in var.datasets : can(regex("^([a-z0-9][a-z0-9_-]{0,62}|\\{dataset\\})$", name))])
    error_message = "Name at least one dataset, as in credence.yaml: a-z, 0-9, _ and -, at most 63 characters."
  }
}

variable "store_prefix" {
  type        = string
  default     = ""
  description = "store.*.prefix of the configuration, without a slash behind it; empty when objects begin at the top of the container."

  validation {
    condition     = var.store_prefix == "" || can(regex("^([A-Za-z0-9][A-Za-z0-9_.=-]*(/[A-Za-z0-9][A-Za-z0-9_.=-]*)*|\\{prefix\\})$", var.store_prefix))
    error_message = "store_prefix is a path such as team/credence, without a slash before or behind it."
  }
}

variable "duties" {
  type        = set(string)
  default     = ["race", "check", "verify", "countObjects", "newEpochs"]
  description = "What the identities may do besides the ordinary run: race, check, verify, countObjects, newEpochs, reencrypt, destroy, immutability, checkpoints. Each widens what some identity may do; reencrypt lets the operator delete objects."

  validation {
    condition     = length(setsubtract(var.duties, ["race", "check", "verify", "countObjects", "newEpochs", "reencrypt", "destroy", "immutability", "checkpoints"])) == 0
    error_message = "duties are of: race, check, verify, countObjects, newEpochs, reencrypt, destroy, immutability, checkpoints."
  }
}

variable "key_service" {
  type        = string
  default     = "vault"
  description = "Where the wrapping key is: vault (Key Vault) or hsm (Managed HSM), whose data actions have other names."

  validation {
    condition     = contains(["vault", "hsm"], var.key_service)
    error_message = "key_service is vault or hsm."
  }
}
