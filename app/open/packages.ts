/** The packages that each part of a configuration needs beyond those that come with this one. */
export const PACKAGES = {
  postgres: ['pg'],
  redis: ['bullmq', 'ioredis'],
  traces: [
    '@opentelemetry/api',
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace',
  ],
  s3: ['@aws-sdk/client-s3', '@aws-sdk/client-sts', '@smithy/node-http-handler'],
  gcs: ['@google-cloud/storage'],
  adls: ['@azure/identity', '@azure/storage-blob', '@azure/storage-file-datalake'],
  blob: ['@azure/identity', '@azure/storage-blob'],
  awskms: ['@aws-sdk/client-kms', '@aws-sdk/client-sts', '@smithy/node-http-handler'],
  keyvault: ['@azure/identity', '@azure/keyvault-keys'],
  gcpkms: ['@google-cloud/kms', '@grpc/grpc-js'],
  kinesis: ['@aws-sdk/client-kinesis', '@aws-sdk/client-sts', '@smithy/node-http-handler'],
  eventhubs: ['@azure/event-hubs', '@azure/identity'],
  checkpoints: ['@azure/eventhubs-checkpointstore-blob', '@azure/storage-blob', '@azure/identity'],
  pubsub: ['@google-cloud/pubsub'],
  bigquery: ['@google-cloud/bigquery', '@google-cloud/bigquery-storage', '@grpc/grpc-js', 'protobufjs'],
} as const satisfies Readonly<Record<string, readonly string[]>>
