import type { Mutation } from '../mutation.ts'

const kept = (name: string, file: string, from: string, to: string, caughtBy: string): Mutation => {
  return { name, file, replace: [from, to], caughtBy }
}

/** What is kept for less long, by less, or elsewhere than somebody needs to notice. */
export const AWS_KEPT: readonly Mutation[] = [
  kept(
    'older versions are gone in a day',
    'store.tf',
    'noncurrent_days = var.noncurrent_days',
    'noncurrent_days = 1',
    'forgets older versions within a week',
  ),
  kept(
    'what the trail wrote is gone in a day',
    'trail.tf',
    '    expiration {\n      days = var.log_days\n    }',
    '    expiration {\n      days = 1\n    }',
    'forgets logs within a year',
  ),
  kept(
    'auditors delete what they read',
    'trail.tf',
    'actions   = ["s3:GetObject", "s3:ListBucket"]',
    'actions   = ["s3:GetObject", "s3:ListBucket", "s3:DeleteObjectVersion"]',
    'lets somebody delete logs',
  ),
]

export const AZURE_KEPT: readonly Mutation[] = [
  kept(
    'keys are kept by software',
    'keys.tf',
    'key_type = var.keys.hardware ? "RSA-HSM" : "RSA"',
    'key_type = var.keys.hardware ? "RSA" : "RSA"',
    'is kept by software',
  ),
  kept(
    'hubs keep events for an hour',
    'stream.tf',
    'retention_time_in_hours = each.value.retention_hours',
    'retention_time_in_hours = 1',
    'keeps events for less than a day',
  ),
]

export const GCP_KEPT: readonly Mutation[] = [
  kept(
    'messages lie in another region',
    'stream.tf',
    'allowed_persistence_regions = [var.region]\n    enforce_in_transit          = true\n  }\n\n  dynamic',
    'allowed_persistence_regions = [var.region, "us-central1"]\n    enforce_in_transit          = true\n  }\n\n  dynamic',
    'messages lie in another region than objects',
  ),
]
