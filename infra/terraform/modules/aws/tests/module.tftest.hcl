# terraform test, with a provider that makes everything up: no account is needed.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { region = "eu-central-1" }
  }
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-central-1:123456789012:key/11111111-2222-3333-4444-555555555555" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mocked" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-central-1:123456789012:mocked" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:eu-central-1:123456789012:log-group:/credence/mocked" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mocked" }
  }
  mock_resource "aws_db_instance" {
    defaults = {
      master_user_secret = [{ secret_arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds", kms_key_id = "", secret_status = "active" }]
    }
  }
}

variables {
  name               = "credence-test"
  datasets           = { mail = {}, digits = { shards = 4 } }
  zones              = ["eu-central-1a", "eu-central-1b"]
  key_administrators = ["arn:aws:iam::123456789012:role/platform"]
  eks                = { cluster_name = "training" }
}

run "stands" {
  assert {
    condition     = length(aws_kinesis_stream.this) == 2 && alltrue([for stream in aws_kinesis_stream.this : stream.encryption_type == "KMS"])
    error_message = "Each dataset has an encrypted stream."
  }
  assert {
    condition     = aws_kinesis_stream.this["digits"].shard_count == 4 && aws_kinesis_stream.this["mail"].stream_mode_details[0].stream_mode == "ON_DEMAND"
    error_message = "Shards are taken where they are given."
  }
  assert {
    condition     = length(aws_subnet.private) == 2 && alltrue([for subnet in aws_subnet.private : !subnet.map_public_ip_on_launch])
    error_message = "Subnets are private."
  }
  assert {
    condition     = yamldecode(output.credence_config).profile == "production"
    error_message = "The configuration refuses emulators."
  }
}

run "refuses_public_addresses_for_the_network" {
  command = plan
  variables {
    cidr = "52.0.0.0/20"
  }
  expect_failures = [var.cidr]
}

run "refuses_one_zone" {
  command = plan
  variables {
    zones = ["eu-central-1a"]
  }
  expect_failures = [var.zones]
}

run "refuses_keys_without_administrators" {
  command = plan
  variables {
    key_administrators = []
  }
  expect_failures = [var.key_administrators]
}

run "refuses_wildcards_in_who_may_assume_a_role" {
  command = plan
  variables {
    assumed_by = { reviewer = ["arn:aws:iam::123456789012:role/*"] }
  }
  expect_failures = [var.assumed_by]
}

run "refuses_wildcard_actions_through_an_endpoint" {
  command = plan
  variables {
    additional_endpoints = { "ecr.api" = [{ actions = ["ecr:*"], resources = ["*"] }] }
  }
  expect_failures = [var.additional_endpoints]
}

run "refuses_roles_that_nobody_can_assume" {
  command = plan
  variables {
    eks = null
  }
  expect_failures = [aws_iam_role.service]
}
