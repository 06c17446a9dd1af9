terraform {
  required_version = ">= 1.11"

  required_providers {
    google = {
      source  = "hashicorp/google"
      version = "~> 7.46"
    }
  }

  # Locked while it is in use, in versions, under a key of yours: which bucket and which key is given to init (see README.md).
  backend "gcs" {
    prefix = "credence-dev"
  }
}

provider "google" {
  project               = var.project_id
  region                = var.region
  billing_project       = var.project_id
  user_project_override = true # budgets are asked for in the name of a project

  default_labels = {
    environment = "dev"
  }
}
