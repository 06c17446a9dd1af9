/** The limits of each cloud's stream, and what an installation has there besides processes. */
export interface CloudLimits {
  readonly title: string
  /** The name of what is leased, as its count is called in the configuration. */
  readonly shards: string
  /** The largest record in bytes that the service accepts. */
  readonly recordBytes: number
  /** Bytes per second that one shard accepts; one reader of it is assumed to keep up with that. */
  readonly shardBytes: number
  readonly shardRecords: number
  /** Endpoints that are paid by the hour: one for each service and zone. */
  readonly endpoints: number
}

const MIB = 2 ** 20

/**
 * Quotas as the vendors document them: Kinesis, "Quotas and limits" (a shard); Event Hubs, "Throughput units" (a partition is
 * assumed to get as much as one unit); Pub/Sub, "Quotas and limits" (a streaming pull). The endpoints are those of
 * infra/terraform.
 */
export const CLOUDS = {
  aws: {
    title: 'AWS',
    shards: 'Kinesis shards',
    recordBytes: MIB,
    shardBytes: MIB,
    shardRecords: 1_000,
    endpoints: 11 * 3,
  },
  azure: {
    title: 'Azure',
    shards: 'Event Hubs partitions',
    recordBytes: MIB,
    shardBytes: 1e6,
    shardRecords: 1_000,
    endpoints: 7,
  },
  gcp: {
    title: 'Google Cloud',
    shards: 'Pub/Sub lanes',
    recordBytes: 10e6,
    shardBytes: 10e6,
    shardRecords: 10_000,
    endpoints: 0,
  },
} as const satisfies Readonly<Record<string, CloudLimits>>

export type CloudName = keyof typeof CLOUDS
export const CLOUD_NAMES = Object.keys(CLOUDS) as [CloudName, ...CloudName[]]
