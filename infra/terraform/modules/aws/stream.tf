resource "aws_kinesis_stream" "this" {
  for_each = var.datasets

  name                      = "${var.name}-${each.key}"
  retention_period          = each.value.retention_hours
  shard_count               = each.value.shards
  encryption_type           = "KMS"
  kms_key_id                = aws_kms_key.store.arn
  enforce_consumer_deletion = false
  shard_level_metrics       = each.value.shards == null ? null : ["IteratorAgeMilliseconds", "ReadProvisionedThroughputExceeded", "WriteProvisionedThroughputExceeded"]
  tags                      = var.tags

  stream_mode_details {
    stream_mode = each.value.shards == null ? "ON_DEMAND" : "PROVISIONED"
  }

  lifecycle {
    prevent_destroy = true # what was not read is lost with it
  }
}
