# Each rule on its own: a resource that breaks one thing, and the sentence that says so.
package terraform.gcp_test

import data.terraform.gcp
import rego.v1

one(type, values) := {"resources": [{
	"address": sprintf("%s.this", [type]),
	"mode": "resource",
	"type": type,
	"name": "this",
	"key": "",
	"values": values,
}]}

denied(input_, text) if {
	some line in gcp.deny with input as input_
	contains(line, text)
}

labels := {"app": "credence", "managed-by": "terraform"}

good_bucket := {
	"name": "objects",
	"uniform_bucket_level_access": true,
	"public_access_prevention": "enforced",
	"force_destroy": false,
	"labels": labels,
	"versioning": [{"enabled": true}],
	"soft_delete_policy": [{"retention_duration_seconds": 2592000}],
	"encryption": [{"default_kms_key_name": "key"}],
	"logging": [{"log_bucket": "logs"}],
	"lifecycle": [{"prevent_destroy": true}],
	"lifecycle_rule": [{"action": [{"type": "Delete"}], "condition": [{"with_state": "ARCHIVED", "days_since_noncurrent_time": 1, "matches_prefix": ["keys/"]}]}],
}

test_a_good_bucket_is_not_named if not denied(one("google_storage_bucket", good_bucket), "google_storage_bucket.this")

test_a_bucket_that_could_be_published if {
	denied(one("google_storage_bucket", object.union(good_bucket, {"public_access_prevention": "inherited"})), "public_access_prevention is not enforced")
}

test_a_bucket_without_versions if {
	denied(one("google_storage_bucket", object.remove(good_bucket, ["versioning"])), "keeps no versions")
}

test_a_rule_that_deletes_live_objects if {
	rule := {"lifecycle_rule": [{"action": [{"type": "Delete"}], "condition": [{"age": 30}]}]}
	denied(one("google_storage_bucket", object.union(good_bucket, rule)), "deletes objects that are wanted")
}

test_a_rule_that_deletes_old_versions_is_fine if {
	of_keys := good_bucket.lifecycle_rule[0]
	rule := {"lifecycle_rule": [of_keys, {"action": [{"type": "Delete"}], "condition": [{"with_state": "ARCHIVED", "age": 30}]}]}
	not denied(one("google_storage_bucket", object.union(good_bucket, rule)), "google_storage_bucket.this")
}

test_older_key_records_that_live_on if {
	denied(one("google_storage_bucket", object.remove(good_bucket, ["lifecycle_rule"])), "keeps older key records")
}

good_alarm := {"user_labels": labels, "notification_channels": ["oncall"], "conditions": [{"condition_threshold": [{"comparison": "COMPARISON_GT", "duration": "300s"}]}]}

test_a_good_alarm_is_not_named if not denied(one("google_monitoring_alert_policy", good_alarm), "google_monitoring_alert_policy.this")

test_an_alarm_that_tells_nobody if {
	denied(one("google_monitoring_alert_policy", object.union(good_alarm, {"notification_channels": []})), "tells nobody")
}

test_an_alarm_that_is_deaf if {
	some threshold in [{"comparison": "COMPARISON_LT", "duration": "300s"}, {"comparison": "COMPARISON_GT", "duration": "86400s"}]
	denied(one("google_monitoring_alert_policy", object.union(good_alarm, {"conditions": [{"condition_threshold": [threshold]}]})), "is deaf")
}

test_members_that_are_the_public if {
	some member in ["allUsers", "allAuthenticatedUsers", "domain:example.org"]
	denied(one("google_pubsub_topic_iam_member", {"role": "roles/pubsub.publisher", "member": member}), "is the public")
}

test_a_dataset_that_is_the_publics if {
	denied(one("google_bigquery_dataset", {"access": [{"role": "r", "iam_member": "allUsers"}]}), "is the public")
}

test_a_key_that_never_rotates if {
	denied(one("google_kms_crypto_key", {"purpose": "ENCRYPT_DECRYPT"}), "does not rotate")
	denied(one("google_kms_crypto_key", {"rotation_period": "315360000s"}), "does not rotate")
	not denied(one("google_kms_crypto_key", {"rotation_period": "7776000s"}), "does not rotate")
}

test_a_role_with_a_wildcard if {
	denied(one("google_project_iam_custom_role", {"permissions": ["storage.objects.*"]}), "by wildcard")
}

test_a_role_that_passes_rights_on if {
	denied(one("google_project_iam_custom_role", {"permissions": ["storage.buckets.setIamPolicy"]}), "passes rights on")
}

test_a_predefined_role_that_is_too_wide if {
	denied(one("google_storage_bucket_iam_member", {"role": "roles/storage.admin", "member": "user:a@b.c"}), "grants more than is needed")
}

test_objects_without_a_prefix if {
	values := {"role": "projects/p/roles/credence_objects_get", "member": "serviceAccount:a@b.c"}
	denied(one("google_storage_bucket_iam_member", values), "holds for every object")
}

test_a_route_to_the_internet if {
	values := {"next_hop_gateway": "default-internet-gateway", "dest_range": "0.0.0.0/0"}
	denied(one("google_compute_route", values), "leads to the internet")
	not denied(one("google_compute_route", object.union(values, {"dest_range": "199.36.153.4/30"})), "leads to the internet")
}

test_a_redis_that_drops_jobs if {
	denied(one("google_redis_instance", {"redis_configs": {"maxmemory-policy": "volatile-lru"}}), "evicts")
}

test_a_database_with_a_public_address if {
	denied(one("google_sql_database_instance", {"settings": [{"ip_configuration": [{"ipv4_enabled": true}]}]}), "has a public address")
	denied(one("google_sql_database_instance", {"settings": [{}]}), "has a public address")
}

test_a_perimeter_that_lets_everybody_in if {
	values := {"status": [{"ingress_policies": [{"ingress_from": [{"sources": [{"access_level": "*"}]}]}]}]}
	denied(one("google_access_context_manager_service_perimeter", values), "lets everybody in")
}

test_a_key_file if denied(one("google_service_account_key", {}), "is a key file")
