# What the AWS module keeps to, over its evaluated resources: nothing public, TLS everywhere, keys of ours that rotate, and no
# permission that is wider than what is done.
package terraform.aws

import rego.v1

resources(type) := [one | some one in input.resources; one.mode == "resource"; one.type == type]

documents := [one | some one in input.resources; one.mode == "data"; one.type == "aws_iam_policy_document"]

value(one, name, otherwise) := object.get(one.values, name, otherwise)

block(one, name) := object.get(one.values, [name, 0], {})

# Whether another resource of a type refers to this one by its id, its ARN or its name.
about(type, argument, one) := [other |
	some other in resources(type)
	value(other, argument, "") in {one.id, one.arn, value(one, "name", null)} - {null}
]

as_list(given) := given if is_array(given)

as_list(given) := [given] if not is_array(given)

# --- nothing public

deny contains sprintf("rego: %s connects the VPC with the internet", [one.address]) if {
	some type in [
		"aws_internet_gateway", "aws_egress_only_internet_gateway", "aws_nat_gateway", "aws_eip", "aws_route",
		"aws_vpc_peering_connection", "aws_iam_user", "aws_iam_access_key",
	]
	some one in resources(type)
}

deny contains sprintf("rego: %s has routes of its own", [one.address]) if {
	some one in resources("aws_route_table")
	count(value(one, "route", [])) > 0
}

deny contains sprintf("rego: %s gives its machines public addresses", [one.address]) if {
	some one in resources("aws_subnet")
	value(one, "map_public_ip_on_launch", null) != false
}

deny contains sprintf("rego: %s lets addresses in or out: name a security group or a prefix list", [one.address]) if {
	some type in ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"]
	some one in resources(type)
	some argument in ["cidr_ipv4", "cidr_ipv6"]
	value(one, argument, null) != null
}

deny contains sprintf("rego: %s lets more than one port through", [one.address]) if {
	some type in ["aws_vpc_security_group_ingress_rule", "aws_vpc_security_group_egress_rule"]
	some one in resources(type)
	value(one, "from_port", 0) != value(one, "to_port", 65535)
}

deny contains sprintf("rego: %s holds rules of its own: they are resources here", [one.address]) if {
	some type in ["aws_security_group", "aws_default_security_group"]
	some one in resources(type)
	count(value(one, "ingress", [])) + count(value(one, "egress", [])) > 0
}

deny contains sprintf("rego: %s lets its VPC's default security group be open", [one.address]) if {
	some one in resources("aws_vpc")
	count(about("aws_default_security_group", "vpc_id", one)) == 0
}

deny contains sprintf("rego: nobody sees the traffic of %s", [one.address]) if {
	some one in resources("aws_vpc")
	count([flow | some flow in about("aws_flow_log", "vpc_id", one); value(flow, "traffic_type", "") == "ALL"]) == 0
}

deny contains sprintf("rego: %s is public", [one.address]) if {
	some one in resources("aws_db_instance")
	value(one, "publicly_accessible", null) != false
}

deny contains sprintf("rego: %s does not block public access: %s", [one.address, argument]) if {
	some one in resources("aws_s3_bucket")
	some argument in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"]
	count([1 | some other in about("aws_s3_bucket_public_access_block", "bucket", one); value(other, argument, false) == true]) == 0
}

deny contains sprintf("rego: access lists count on %s", [one.address]) if {
	some one in resources("aws_s3_bucket")
	count([1 |
		some other in about("aws_s3_bucket_ownership_controls", "bucket", one)
		block(other, "rule").object_ownership == "BucketOwnerEnforced"
	]) == 0
}

# --- endpoints

deny contains sprintf("rego: %s has no policy", [one.address]) if {
	some one in resources("aws_vpc_endpoint")
	count([1 | some document in documents; document.json == value(one, "policy", null)]) == 0
}

deny contains sprintf("rego: clients do not find %s by the service's name", [one.address]) if {
	some one in resources("aws_vpc_endpoint")
	value(one, "vpc_endpoint_type", "") == "Interface"
	value(one, "private_dns_enabled", false) != true
}

needed_endpoints := {"kinesis-streams", "kms", "sts", "logs", "secretsmanager", "s3"}

deny contains sprintf("rego: there is no endpoint for %s", [service]) if {
	count(resources("aws_vpc")) > 0
	some service in needed_endpoints
	count([1 | some one in resources("aws_vpc_endpoint"); endswith(value(one, "service_name", ""), concat("", [".", service]))]) == 0
}

# --- the bucket

deny contains sprintf("rego: %s keeps no versions", [one.address]) if {
	some one in resources("aws_s3_bucket")
	count([1 |
		some other in about("aws_s3_bucket_versioning", "bucket", one)
		block(other, "versioning_configuration").status == "Enabled"
	]) == 0
}

# S3 delivers access logs to no bucket that encrypts under a KMS key.
is_log_target(bucket) if count(about("aws_s3_bucket_logging", "target_bucket", bucket)) > 0

encryption(bucket) := object.get(other.values, ["rule", 0], {}) if {
	some other in about("aws_s3_bucket_server_side_encryption_configuration", "bucket", bucket)
}

deny contains sprintf("rego: %s is not encrypted under a key of ours", [one.address]) if {
	some one in resources("aws_s3_bucket")
	not is_log_target(one)
	not encrypted(one)
}

encrypted(bucket) if {
	rule := encryption(bucket)
	rule.bucket_key_enabled == true
	rule.apply_server_side_encryption_by_default[0].sse_algorithm == "aws:kms"
	is_ours(rule.apply_server_side_encryption_by_default[0].kms_master_key_id)
}

is_ours(key) if {
	some one in resources("aws_kms_key")
	key in {one.id, one.arn}
}

deny contains sprintf("rego: %s takes requests without TLS", [one.address]) if {
	some one in resources("aws_s3_bucket")
	count([1 | some statement in statements_about(one); refuses(statement, "aws:SecureTransport", "false")]) == 0
}

deny contains sprintf("rego: %s can be reached from outside the VPC", [one.address]) if {
	some one in resources("aws_s3_bucket")
	one.name == "store"
	count([1 |
		some statement in statements_about(one)
		statement.effect == "Deny"
		{"s3:DeleteObject*", "s3:GetObject*", "s3:PutObject*"} - {action | some action in statement.actions} == set()
		"s3:ListBucket*" in statement.actions
		some condition in statement.condition
		condition.test == "StringNotEquals"
		condition.variable == "aws:SourceVpce"
	]) == 0
}

deny contains sprintf("rego: objects of %s may be encrypted under any key", [one.address]) if {
	some one in resources("aws_s3_bucket")
	one.name == "store"
	count([1 |
		some statement in statements_about(one)
		statement.effect == "Deny"
		"s3:PutObject" in statement.actions
		some condition in statement.condition
		condition.variable == "s3:x-amz-server-side-encryption-aws-kms-key-id"
	]) == 0
}

deny contains sprintf("rego: older versions of %s can be deleted for good", [one.address]) if {
	some one in resources("aws_s3_bucket")
	one.name == "store"
	count([1 |
		some statement in statements_about(one)
		statement.effect == "Deny"
		"s3:DeleteObjectVersion" in statement.actions
		"s3:BypassGovernanceRetention" in statement.actions
		count(object.get(statement, "condition", [])) == 0
	]) == 0
}

statements_about(bucket) := [statement |
	some policy in about("aws_s3_bucket_policy", "bucket", bucket)
	some document in documents
	document.json == value(policy, "policy", null)
	some statement in document.values.statement
]

refuses(statement, variable, wanted) if {
	statement.effect == "Deny"
	some condition in statement.condition
	condition.variable == variable
	wanted in condition.values
	count(statement.condition) == 1
}

deny contains sprintf("rego: nobody sees who reads %s", [one.address]) if {
	some one in resources("aws_s3_bucket")
	not is_log_target(one)
	count(about("aws_s3_bucket_logging", "bucket", one)) == 0
}

deny contains sprintf("rego: unfinished uploads to %s stay for ever", [one.address]) if {
	some one in resources("aws_s3_bucket")
	count([1 |
		some other in about("aws_s3_bucket_lifecycle_configuration", "bucket", one)
		some rule in other.values.rule
		rule.status == "Enabled"
		rule.abort_incomplete_multipart_upload[0].days_after_initiation <= 7
	]) == 0
}

deny contains sprintf("rego: %s deletes what is current", [other.address]) if {
	some one in resources("aws_s3_bucket")
	one.name == "store"
	some other in about("aws_s3_bucket_lifecycle_configuration", "bucket", one)
	some rule in other.values.rule
	some expiration in object.get(rule, "expiration", [])
	some when in ["days", "date"]
	object.get(expiration, when, null) != null
}

# A destroyed key is one once no older version of its record can be brought back.
deny contains sprintf("rego: %s keeps key records that were destroyed for longer than 30 days", [one.address]) if {
	some one in resources("aws_s3_bucket")
	one.name == "store"
	some other in about("aws_s3_bucket_lifecycle_configuration", "bucket", one)
	not forgets_keys(other)
}

forgets_keys(other) if {
	some rule in other.values.rule
	rule.status == "Enabled"
	endswith(object.get(rule, ["filter", 0, "prefix"], ""), "keys/")
	object.get(rule, ["noncurrent_version_expiration", 0, "noncurrent_days"], 3650) <= 30
}

deny contains sprintf("rego: %s: a session lasts for longer than an hour", [one.address]) if {
	some one in resources("aws_iam_role")
	one.name == "service"
	value(one, "max_session_duration", 3600) > 3600
}

deny contains sprintf("rego: %s is emptied when it is destroyed", [one.address]) if {
	some one in resources("aws_s3_bucket")
	value(one, "force_destroy", null) != false
}

deny contains sprintf("rego: %s cannot lock objects", [one.address]) if {
	some one in resources("aws_s3_bucket")
	one.name in {"store", "trail"}
	value(one, "object_lock_enabled", false) != true
}

# --- what holds data or opens it is not destroyed by mistake

kept := {"aws_db_instance", "aws_kinesis_stream", "aws_kms_key"}

deny contains sprintf("rego: %s can be destroyed by a plan", [one.address]) if {
	some type in kept
	some one in resources(type)
	block(one, "lifecycle") != {"prevent_destroy": true}
}

deny contains sprintf("rego: %s can be destroyed by a plan", [one.address]) if {
	some one in resources("aws_s3_bucket")
	one.name in {"store", "trail"}
	object.get(block(one, "lifecycle"), "prevent_destroy", false) != true
}

deny contains sprintf("rego: %s can be deleted", [one.address]) if {
	some one in resources("aws_db_instance")
	value(one, "deletion_protection", false) != true
}

deny contains sprintf("rego: %s leaves no snapshot behind", [one.address]) if {
	some one in resources("aws_db_instance")
	not leaves_snapshot(one)
}

leaves_snapshot(one) if {
	value(one, "skip_final_snapshot", null) == false
	value(one, "final_snapshot_identifier", "") != ""
	value(one, "delete_automated_backups", null) == false
}

deny contains sprintf("rego: %s is not backed up for a week", [one.address]) if {
	some one in resources("aws_db_instance")
	value(one, "backup_retention_period", 0) < 7
}

# --- keys

deny contains sprintf("rego: %s does not rotate", [one.address]) if {
	some one in resources("aws_kms_key")
	not rotates(one)
}

rotates(one) if {
	value(one, "enable_key_rotation", false) == true
	value(one, "rotation_period_in_days", 365) <= 730
}

deny contains sprintf("rego: %s is gone before a month is over", [one.address]) if {
	some one in resources("aws_kms_key")
	value(one, "deletion_window_in_days", 30) < 30
}

deny contains sprintf("rego: %s has no policy of its own", [one.address]) if {
	some one in resources("aws_kms_key")
	count(about("aws_kms_key_policy", "key_id", one)) == 0
}

key_policies[one.name] contains document if {
	some one in resources("aws_kms_key")
	some policy in about("aws_kms_key_policy", "key_id", one)
	some document in documents
	document.json == value(policy, "policy", null)
}

is_key_policy(document) if {
	some name
	document in key_policies[name]
}

opens := {"kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:CreateGrant"}

deny contains sprintf("rego: %s lets the epoch key be used without the encryption context of a dataset", [document.address]) if {
	some document in key_policies.epoch
	some statement in allowed(document)
	count(opens & {action | some action in statement.actions}) > 0
	not bound_to_dataset(statement)
}

bound_to_dataset(statement) if {
	some one in statement.condition
	one.test == "StringEquals"
	one.variable == "kms:EncryptionContext:dataset"
	some other in statement.condition
	other.test == "Null"
	other.variable == "kms:EncryptionContext:kid"
	other.values == ["false"]
}

deny contains sprintf("rego: %s lets whoever administers a key use it", [document.address]) if {
	some name, policies in key_policies
	some document in policies
	some statement in allowed(document)
	some other in statement.actions
	other in {"kms:PutKeyPolicy", "kms:ScheduleKeyDeletion"}
	count(opens & {action | some action in statement.actions}) > 0
}

deny contains sprintf("rego: %s lets a key be used directly: by nobody but through a service, or with an encryption context", [document.address]) if {
	some name, policies in key_policies
	name != "epoch"
	some document in policies
	some statement in allowed(document)
	count(opens & {action | some action in statement.actions}) > 0
	not through_service(statement)
}

through_service(statement) if {
	some condition in object.get(statement, "condition", [])
	condition.variable in {"kms:ViaService", "aws:SourceArn", "aws:SourceAccount", "kms:EncryptionContext:aws:logs:arn"}
}

deny contains sprintf("rego: %s lets the whole account use a key", [document.address]) if {
	some name, policies in key_policies
	some document in policies
	some statement in allowed(document)
	some principal in statement.principals
	some identifier in principal.identifiers
	endswith(identifier, ":root")
	count([1 | some condition in object.get(statement, "condition", []); condition.variable == "aws:PrincipalArn"; condition.test == "ArnEquals"]) == 0
}

# --- policies

allowed(document) := [statement | some statement in object.get(document.values, "statement", []); object.get(statement, "effect", "Allow") == "Allow"]

deny contains sprintf("rego: %s allows %s: name every action", [document.address, action]) if {
	some document in documents
	some statement in allowed(document)
	some action in object.get(statement, "actions", [])
	contains(action, "*")
}

deny contains sprintf("rego: %s allows or names all but what is listed", [document.address]) if {
	some document in documents
	some statement in allowed(document)
	some word in ["not_actions", "not_resources", "not_principals"]
	count(object.get(statement, word, [])) > 0
}

# What AWS takes on no resource.
everywhere := {"sts:GetCallerIdentity", "ecr:GetAuthorizationToken"}

# What machines ask for, of which AWS knows no resource either: through an endpoint, which grants nothing.
asked_by_machines := {
	"cloudwatch:PutMetricData",
	"ec2:DescribeInstanceTypes", "ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeTags",
	"ssmmessages:CreateControlChannel", "ssmmessages:CreateDataChannel", "ssmmessages:OpenControlChannel", "ssmmessages:OpenDataChannel",
}

not_everywhere(document, actions) := actions - (everywhere | asked_by_machines) if is_endpoint_policy(document)

not_everywhere(document, actions) := actions - everywhere if not is_endpoint_policy(document)

deny contains sprintf("rego: %s allows %v on every resource", [document.address, statement.actions]) if {
	some document in documents
	not is_key_policy(document)
	some statement in allowed(document)
	some resource in object.get(statement, "resources", [])
	resource in {"*", "arn:aws:s3:::*", "arn:aws:s3:::*/*"}
	count(not_everywhere(document, {action | some action in statement.actions})) > 0
}

deny contains sprintf("rego: %s allows somebody whom it does not name", [document.address]) if {
	some document in documents
	some statement in allowed(document)
	some principal in object.get(statement, "principals", [])
	some identifier in principal.identifiers
	contains(identifier, "*")
	not for_our_account(document, statement)
}

# An endpoint's policy cannot name web identities, which have no account yet; nor those who fetch layers from AWS's bucket.
for_our_account(document, statement) if {
	is_endpoint_policy(document)
	some condition in statement.condition
	condition.test == "StringEquals"
	condition.variable == "aws:PrincipalAccount"
}

for_our_account(document, statement) if {
	is_endpoint_policy(document)
	{action | some action in statement.actions} == {"sts:AssumeRole", "sts:AssumeRoleWithWebIdentity", "sts:TagSession"}
}

for_our_account(document, statement) if {
	is_endpoint_policy(document)
	every resource in statement.resources {
		endswith(resource, "-starport-layer-bucket/*")
	}
	statement.actions == ["s3:GetObject"]
}

is_endpoint_policy(document) if {
	some one in resources("aws_vpc_endpoint")
	value(one, "policy", null) == document.json
}

deny contains sprintf("rego: %s lets a service act for whoever asks it to", [document.address]) if {
	some document in documents
	some statement in allowed(document)
	some principal in object.get(statement, "principals", [])
	principal.type == "Service"
	count([1 |
		some condition in object.get(statement, "condition", [])
		condition.variable in {"aws:SourceArn", "aws:SourceAccount", "kms:EncryptionContext:aws:logs:arn"}
	]) == 0
}

deny contains sprintf("rego: %s lets more than one service account assume a role", [document.address]) if {
	some document in documents
	some statement in allowed(document)
	"sts:AssumeRoleWithWebIdentity" in statement.actions
	not is_endpoint_policy(document)
	not one_service_account(statement)
}

one_service_account(statement) if {
	some sub in statement.condition
	sub.test == "StringEquals"
	endswith(sub.variable, ":sub")
	count(sub.values) == 1
	not contains(sub.values[0], "*")
	some aud in statement.condition
	aud.test == "StringEquals"
	endswith(aud.variable, ":aud")
	aud.values == ["sts.amazonaws.com"]
}

deny contains sprintf("rego: %s lets more than one service account assume a role", [document.address]) if {
	some document in documents
	some statement in allowed(document)
	some principal in object.get(statement, "principals", [])
	"pods.eks.amazonaws.com" in principal.identifiers
	count({"aws:SourceArn", "aws:RequestTag/kubernetes-namespace", "aws:RequestTag/kubernetes-service-account"} - {condition.variable | some condition in statement.condition}) > 0
}

deny contains sprintf("rego: %s attaches a managed policy of AWS to what is ours", [one.address]) if {
	some one in resources("aws_iam_role_policy_attachment")
	one.name == "service"
	contains(value(one, "policy_arn", ""), ":aws:policy/")
}

# --- streams, queue, catalog

deny contains sprintf("rego: %s is not encrypted under a key of ours", [one.address]) if {
	some one in resources("aws_kinesis_stream")
	not stream_encrypted(one)
}

stream_encrypted(one) if {
	value(one, "encryption_type", "") == "KMS"
	is_ours(value(one, "kms_key_id", ""))
}

deny contains sprintf("rego: %s keeps records for less than a day", [one.address]) if {
	some one in resources("aws_kinesis_stream")
	value(one, "retention_period", 24) < 24
}

deny contains sprintf("rego: %s talks without TLS", [one.address]) if {
	some one in resources("aws_elasticache_replication_group")
	not redis_tls(one)
}

redis_tls(one) if {
	value(one, "transit_encryption_enabled", false) == true
	value(one, "transit_encryption_mode", "") == "required"
}

deny contains sprintf("rego: %s lets everybody in who reaches it", [one.address]) if {
	some one in resources("aws_elasticache_replication_group")
	value(one, "auth_token", null) == null
}

deny contains sprintf("rego: %s is not encrypted under a key of ours", [one.address]) if {
	some one in resources("aws_elasticache_replication_group")
	not redis_encrypted(one)
}

redis_encrypted(one) if {
	value(one, "at_rest_encryption_enabled", false) == true
	is_ours(value(one, "kms_key_id", ""))
}

deny contains sprintf("rego: %s evicts jobs", [one.address]) if {
	some one in resources("aws_elasticache_replication_group")
	count([1 |
		some group in resources("aws_elasticache_parameter_group")
		value(group, "name", "") == value(one, "parameter_group_name", null)
		some parameter in group.values.parameter
		parameter == {"name": "maxmemory-policy", "value": "noeviction"}
	]) == 0
}

deny contains sprintf("rego: %s is not encrypted under a key of ours", [one.address]) if {
	some one in resources("aws_db_instance")
	not database_encrypted(one)
}

database_encrypted(one) if {
	value(one, "storage_encrypted", false) == true
	is_ours(value(one, "kms_key_id", ""))
	is_ours(value(one, "master_user_secret_kms_key_id", ""))
	is_ours(value(one, "performance_insights_kms_key_id", ""))
}

deny contains sprintf("rego: %s takes connections without TLS", [one.address]) if {
	some one in resources("aws_db_instance")
	count([1 |
		some group in resources("aws_db_parameter_group")
		value(group, "name", "") == value(one, "parameter_group_name", null)
		some parameter in group.values.parameter
		parameter == {"name": "rds.force_ssl", "value": "1"}
	]) == 0
}

deny contains sprintf("rego: the password of %s is in a variable or the state", [one.address]) if {
	some one in resources("aws_db_instance")
	not managed_password(one)
}

managed_password(one) if {
	value(one, "manage_master_user_password", false) == true
	value(one, "password", null) == null
}

deny contains sprintf("rego: %s knows no IAM identities", [one.address]) if {
	some one in resources("aws_db_instance")
	value(one, "iam_database_authentication_enabled", false) != true
}

# --- logs, alarms, secrets

deny contains sprintf("rego: %s is not encrypted under a key of ours", [one.address]) if {
	some pair in [["aws_cloudwatch_log_group", "kms_key_id"], ["aws_sns_topic", "kms_master_key_id"], ["aws_secretsmanager_secret", "kms_key_id"], ["aws_cloudtrail", "kms_key_id"]]
	some one in resources(pair[0])
	not is_ours(value(one, pair[1], ""))
}

deny contains sprintf("rego: %s keeps less than a year", [one.address]) if {
	some one in resources("aws_cloudwatch_log_group")
	value(one, "retention_in_days", 0) < 365
}

deny contains sprintf("rego: %s can be deleted at once", [one.address]) if {
	some one in resources("aws_secretsmanager_secret")
	value(one, "recovery_window_in_days", 30) < 7
}

deny contains sprintf("rego: %s can be altered unnoticed, or misses something", [one.address]) if {
	some one in resources("aws_cloudtrail")
	not whole_trail(one)
}

whole_trail(one) if {
	value(one, "enable_logging", false) == true
	value(one, "enable_log_file_validation", false) == true
	value(one, "is_multi_region_trail", false) == true
	value(one, "include_global_service_events", false) == true
}

deny contains sprintf("rego: no trail tells who touched objects of %s", [one.address]) if {
	some one in resources("aws_s3_bucket")
	one.name == "store"
	count([1 |
		some trail in resources("aws_cloudtrail")
		some selector in trail.values.advanced_event_selector
		some field in selector.field_selector
		sprintf("%s/", [one.arn]) in object.get(field, "starts_with", [])
	]) == 0
}

deny contains "rego: no trail tells who used a key" if {
	count(resources("aws_kms_key")) > 0
	count([1 |
		some trail in resources("aws_cloudtrail")
		some selector in trail.values.advanced_event_selector
		selector.field_selector == [{"equals": ["Management"], "field": "eventCategory"}]
	]) == 0
}

deny contains sprintf("rego: nobody hears of %s", [one.address]) if {
	some one in resources("aws_cloudwatch_metric_alarm")
	not heard(one)
}

heard(one) if {
	value(one, "actions_enabled", false) == true
	count(value(one, "alarm_actions", [])) > 0
}

deny contains sprintf("rego: no alarm tells that reading is behind %s", [one.address]) if {
	some one in resources("aws_kinesis_stream")
	count([1 |
		some alarm in resources("aws_cloudwatch_metric_alarm")
		value(alarm, "metric_name", "") == "GetRecords.IteratorAgeMilliseconds"
		alarm.values.dimensions.StreamName == value(one, "name", null)
	]) == 0
}

needed_alarms := {"kms-denials", "foreign-decrypts", "many-decrypts", "key-changes"}

deny contains sprintf("rego: no alarm tells of %s", [kind]) if {
	count(resources("aws_kms_key")) > 0
	some kind in needed_alarms
	count([1 | some alarm in resources("aws_cloudwatch_metric_alarm"); alarm.name == "trail"; alarm.key == kind]) == 0
}

# --- kept for as long as somebody may take to notice

deny contains sprintf("rego: %s forgets older versions within a week", [other.address]) if {
	some one in resources("aws_s3_bucket")
	one.name == "store"
	some other in about("aws_s3_bucket_lifecycle_configuration", "bucket", one)
	some rule in other.values.rule
	object.get(rule, ["filter", 0, "prefix"], null) == null
	some expiration in object.get(rule, "noncurrent_version_expiration", [])
	expiration.noncurrent_days < 7
}

deny contains sprintf("rego: %s forgets logs within a year", [one.address]) if {
	some one in resources("aws_s3_bucket_lifecycle_configuration")
	one.name == "logs"
	some rule in one.values.rule
	some expiration in object.get(rule, "expiration", [])
	expiration.days < 365
}

deny contains sprintf("rego: %s lets somebody delete logs", [one.address]) if {
	some one in documents
	one.name == "logs"
	some statement in one.values.statement
	object.get(statement, "effect", null) != "Deny"
	some action in statement.actions
	not action in {"s3:GetBucketAcl", "s3:GetObject", "s3:ListBucket", "s3:PutObject"}
}
