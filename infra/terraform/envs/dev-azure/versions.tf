terraform {
  required_version = ">= 1.11"

  required_providers {
    azurerm = {
      source  = "hashicorp/azurerm"
      version = "~> 5.2"
    }
  }

  # Encrypted at rest, locked by a lease, opened by identity alone: which account it is in is given to init (see README.md).
  backend "azurerm" {
    container_name   = "tfstate"
    key              = "credence-dev.tfstate"
    use_azuread_auth = true
  }
}

provider "azurerm" {
  subscription_id     = var.subscription_id
  storage_use_azuread = true

  features {
    key_vault {
      purge_soft_delete_on_destroy    = false
      recover_soft_deleted_key_vaults = true
    }
    storage {
      data_plane_available = false # everything goes by the resource manager, so that whoever applies need not reach the store
    }
    resource_group {
      prevent_deletion_if_contains_resources = true
    }
  }
}
