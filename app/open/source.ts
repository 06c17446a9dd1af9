import type { Config } from '../config/load.ts'
import type { DatasetConfig } from '../config/schema.ts'
import { retry } from '#runtime/waiting/retry.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import type { Unpack } from '#services/ingest/messages/message.ts'
import type { Source } from '#services/ingest/source.ts'
import { createFileSource } from '#services/ingest/sources/files/source.ts'
import { emulatorCredential } from './emulator-credential.ts'
import { fromEnvironment } from './environment.ts'
import { given } from './store.ts'
import { PACKAGES } from './packages.ts'

type SourceConfig = DatasetConfig['source']

/** The source that a dataset's configuration names; no item above `itemBytes` is held whole. */
export async function openSource(
  name: string,
  { source, window }: Pick<DatasetConfig, 'source' | 'window'>,
  itemBytes: number,
  { emulator }: Pick<Config, 'emulator'>,
): Promise<Source> {
  if ('root' in source) {
    const { root, include, exclude, path, format } = source
    return createFileSource({
      name,
      root,
      itemBytes,
      ...given({ include, exclude, path }),
      ...(format === 'auto' ? {} : { format }),
    })
  }
  const unpack = await unpackerFor(source, itemBytes)
  if ('kinesis' in source) {
    const { createKinesisSource } = await withPackages(
      PACKAGES.kinesis,
      () => import('#services/ingest/sources/kinesis/source.ts'),
    )
    const { format: _format, schemas: _schemas, ...kinesis } = given(source.kinesis)
    return createKinesisSource({
      name,
      ...kinesis,
      unpack,
      emulator,
      retry: (work, signal) => retry(work, { signal }),
    })
  }
  if ('eventhubs' in source) {
    const { createEventHubsSource } = await withPackages(
      PACKAGES.eventhubs,
      () => import('#services/ingest/sources/eventhubs/source.ts'),
    )
    const { namespace, connectionStringEnv, hub, consumerGroup, start, checkpoints, contributor } = source.eventhubs
    const access =
      connectionStringEnv === undefined
        ? { fullyQualifiedNamespace: namespace ?? '', credential: await azureCredential(emulator) }
        : { connectionString: fromEnvironment(connectionStringEnv, `the connection string of ${hub}`) }
    return createEventHubsSource({
      name,
      eventHubName: hub,
      consumerGroup,
      start,
      unpack,
      emulator,
      ...access,
      ...given({ contributor }),
      ...(checkpoints !== undefined && { checkpointStore: await blobCheckpoints(checkpoints, emulator) }),
    })
  }
  const { createPubSubSource } = await withPackages(
    PACKAGES.pubsub,
    () => import('#services/ingest/sources/pubsub/source.ts'),
  )
  const { project, subscription, endpoint, lanes, contributor } = source.pubsub
  return createPubSubSource({
    name,
    projectId: project,
    subscription,
    lanes,
    unpack,
    emulator,
    // a window that is not full must be able to fill
    maxOutstanding: { messages: 2 * window.records, bytes: 2 * window.bytes },
    ...given({ endpoint: endpoint && withScheme(endpoint, emulator), contributor }),
  })
}

/** An address as the configuration has it, `host:port` or a URL, as a URL. */
function withScheme(endpoint: string, emulator: boolean): string {
  return endpoint.includes('://') ? endpoint : `${emulator ? 'http' : 'https'}://${endpoint}`
}

async function unpackerFor(source: Exclude<SourceConfig, { root: string }>, itemBytes: number): Promise<Unpack> {
  const { createUnpacker } = await import('#services/ingest/messages/unpack.ts')
  const { loadAvroSchemas } = await import('#services/ingest/messages/avro/registry.ts')
  const { format, schemas } =
    'kinesis' in source ? source.kinesis : 'eventhubs' in source ? source.eventhubs : source.pubsub
  return createUnpacker({
    format,
    limits: { itemBytes },
    ...(schemas !== undefined && { schemas: await loadAvroSchemas(schemas) }),
  })
}

async function azureCredential(emulator: boolean) {
  if (emulator) return emulatorCredential()
  const { DefaultAzureCredential } = await withPackages(PACKAGES.eventhubs, () => import('@azure/identity'))
  return new DefaultAzureCredential()
}

/** Where checkpoints are copied to, in the layout of the official checkpoint store. */
async function blobCheckpoints(url: string, emulator: boolean) {
  const { BlobCheckpointStore } = await withPackages(
    PACKAGES.checkpoints,
    () => import('@azure/eventhubs-checkpointstore-blob'),
  )
  const { ContainerClient } = await withPackages(PACKAGES.checkpoints, () => import('@azure/storage-blob'))
  return new BlobCheckpointStore(new ContainerClient(url, await azureCredential(emulator)))
}
