# How long things are kept, worked out: what a lifecycle does to an object of each zone, and what becomes of an event in a trail.
# Each rule adds a sentence to `deny`.
package terraform.settings

import rego.v1

zones := ["clean", "contracts", "deadletter", "destroyed", "manifests", "quarantine", "scores"]

# Of a path such as `team/credence/clean/`, and what rules look for: what begins so, what is all below, or everything.
touches(prefix, _) if prefix == ""

touches(prefix, zone) if {
	parts := split(trim_suffix(prefix, "/"), "/")
	parts[count(parts) - 1] == zone
}

touches(prefix, _) if {
	prefix != ""
	parts := split(trim_suffix(prefix, "/"), "/")
	not parts[count(parts) - 1] in {z | some z in array.concat(zones, ["keys", "staging"])}
}

deny contains sprintf("rego: %s: older versions in %s are gone after %v days", [named(r), zone, expiry.noncurrent_days]) if {
	some r in managed
	r.type == "aws_s3_bucket_lifecycle_configuration"
	r.name == "store"
	some rule in r.values.rule
	rule.status == "Enabled"
	some expiry in object.get(rule, "noncurrent_version_expiration", [])
	some zone in zones
	touches(prefix_of(rule), zone)
	expiry.noncurrent_days < 7
}

deny contains sprintf("rego: %s: older versions go by their number, however new they are", [named(r)]) if {
	some r in managed
	r.type == "aws_s3_bucket_lifecycle_configuration"
	some rule in r.values.rule
	some expiry in object.get(rule, "noncurrent_version_expiration", [])
	object.get(expiry, "newer_noncurrent_versions", null) != null
}

prefix_of(rule) := prefix if {
	prefix := object.get(rule, ["filter", 0, "prefix"], "")
	prefix != null
} else := ""

deny contains sprintf("rego: %s: older versions in %s are gone after %v days", [named(r), zone, days]) if {
	some r in managed
	r.type == "google_storage_bucket"
	some rule in object.get(r.values, "lifecycle_rule", [])
	rule.action[0].type == "Delete"
	condition := rule.condition[0]
	object.get(condition, "with_state", "ANY") == "ARCHIVED"
	days := object.get(condition, "days_since_noncurrent_time", 0)
	days < 7
	some zone in zones
	some prefix in prefixes(condition)
	touches(prefix, zone)
}

# What staging holds is nobody's record yet: a rule for it is for nothing that is.
deny contains sprintf("rego: %s: %s goes as staging does", [named(r), prefix]) if {
	some r in managed
	r.type == "google_storage_bucket"
	some rule in object.get(r.values, "lifecycle_rule", [])
	named_prefixes := object.get(rule.condition[0], "matches_prefix", [])
	some staging in named_prefixes
	endswith(staging, "staging/")
	some prefix in named_prefixes
	prefix != staging
}

prefixes(condition) := found if {
	found := object.get(condition, "matches_prefix", [])
	is_array(found)
	count(found) > 0
} else := [""]

# How far back one can go.
deny contains sprintf("rego: %s: copies of the queue are kept for %v days", [named(r), days]) if {
	some r in managed
	r.type == "aws_elasticache_replication_group"
	days := object.get(r.values, "snapshot_retention_limit", 0)
	days < 7
}

deny contains sprintf("rego: %s: what changed is remembered for %v days", [named(r), days]) if {
	some r in managed
	r.type == "azurerm_storage_account"
	object.get(r.values, ["blob_properties", 0, "change_feed_enabled"], false) == true
	days := object.get(r.values, ["blob_properties", 0, "change_feed_retention_in_days"], null)
	days != null
	days < 30
}

deny contains sprintf("rego: %s: goes back in time by %v days", [named(r), days]) if {
	some r in managed
	r.type == "google_sql_database_instance"
	days := object.get(r.values, ["settings", 0, "backup_configuration", 0, "transaction_log_retention_days"], 0)
	days < 2
}

# --- what a trail has of what happens to objects and keys

happened := [
	{"eventCategory": "Data", "resources.type": "AWS::S3::Object", "eventName": name, "readOnly": reads} |
	some name, reads in {"GetObject": "true", "PutObject": "false", "DeleteObject": "false", "ListBucket": "true"}
]

deny contains sprintf("rego: %s: has nothing of %s on %s", [named(r), event.eventName, place]) if {
	some r in managed
	r.type == "aws_cloudtrail"
	some store in managed
	store.type == "aws_s3_bucket"
	store.name == "store"
	some event in happened
	some zone in zones
	place := sprintf("%s/%s/x", [store.arn, zone])
	not in_trail(r, object.union(event, {"resources.ARN": place}))
}

deny contains sprintf("rego: %s: has nothing of %s", [named(r), name]) if {
	some r in managed
	r.type == "aws_cloudtrail"
	some name, source in {"Decrypt": "kms.amazonaws.com", "PutBucketPolicy": "s3.amazonaws.com", "AssumeRole": "sts.amazonaws.com"}
	not in_trail(r, {"eventCategory": "Management", "eventName": name, "eventSource": source, "readOnly": "false"})
}

in_trail(r, event) if {
	some selector in r.values.advanced_event_selector
	every field in selector.field_selector {
		takes(field, object.get(event, field.field, ""))
	}
}

takes(field, value) if {
	tests := {"equals", "starts_with", "ends_with", "not_equals", "not_starts_with", "not_ends_with"}
	every test in tests {
		holds(test, object.get(field, test, []), value)
	}
}

holds(_, wanted, _) if wanted in {null, []}

holds("equals", wanted, value) if value in wanted

holds("starts_with", wanted, value) if {
	some one in wanted
	startswith(value, one)
}

holds("ends_with", wanted, value) if {
	some one in wanted
	endswith(value, one)
}

holds("not_equals", wanted, value) if not value in wanted

holds("not_starts_with", wanted, value) if every one in wanted { not startswith(value, one) }

holds("not_ends_with", wanted, value) if every one in wanted { not endswith(value, one) }

# Logs lie where what they are about does, and flows are sampled, not guessed.
deny contains sprintf("rego: %s: lies in %s", [named(r), r.values.location]) if {
	some r in managed
	r.type == "google_storage_bucket"
	some other in managed
	other.type == "google_storage_bucket"
	other.name == "this"
	r.values.location != other.values.location
}

deny contains sprintf("rego: %s: %v of all flows are logged", [named(r), part]) if {
	some r in managed
	r.type == "google_compute_subnetwork"
	part := object.get(r.values, ["log_config", 0, "flow_sampling"], 0)
	part < 0.5
}

deny contains sprintf("rego: %s: what is denied is logged without who tried", [named(r)]) if {
	some r in managed
	r.type == "google_compute_firewall"
	count(object.get(r.values, "deny", [])) > 0
	object.get(r.values, ["log_config", 0, "metadata"], "") != "INCLUDE_ALL_METADATA"
}
