mock_provider "google" {
  mock_data "google_project" {
    defaults = { number = "123456789012" }
  }
}

variables {
  project_id        = "credence-sample"
  region            = "europe-west3"
  datasets          = { mail = { table = "mail" } }
  perimeter         = { policy = "123456789", dry_run = true }
  database_password = "not-one-that-is-used-anywhere"
}

run "stands_with_defaults" {
  command = plan

  assert {
    condition     = google_storage_bucket.this.public_access_prevention == "enforced" && google_storage_bucket.this.uniform_bucket_level_access
    error_message = "The bucket could become public."
  }
  assert {
    condition     = google_pubsub_subscription.this["mail"].enable_exactly_once_delivery
    error_message = "The subscription delivers more than once."
  }
  assert {
    condition     = google_redis_instance.this.redis_configs["maxmemory-policy"] == "noeviction"
    error_message = "Redis drops jobs."
  }
  assert {
    condition     = !google_sql_database_instance.this.settings[0].ip_configuration[0].ipv4_enabled
    error_message = "The database has a public address."
  }
}

run "a_missing_perimeter_is_accepted_knowingly" {
  command = plan

  variables {
    perimeter = null
  }
  expect_failures = [terraform_data.guards]
}

run "a_perimeter_has_somebody_in_it" {
  command = plan

  variables {
    perimeter = { policy = "123456789" }
  }
  expect_failures = [terraform_data.guards]
}

run "an_organization_is_no_operator" {
  command = plan

  variables {
    people = { operator = ["principalSet://cloudresourcemanager.googleapis.com/organizations/123456789012/type/Identity"] }
  }
  expect_failures = [var.people]
}

run "a_database_without_protection_is_accepted_knowingly" {
  command = plan

  variables {
    deletion_protection = false
  }
  expect_failures = [terraform_data.guards]
}

run "two_datasets_share_no_table" {
  command = plan

  variables {
    datasets = { mail = { table = "rows" }, digits = { table = "rows" } }
  }
  expect_failures = [terraform_data.guards]
}

run "nobody_is_everybody" {
  command = plan

  variables {
    datasets = { mail = { publishers = ["allUsers"] } }
  }
  expect_failures = [var.datasets]
}

run "few_deliveries_are_refused" {
  command = plan

  variables {
    stream = { max_delivery_attempts = 5 }
  }
  expect_failures = [var.stream]
}

run "egress_to_the_internet_is_refused" {
  command = plan

  variables {
    egress = { anywhere = { ranges = ["0.0.0.0/0"], ports = ["443"] } }
  }
  expect_failures = [var.egress]
}

run "a_short_password_is_refused" {
  command = plan

  variables {
    database_password = "short"
  }
  expect_failures = [var.database_password]
}
