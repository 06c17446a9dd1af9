package terraform.aws_test

import data.terraform.aws
import rego.v1

one(type, name, values) := {"address": sprintf("%s.%s", [type, name]), "mode": "resource", "type": type, "name": name, "key": "", "values": values, "id": sprintf("%s.%s.id", [type, name]), "arn": sprintf("%s.%s.arn", [type, name]), "json": null}

document(name, statements) := {"address": sprintf("data.aws_iam_policy_document.%s", [name]), "mode": "data", "type": "aws_iam_policy_document", "name": name, "key": "", "values": {"statement": statements}, "id": null, "arn": null, "json": sprintf("json of %s", [name])}

said(resources) := concat("\n", sort(messages)) if {
	messages := aws.deny with input as {"resources": resources}
}

key := one("aws_kms_key", "store", {"enable_key_rotation": true, "rotation_period_in_days": 365, "lifecycle": [{"prevent_destroy": true}]})

ours := "aws_kms_key.store.arn"

# --- network

test_internet_gateway if contains(said([one("aws_internet_gateway", "i", {})]), "connects the VPC with the internet")

test_nat_gateway if contains(said([one("aws_nat_gateway", "n", {})]), "connects the VPC with the internet")

test_subnet_without_a_word if contains(said([one("aws_subnet", "s", {})]), "public addresses")

test_private_subnet if said([one("aws_subnet", "s", {"map_public_ip_on_launch": false})]) == ""

test_rule_with_addresses if contains(said([one("aws_vpc_security_group_ingress_rule", "r", {"cidr_ipv4": "10.0.0.0/8", "from_port": 443, "to_port": 443})]), "lets addresses in or out")

test_rule_with_many_ports if contains(said([one("aws_vpc_security_group_egress_rule", "r", {"referenced_security_group_id": "g", "from_port": 0, "to_port": 65535})]), "more than one port")

test_rule_between_groups if said([one("aws_vpc_security_group_ingress_rule", "r", {"referenced_security_group_id": "g", "from_port": 443, "to_port": 443})]) == ""

test_open_default_group if contains(said([one("aws_vpc", "v", {})]), "default security group")

# --- endpoints

test_endpoint_without_policy if contains(said([one("aws_vpc_endpoint", "e", {"vpc_endpoint_type": "Gateway"})]), "has no policy")

test_endpoint_for_everybody if contains(
	said([
		one("aws_vpc_endpoint", "e", {"policy": "json of e"}),
		document("e", [{"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b/*"], "principals": [{"type": "AWS", "identifiers": ["*"]}]}]),
	]),
	"somebody whom it does not name",
)

test_endpoint_for_the_account if said([
	one("aws_vpc_endpoint", "e", {"policy": "json of e"}),
	document("e", [{
		"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b/*"], "principals": [{"type": "AWS", "identifiers": ["*"]}],
		"condition": [{"test": "StringEquals", "variable": "aws:PrincipalAccount", "values": ["123456789012"]}],
	}]),
]) == ""

test_same_policy_elsewhere if contains(
	said([document("e", [{
		"actions": ["s3:GetObject"], "resources": ["arn:aws:s3:::b/*"], "principals": [{"type": "AWS", "identifiers": ["*"]}],
		"condition": [{"test": "StringEquals", "variable": "aws:PrincipalAccount", "values": ["123456789012"]}],
	}])]),
	"somebody whom it does not name",
)

# --- keys

test_key_without_rotation if contains(said([one("aws_kms_key", "k", {})]), "aws_kms_key.k does not rotate")

test_key_that_rotates_seldom if contains(said([one("aws_kms_key", "k", {"enable_key_rotation": true, "rotation_period_in_days": 2560})]), "aws_kms_key.k does not rotate")

test_key_that_is_gone_soon if contains(said([one("aws_kms_key", "k", {"deletion_window_in_days": 7})]), "before a month is over")

test_key_without_policy if contains(said([key]), "has no policy of its own")

key_with(statement) := [
	one("aws_kms_key", "epoch", {"enable_key_rotation": true, "lifecycle": [{"prevent_destroy": true}]}),
	one("aws_kms_key_policy", "epoch", {"key_id": "aws_kms_key.epoch.id", "policy": "json of epoch"}),
	document("epoch", [statement]),
]

contexts := [
	{"test": "ArnEquals", "variable": "aws:PrincipalArn", "values": ["role"]},
	{"test": "StringEquals", "variable": "kms:EncryptionContext:dataset", "values": ["mail"]},
	{"test": "Null", "variable": "kms:EncryptionContext:kid", "values": ["false"]},
]

decrypts(conditions) := {"actions": ["kms:Decrypt"], "resources": ["*"], "principals": [{"type": "AWS", "identifiers": ["arn:aws:iam::123456789012:root"]}], "condition": conditions}

test_epoch_key_with_contexts if not contains(said(key_with(decrypts(contexts))), "encryption context")

test_epoch_key_without_dataset if contains(said(key_with(decrypts([contexts[0], contexts[2]]))), "without the encryption context")

test_epoch_key_without_kid if contains(said(key_with(decrypts([contexts[0], contexts[1]]))), "without the encryption context")

test_epoch_key_for_the_account if contains(said(key_with(decrypts([contexts[1], contexts[2]]))), "whole account")

test_administrators_who_decrypt if contains(said(key_with({"actions": ["kms:PutKeyPolicy", "kms:Decrypt"], "resources": ["*"], "principals": [{"type": "AWS", "identifiers": ["role"]}]})), "administers a key use it")

# --- policies

test_wildcard_action if contains(said([document("p", [{"actions": ["kinesis:Get*"], "resources": ["arn"]}])]), "allows kinesis:Get*")

test_wildcard_of_a_denial if said([document("p", [{"effect": "Deny", "actions": ["s3:*"], "resources": ["*"]}])]) == ""

test_every_resource if contains(said([document("p", [{"actions": ["s3:GetObject"], "resources": ["*"]}])]), "on every resource")

test_who_am_i if said([document("p", [{"actions": ["sts:GetCallerIdentity"], "resources": ["*"]}])]) == ""

test_not_actions if contains(said([document("p", [{"not_actions": ["iam:PassRole"], "resources": ["arn"]}])]), "all but what is listed")

test_confused_deputy if contains(said([document("p", [{"actions": ["sts:AssumeRole"], "principals": [{"type": "Service", "identifiers": ["cloudtrail.amazonaws.com"]}]}])]), "for whoever asks it to")

web(sub) := document("p", [{
	"actions": ["sts:AssumeRoleWithWebIdentity"], "principals": [{"type": "Federated", "identifiers": ["oidc"]}],
	"condition": [
		{"test": "StringEquals", "variable": "oidc:aud", "values": ["sts.amazonaws.com"]},
		{"test": "StringEquals", "variable": "oidc:sub", "values": [sub]},
	],
}])

test_any_service_account if contains(said([web("system:serviceaccount:credence:*")]), "more than one service account")

test_one_service_account if said([web("system:serviceaccount:credence:scan")]) == ""

# --- the store

test_bare_bucket if {
	all := said([one("aws_s3_bucket", "store", {})])
	every part in ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets", "keeps no versions", "not encrypted", "without TLS", "outside the VPC", "any key", "deleted for good", "who reads", "unfinished uploads", "emptied", "cannot lock", "destroyed by a plan", "who touched"] {
		contains(all, part)
	}
}

test_staging_that_expires if contains(
	said([
		one("aws_s3_bucket", "store", {}),
		one("aws_s3_bucket_lifecycle_configuration", "store", {"bucket": "aws_s3_bucket.store.id", "rule": [{"status": "Enabled", "expiration": [{"days": 30}]}]}),
	]),
	"deletes what is current",
)

# --- streams, queue, catalog, logs

test_stream_under_a_key_of_aws if contains(said([one("aws_kinesis_stream", "s", {"encryption_type": "KMS", "kms_key_id": "alias/aws/kinesis"})]), "aws_kinesis_stream.s is not encrypted under a key of ours")

test_stream_under_ours if not contains(said([key, one("aws_kinesis_stream", "s", {"encryption_type": "KMS", "kms_key_id": ours})]), "aws_kinesis_stream.s is not encrypted")

test_bare_redis if {
	all := said([one("aws_elasticache_replication_group", "r", {})])
	every part in ["without TLS", "everybody in", "not encrypted", "evicts jobs"] {
		contains(all, part)
	}
}

test_bare_database if {
	all := said([one("aws_db_instance", "d", {})])
	every part in ["is public", "can be deleted", "no snapshot", "not backed up", "not encrypted", "without TLS", "password", "IAM identities"] {
		contains(all, part)
	}
}

test_silent_alarm if contains(said([one("aws_cloudwatch_metric_alarm", "a", {"actions_enabled": true, "alarm_actions": []})]), "nobody hears of")

test_bare_trail if contains(said([one("aws_cloudtrail", "t", {"enable_logging": true})]), "can be altered unnoticed")

test_short_logs if contains(said([one("aws_cloudwatch_log_group", "l", {"retention_in_days": 30})]), "keeps less than a year")
