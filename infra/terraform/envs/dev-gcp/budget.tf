data "google_project" "this" {
  project_id = var.project_id
}

/** Tells, and stops nothing. */
resource "google_billing_budget" "credence" {
  billing_account = var.billing_account
  display_name    = "credence-dev"

  budget_filter {
    projects               = ["projects/${data.google_project.this.number}"]
    calendar_period        = "MONTH"
    credit_types_treatment = "INCLUDE_ALL_CREDITS"
  }
  amount {
    specified_amount {
      units = tostring(floor(var.monthly_budget))
    }
  }
  threshold_rules {
    threshold_percent = 0.5
  }
  threshold_rules {
    threshold_percent = 0.9
  }
  threshold_rules {
    threshold_percent = 1.0
  }
  threshold_rules {
    threshold_percent = 1.0
    spend_basis       = "FORECASTED_SPEND"
  }
  all_updates_rule {
    monitoring_notification_channels = slice(sort(var.alert_channels), 0, min(5, length(var.alert_channels))) # a budget has 5 at most
    disable_default_iam_recipients   = false
  }
}
