# What the module for Google Cloud has to keep to, over the values that Terraform works out. Each rule adds a sentence to `deny`.
package terraform.gcp

import rego.v1

resources(type) := [r | some r in input.resources; r.mode == "resource"; r.type == type]

managed := [r | some r in input.resources; r.mode == "resource"; startswith(r.type, "google_")]

# How other resources refer to this one: by its address within its module.
path(r) := base if {
	r.key == ""
	base := regex.replace(r.address, `^(module\.[^.]+\.)+`, "")
} else := sprintf("%s[%s]", [base, r.key]) if {
	regex.match(`^[0-9]+$`, r.key)
	base := regex.replace(r.address, `^(module\.[^.]+\.)+`, "")
} else := sprintf("%s[%q]", [base, r.key]) if {
	base := regex.replace(r.address, `^(module\.[^.]+\.)+`, "")
}

named(r) := r.address if r.key == ""

named(r) := sprintf("%s[%s]", [r.address, r.key]) if regex.match(`^[0-9]+$`, r.key)

named(r) := sprintf("%s[%q]", [r.address, r.key]) if regex.match(`[^0-9]`, r.key)

attribute(r, name) := sprintf("%s.%s", [path(r), name])

refers(value, r) if value in {attribute(r, "id"), attribute(r, "name"), r.values.name}

block(values, name) := object.get(values, [name, 0], {})

blocks(values, name) := value if {
	value := object.get(values, name, [])
	is_array(value)
} else := []

# Of a list of rules `{argument: value}`, those that the resource does not keep to.
unlike(values, wanted) := {argument | some argument, value in wanted; object.get(values, argument, null) != value}

seconds(text) := to_number(trim_suffix(text, "s"))

day := 86400

has(values, argument) if object.get(values, argument, null) != null

## Nothing answers to the internet, nothing reaches it

never := {
	"google_compute_router_nat": "gives a way to the internet",
	"google_compute_network_peering": "opens the network to another one",
	"google_compute_external_vpn_gateway": "opens the network to another one",
	"google_service_account_key": "is a key file, which outlives whoever took it",
	"google_storage_hmac_key": "is a key file, which outlives whoever took it",
	"google_storage_bucket_acl": "passes by uniform access",
	"google_storage_default_object_acl": "passes by uniform access",
	"google_storage_bucket_access_control": "passes by uniform access",
	"google_project_iam_policy": "replaces everybody's access to the project",
	"google_project_iam_binding": "replaces everybody's access to the project",
	"google_bigquery_dataset_access": "fights with the list of the dataset",
}

deny contains sprintf("rego: %s: %s", [named(r), never[r.type]]) if {
	some r in managed
	never[r.type]
}

deny contains sprintf("rego: %s: %s is not %v", [named(r), argument, wanted[argument]]) if {
	some type, wanted in required
	some r in resources(type)
	some argument in unlike(r.values, wanted)
}

required := {
	"google_compute_network": {"auto_create_subnetworks": false, "delete_default_routes_on_create": true},
	"google_compute_subnetwork": {"private_ip_google_access": true, "stack_type": "IPV4_ONLY"},
	"google_compute_address": {"address_type": "INTERNAL"},
	"google_compute_global_address": {"address_type": "INTERNAL"},
	"google_compute_global_forwarding_rule": {"target": "vpc-sc", "load_balancing_scheme": ""},
	"google_compute_forwarding_rule": {"load_balancing_scheme": ""},
	"google_dns_managed_zone": {"visibility": "private"},
	"google_storage_bucket": {
		"uniform_bucket_level_access": true,
		"public_access_prevention": "enforced",
		"force_destroy": false,
	},
	"google_bigquery_dataset": {"delete_contents_on_destroy": false},
	"google_redis_instance": {
		"auth_enabled": true,
		"transit_encryption_mode": "SERVER_AUTHENTICATION",
		"connect_mode": "PRIVATE_SERVICE_ACCESS",
	},
	"google_sql_database_instance": {"deletion_protection": true},
	"google_kms_crypto_key": {"purpose": "ENCRYPT_DECRYPT"},
	"google_logging_project_sink": {"unique_writer_identity": true},
}

anywhere := {"0.0.0.0/0", "::/0"}

restricted_vip := "199.36.153.4/30"

deny contains sprintf("rego: %s: leads to the internet", [named(r)]) if {
	some r in resources("google_compute_route")
	r.values.next_hop_gateway == "default-internet-gateway"
	r.values.dest_range != restricted_vip
}

deny contains sprintf("rego: %s: lets anybody in", [named(r)]) if {
	some r in resources("google_compute_firewall")
	count(blocks(r.values, "allow")) > 0
	some range in object.get(r.values, "source_ranges", [])
	range in anywhere
}

deny contains sprintf("rego: %s: lets data out to anywhere", [named(r)]) if {
	some r in resources("google_compute_firewall")
	count(blocks(r.values, "allow")) > 0
	some range in object.get(r.values, "destination_ranges", [])
	not is_narrow(range)
}

is_narrow(range) if not range in anywhere

deny contains sprintf("rego: %s: %s that no rule allows is not denied", [named(network), lower(direction)]) if {
	some network in resources("google_compute_network")
	some direction, ranges in {"INGRESS": "source_ranges", "EGRESS": "destination_ranges"}
	not denies_rest(direction, ranges)
}

denies_rest(direction, ranges) if {
	some rule in resources("google_compute_firewall")
	rule.values.direction == direction
	rule.values.priority >= 65000
	"0.0.0.0/0" in rule.values[ranges]
	block(rule.values, "deny").protocol == "all"
	object.get(rule.values, "disabled", false) != true
}

deny contains sprintf("rego: %s: its traffic is not logged", [named(r)]) if {
	some type in {"google_compute_subnetwork", "google_compute_firewall"}
	some r in resources(type)
	count(blocks(r.values, "log_config")) == 0
}

deny contains "rego: names of Google's APIs do not lead to private addresses" if {
	count(resources("google_compute_network")) > 0
	not "*.googleapis.com." in {rule.values.dns_name | some rule in resources("google_dns_response_policy_rule")}
}

deny contains sprintf("rego: %s: %s is a public address", [named(r), address]) if {
	some r in resources("google_dns_response_policy_rule")
	some answer in r.values.local_data
	some record in answer.local_datas
	some address in record.rrdatas
	not net.cidr_contains("10.0.0.0/8", address)
	not net.cidr_contains(restricted_vip, address)
}

## The perimeter

guarded := {
	"pubsub.googleapis.com",
	"storage.googleapis.com",
	"bigquery.googleapis.com",
	"cloudkms.googleapis.com",
	"secretmanager.googleapis.com",
}

deny contains sprintf("rego: %s: does not guard %s", [named(r), service]) if {
	some r in resources("google_access_context_manager_service_perimeter")
	some service in guarded
	some mode in {"status", "spec"}
	some perimeter in blocks(r.values, mode)
	not service in perimeter.restricted_services
}

deny contains sprintf("rego: %s: services that are not guarded can be reached from within", [named(r)]) if {
	some r in resources("google_access_context_manager_service_perimeter")
	some mode in {"status", "spec"}
	some perimeter in blocks(r.values, mode)
	object.get(block(perimeter, "vpc_accessible_services"), "enable_restriction", false) != true
}

deny contains sprintf("rego: %s: lets everybody in who signs in", [named(r)]) if {
	some r in resources("google_access_context_manager_service_perimeter")
	some mode in {"status", "spec"}
	some perimeter in blocks(r.values, mode)
	some policy in blocks(perimeter, "ingress_policies")
	from := block(policy, "ingress_from")
	opens(from)
}

opens(from) if has(from, "identity_type")

opens(from) if "*" in {source.access_level | some source in blocks(from, "sources")}

opens(from) if count(blocks(from, "sources")) == 0

## Messages

deny contains sprintf("rego: %s: is not encrypted under a key of yours", [named(r)]) if {
	some type, argument in {
		"google_pubsub_topic": "kms_key_name",
		"google_redis_instance": "customer_managed_key",
		"google_sql_database_instance": "encryption_key_name",
	}
	some r in resources(type)
	not has(r.values, argument)
}

deny contains sprintf("rego: %s: is not encrypted under a key of yours", [named(r)]) if {
	some type, place in {
		"google_storage_bucket": ["encryption", "default_kms_key_name"],
		"google_bigquery_dataset": ["default_encryption_configuration", "kms_key_name"],
	}
	some r in resources(type)
	not has(block(r.values, place[0]), place[1])
}

deny contains sprintf("rego: %s: its replicas are not encrypted under a key of yours", [named(r)]) if {
	some r in resources("google_secret_manager_secret")
	replicas := block(block(r.values, "replication"), "user_managed")
	not has(block(block(replicas, "replicas"), "customer_managed_encryption"), "kms_key_name")
}

deny contains sprintf("rego: %s: messages may be kept in any region", [named(r)]) if {
	some r in resources("google_pubsub_topic")
	count(object.get(block(r.values, "message_storage_policy"), "allowed_persistence_regions", [])) == 0
}

deny contains sprintf("rego: %s: is deleted when nobody reads it for a while", [named(r)]) if {
	some r in resources("google_pubsub_subscription")
	object.get(block(r.values, "expiration_policy"), "ttl", "2678400s") != ""
}

deny contains sprintf("rego: %s: keeps messages for less than a day", [named(r)]) if {
	some r in resources("google_pubsub_subscription")
	seconds(object.get(r.values, "message_retention_duration", "0s")) < day
}

# Subscriptions that the pipeline reads: those that dead letters come from.
read_subscriptions := [r | some r in resources("google_pubsub_subscription"); not is_last(r)]

is_last(r) if endswith(r.values.name, "-dead-letters")

deny contains sprintf("rego: %s: does not deliver exactly once", [named(r)]) if {
	some r in read_subscriptions
	object.get(r.values, "enable_exactly_once_delivery", false) != true
}

deny contains sprintf("rego: %s: gives up on a message after fewer than 20 deliveries", [named(r)]) if {
	some r in read_subscriptions
	object.get(block(r.values, "dead_letter_policy"), "max_delivery_attempts", 5) < 20
}

deny contains sprintf("rego: %s: nobody subscribes to it, so what comes is lost", [named(topic)]) if {
	some topic in resources("google_pubsub_topic")
	not attribute(topic, "id") in {s.values.topic | some s in resources("google_pubsub_subscription")}
}

deny contains sprintf("rego: %s: Pub/Sub may not publish to it", [named(topic)]) if {
	some topic in resources("google_pubsub_topic")
	attribute(topic, "id") in {block(s.values, "dead_letter_policy").dead_letter_topic | some s in read_subscriptions}
	not agent_publishes(topic)
}

agent_publishes(topic) if {
	some grant in resources("google_pubsub_topic_iam_member")
	refers(grant.values.topic, topic)
	grant.values.role == "roles/pubsub.publisher"
	contains(grant.values.member, "@gcp-sa-pubsub.")
}

## Objects

log_buckets := {block(r.values, "logging").log_bucket | some r in resources("google_storage_bucket"); has(block(r.values, "logging"), "log_bucket")}

is_log_bucket(r) if attribute(r, "name") in log_buckets

is_log_bucket(r) if r.values.name in log_buckets

object_buckets := [r | some r in resources("google_storage_bucket"); not is_log_bucket(r)]

deny contains sprintf("rego: %s: keeps no versions", [named(r)]) if {
	some r in object_buckets
	object.get(block(r.values, "versioning"), "enabled", false) != true
}

# A destroyed key is one once no older version of its record can be brought back.
deny contains sprintf("rego: %s: keeps older key records for longer than 30 days", [named(r)]) if {
	some r in resources("google_storage_bucket")
	count(blocks(r.values, "versioning")) > 0
	not forgets_keys(r)
}

forgets_keys(r) if {
	some rule in blocks(r.values, "lifecycle_rule")
	block(rule, "action").type == "Delete"
	condition := block(rule, "condition")
	condition.with_state == "ARCHIVED"
	some prefix in object.get(condition, "matches_prefix", [])
	endswith(prefix, "keys/")
	condition.days_since_noncurrent_time <= 30
}

deny contains sprintf("rego: %s: what is deleted is gone in less than 7 days", [named(r)]) if {
	some r in object_buckets
	object.get(block(r.values, "soft_delete_policy"), "retention_duration_seconds", 0) < 7 * day
}

deny contains sprintf("rego: %s: a retention policy refuses to replace key records and to discard staging", [named(r)]) if {
	some r in object_buckets
	count(blocks(r.values, "retention_policy")) > 0
}

deny contains sprintf("rego: %s: deletes objects that are wanted, by their age", [named(r)]) if {
	some r in object_buckets
	some rule in blocks(r.values, "lifecycle_rule")
	block(rule, "action").type == "Delete"
	object.get(block(rule, "condition"), "with_state", "ANY") != "ARCHIVED"
}

deny contains sprintf("rego: %s: its accesses are not logged", [named(r)]) if {
	some r in object_buckets
	count(blocks(r.values, "logging")) == 0
}

deny contains sprintf("rego: %s: logs can be changed", [named(r)]) if {
	some r in resources("google_storage_bucket")
	is_log_bucket(r)
	object.get(block(r.values, "retention_policy"), "retention_period", 0) < 30 * day
}

## Rows

open_groups := {"allAuthenticatedUsers", "projectReaders", "projectWriters"}

deny contains sprintf("rego: %s: %s have access", [named(r), access.special_group]) if {
	some r in resources("google_bigquery_dataset")
	some access in blocks(r.values, "access")
	object.get(access, "special_group", null) in open_groups
}

deny contains sprintf("rego: %s: without a list, readers of the project have access", [named(r)]) if {
	some r in resources("google_bigquery_dataset")
	count(blocks(r.values, "access")) == 0
}

deny contains sprintf("rego: %s: %s holds for every table", [named(r), access.role]) if {
	some r in resources("google_bigquery_dataset")
	some access in blocks(r.values, "access")
	regex.match(`(rows_tables|rows_read|rows_look_tables|dataViewer|dataEditor)`, access.role)
	not contains(object.get(block(access, "condition"), "expression", ""), "/tables/")
}

## Keys

deny contains sprintf("rego: %s: does not rotate by itself", [named(r)]) if {
	some r in resources("google_kms_crypto_key")
	object.get(r.values, "import_only", false) != true
	not rotates(r)
}

rotates(r) if {
	period := seconds(r.values.rotation_period)
	period >= day
	period <= 366 * day
}

deny contains sprintf("rego: %s: destroyed versions are gone in less than 7 days", [named(r)]) if {
	some r in resources("google_kms_crypto_key")
	seconds(object.get(r.values, "destroy_scheduled_duration", "0s")) < 7 * day
}

deny contains sprintf("rego: %s: is imported, and not into an HSM", [named(r)]) if {
	some r in resources("google_kms_crypto_key")
	object.get(r.values, "import_only", false) == true
	block(r.values, "version_template").protection_level != "HSM"
}

## Who may do what

grants := [r | some r in managed; regex.match(`_iam_(member|binding)$`, r.type)]

members(r) := {m | some argument in {"member", "members"}; some m in flat(object.get(r.values, argument, []))} if r.type != "google_bigquery_dataset"

members(r) := {m | some a in r.values.access; m := object.get(a, "iam_member", null); m != null} | {d | some a in r.values.access; d := object.get(a, "domain", null); d != null} if r.type == "google_bigquery_dataset"

flat(value) := [value] if is_string(value)

flat(value) := value if is_array(value)

deny contains sprintf("rego: %s: %s is the public", [named(r), member]) if {
	some r in managed
	some member in members(r)
	regex.match(`^(allUsers|allAuthenticatedUsers|domain:.*|iamMember:all.*)$`, member)
}

# Predefined roles, each as narrow as can be on the one resource that it is granted on.
predefined := {
	"roles/cloudkms.admin", # administers keys, and can use none
	"roles/cloudkms.cryptoKeyEncrypterDecrypter", # for service agents
	"roles/cloudsql.instanceUser",
	"roles/datacatalog.categoryFineGrainedReader",
	"roles/iam.serviceAccountTokenCreator",
	"roles/iam.workloadIdentityUser",
	"roles/pubsub.publisher",
	"roles/pubsub.subscriber", # for service agents
	"roles/secretmanager.secretAccessor",
	"roles/storage.objectCreator", # of logs
}

deny contains sprintf("rego: %s: %s grants more than is needed", [named(r), r.values.role]) if {
	some r in grants
	startswith(r.values.role, "roles/")
	not r.values.role in predefined
}

deny contains sprintf("rego: %s: only service agents of Google are granted %s", [named(r), r.values.role]) if {
	some r in grants
	r.values.role in {"roles/cloudkms.cryptoKeyEncrypterDecrypter", "roles/pubsub.subscriber"}
	not regex.match(`^serviceAccount:[^@]+@(gcp-sa-[a-z-]+|cloud-redis|gs-project-accounts|bigquery-encryption)\.iam\.gserviceaccount\.com$`, r.values.member)
}

deny contains sprintf("rego: %s: a service agent could unwrap epoch keys", [named(r)]) if {
	some r in resources("google_kms_crypto_key_iam_member")
	r.values.role == "roles/cloudkms.cryptoKeyEncrypterDecrypter"
	regex.match(`(crypto_key\.|cryptoKeys/)(epochs|imported)`, r.values.crypto_key_id)
}

deny contains sprintf("rego: %s: holds for the whole project", [named(r)]) if {
	some r in resources("google_project_iam_member")
	count(blocks(r.values, "condition")) == 0
	not contains(r.values.role, "rows_jobs")
}

deny contains sprintf("rego: %s: grants by wildcard: %s", [named(r), permission]) if {
	some r in resources("google_project_iam_custom_role")
	some permission in r.values.permissions
	contains(permission, "*")
}

deny contains sprintf("rego: %s: %s passes rights on, or opens what holds data", [named(r), permission]) if {
	some r in resources("google_project_iam_custom_role")
	some permission in r.values.permissions
	regex.match(`(\.setIamPolicy$|^iam\.|^resourcemanager\.|^storage\.buckets\.(update|delete|create)$|^bigquery\.datasets\.(update|delete)$|^cloudkms\.(keyRings|importJobs)\.)`, permission)
}

deny contains sprintf("rego: %s: %s goes beyond one kind of use", [named(r), concat(", ", r.values.permissions)]) if {
	some r in resources("google_project_iam_custom_role")
	count({product | some permission in r.values.permissions; product := split(permission, ".")[0]}) > 1
}

deny contains sprintf("rego: %s: holds for every object", [named(r)]) if {
	some r in resources("google_storage_bucket_iam_member")
	contains(r.values.role, "objects_")
	not regex.match(`resource\.name\.startsWith\("projects/_/buckets/[^/"]+/objects/[^"]+/"\)`, object.get(block(r.values, "condition"), "expression", ""))
}

deny contains sprintf("rego: %s: its condition has more than 12 operators", [named(r)]) if {
	some r in grants
	some condition in blocks(r.values, "condition")
	count(regex.find_n(`&&|\|\|`, condition.expression, -1)) > 12
}

deny contains sprintf("rego: %s: trusts more than one service account of one cluster", [named(r)]) if {
	some r in resources("google_service_account_iam_member")
	r.values.role == "roles/iam.workloadIdentityUser"
	not regex.match(`^serviceAccount:[a-z0-9-]+\.svc\.id\.goog\[[a-z0-9-]+/[a-z0-9-]+\]$`, r.values.member)
}

deny contains sprintf("rego: %s: a workload could become somebody else", [named(r)]) if {
	some r in resources("google_service_account_iam_member")
	r.values.role == "roles/iam.serviceAccountTokenCreator"
	startswith(r.values.member, "serviceAccount:")
}

## The catalog, the queue, and their secrets

deny contains sprintf("rego: %s: evicts what it holds", [named(r)]) if {
	some r in resources("google_redis_instance")
	object.get(object.get(r.values, "redis_configs", {}), "maxmemory-policy", "") != "noeviction"
}

sql_settings := [{"r": r, "settings": block(r.values, "settings")} | some r in resources("google_sql_database_instance")]

deny contains sprintf("rego: %s: has a public address", [named(s.r)]) if {
	some s in sql_settings
	object.get(block(s.settings, "ip_configuration"), "ipv4_enabled", true) != false
}

deny contains sprintf("rego: %s: lets addresses in by list", [named(s.r)]) if {
	some s in sql_settings
	count(blocks(block(s.settings, "ip_configuration"), "authorized_networks")) > 0
}

deny contains sprintf("rego: %s: takes connections without TLS", [named(s.r)]) if {
	some s in sql_settings
	not object.get(block(s.settings, "ip_configuration"), "ssl_mode", "") in {"ENCRYPTED_ONLY", "TRUSTED_CLIENT_CERTIFICATE_REQUIRED"}
}

deny contains sprintf("rego: %s: its certificate names nobody that a client could verify", [named(s.r)]) if {
	some s in sql_settings
	object.get(block(s.settings, "ip_configuration"), "server_ca_mode", "") != "GOOGLE_MANAGED_CAS_CA"
}

deny contains sprintf("rego: %s: cannot be set back to a point in time", [named(s.r)]) if {
	some s in sql_settings
	backups := block(s.settings, "backup_configuration")
	count(unlike(backups, {"enabled": true, "point_in_time_recovery_enabled": true})) > 0
}

deny contains sprintf("rego: %s: fewer than 7 backups are kept", [named(s.r)]) if {
	some s in sql_settings
	object.get(block(block(s.settings, "backup_configuration"), "backup_retention_settings"), "retained_backups", 0) < 7
}

deny contains sprintf("rego: %s: %s is not on", [named(s.r), flag]) if {
	some s in sql_settings
	some flag in {"cloudsql.iam_authentication", "cloudsql.enable_pgaudit", "log_connections", "log_disconnections"}
	not "on" in {f.value | some f in blocks(s.settings, "database_flags"); f.name == flag}
}

deny contains sprintf("rego: %s: its password is kept in the state", [named(r)]) if {
	some type, argument in {"google_sql_user": "password", "google_sql_database_instance": "root_password"}
	some r in resources(type)
	has(r.values, argument)
}

deny contains sprintf("rego: %s: its value is kept in the state", [named(r)]) if {
	some r in resources("google_secret_manager_secret_version")
	has(r.values, "secret_data")
	not startswith(r.values.secret_data, "google_redis_instance.") # what the provider reads is there anyway
}

## What is lost is lost

kept := {
	"google_kms_key_ring",
	"google_kms_crypto_key",
	"google_storage_bucket",
	"google_pubsub_subscription",
	"google_bigquery_dataset",
	"google_sql_database_instance",
}

deny contains sprintf("rego: %s: a change of plan could destroy it", [named(r)]) if {
	some type in kept
	some r in resources(type)
	object.get(block(r.values, "lifecycle"), "prevent_destroy", false) != true
}

## What happened can be traced, and is told

audited := {"cloudkms.googleapis.com", "storage.googleapis.com", "pubsub.googleapis.com", "bigquery.googleapis.com", "secretmanager.googleapis.com"}

is_installation if count(resources("google_storage_bucket")) > 0

deny contains sprintf("rego: %s of %s is not recorded", [kind, service]) if {
	is_installation
	some service in audited
	some kind in {"ADMIN_READ", "DATA_READ", "DATA_WRITE"}
	not records(service, kind)
}

records(service, kind) if {
	some r in resources("google_project_iam_audit_config")
	r.values.service == service
	some log in r.values.audit_log_config
	log.log_type == kind
}

deny contains sprintf("rego: %s: somebody is exempt from the record", [named(r)]) if {
	some r in resources("google_project_iam_audit_config")
	some log in r.values.audit_log_config
	count(object.get(log, "exempted_members", [])) > 0
}

deny contains "rego: audit logs are kept nowhere" if {
	is_installation
	count(resources("google_logging_project_sink")) == 0
}

# What somebody has to be told of, by what its filter looks for.
told := {
	"messages that wait": `oldest_unacked_message_age`,
	"dead letters": `num_undelivered_messages.*-dead-letters`,
	"refused keys": `cloudkms\.googleapis\.com.*status\.code=7`,
	"uses of keys by strangers": `methodName="Decrypt".*NOT protoPayload\.authenticationInfo\.principalEmail`,
	"unusual unwraps": `logging\.googleapis\.com/user/`,
	"keys that end": `DestroyCryptoKeyVersion`,
	"changes of access": `SetIamPolicy`,
}

deny contains sprintf("rego: nobody is told of %s", [what]) if {
	is_installation
	some what, pattern in told
	not alerts(pattern)
}

deny contains sprintf("rego: %s: tells nobody", [named(alert)]) if {
	some alert in resources("google_monitoring_alert_policy")
	count(object.get(alert.values, "notification_channels", [])) == 0
}

# What is measured goes off above its bound, within a quarter of an hour.
deny contains sprintf("rego: %s: is deaf", [named(alert)]) if {
	some alert in resources("google_monitoring_alert_policy")
	some condition in alert.values.conditions
	some threshold in object.get(condition, "condition_threshold", [])
	not hears(threshold)
}

hears(threshold) if {
	threshold.comparison == "COMPARISON_GT"
	to_number(trim_suffix(threshold.duration, "s")) <= 900
}

alerts(pattern) if {
	some alert in resources("google_monitoring_alert_policy")
	object.get(alert.values, "enabled", true) == true
	some condition in alert.values.conditions
	some kind in {"condition_threshold", "condition_matched_log"}
	regex.match(pattern, object.get(block(condition, kind), "filter", ""))
}

## Labels

labelled := {
	"google_bigquery_dataset": "labels",
	"google_compute_address": "labels",
	"google_compute_forwarding_rule": "labels",
	"google_compute_global_address": "labels",
	"google_compute_global_forwarding_rule": "labels",
	"google_dns_managed_zone": "labels",
	"google_kms_crypto_key": "labels",
	"google_monitoring_alert_policy": "user_labels",
	"google_pubsub_subscription": "labels",
	"google_pubsub_topic": "labels",
	"google_redis_instance": "labels",
	"google_secret_manager_secret": "labels",
	"google_storage_bucket": "labels",
}

deny contains sprintf("rego: %s: is not labelled", [named(r)]) if {
	some type, argument in labelled
	some r in resources(type)
	not is_labelled(object.get(r.values, argument, {}))
}

deny contains sprintf("rego: %s: is not labelled", [named(s.r)]) if {
	some s in sql_settings
	not is_labelled(object.get(s.settings, "user_labels", {}))
}

is_labelled(labels) if {
	has(labels, "app")
	labels["managed-by"] == "terraform"
}

# Messages lie where objects do.
deny contains sprintf("rego: %s: messages lie in another region than objects", [named(topic)]) if {
	some bucket in resources("google_storage_bucket")
	bucket.name == "this"
	some topic in resources("google_pubsub_topic")
	block(topic.values, "message_storage_policy").allowed_persistence_regions != [lower(bucket.values.location)]
}
