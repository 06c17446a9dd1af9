import type { Contract } from '#core/contract.ts'
import type { Config } from '../config/load.ts'
import { ownPaths, type OwnPaths } from '../config/own-paths.ts'
import type { DatasetConfig } from '../config/schema.ts'
import { retry } from '#runtime/waiting/retry.ts'
import { withPackages } from '#runtime/process/optional-packages.ts'
import type { Unpack } from '#services/ingest/messages/message.ts'
import type { Source } from '#services/ingest/source.ts'
import { readingOf } from '#services/ingest/sources/files/reading.ts'
import { createFileSource } from '#services/ingest/sources/files/source.ts'
import { emulatorCredential } from './emulator-credential.ts'
import { fromEnvironment } from './environment.ts'
import { PACKAGES } from './packages.ts'

type SourceConfig = DatasetConfig['source']

/**
 * Opens the source that a dataset's configuration names, to be read by its contract; no item above a record's limit is held as a
 * whole.
 */
export async function openSource(
  name: string,
  { source, window }: Pick<DatasetConfig, 'source' | 'window'>,
  contract: Pick<Contract, 'limits' | 'features'>,
  config: OwnPaths & Pick<Config, 'emulator'>,
): Promise<Source> {
  if ('root' in source) {
    return createFileSource({ ...source, name, ...readingOf(contract), apart: ownPaths(config) })
  }
  const { emulator } = config
  const unpack = await unpackerFor(source, contract.limits.recordBytes)
  if ('kinesis' in source) {
    const { createKinesisSource } = await withPackages(
      PACKAGES.kinesis,
      () => import('#services/ingest/sources/kinesis/source.ts'),
    )
    return createKinesisSource({
      ...source.kinesis,
      name,
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
    const { namespace = '', connectionStringEnv: variable, hub, checkpoints } = source.eventhubs
    const connectionString = variable && fromEnvironment(variable, `the connection string of ${hub}`)
    return createEventHubsSource({
      ...source.eventhubs,
      name,
      unpack,
      emulator,
      // a connection string contains everything
      ...(connectionString === undefined
        ? { namespace, credential: await azureCredential(emulator) }
        : { namespace: undefined, connectionString }),
      checkpointStore: checkpoints === undefined ? undefined : await blobCheckpoints(checkpoints, emulator),
    })
  }
  const { createPubSubSource } = await withPackages(
    PACKAGES.pubsub,
    () => import('#services/ingest/sources/pubsub/source.ts'),
  )
  const { endpoint } = source.pubsub
  return createPubSubSource({
    ...source.pubsub,
    name,
    unpack,
    emulator,
    endpoint: endpoint && withScheme(endpoint, emulator),
    // otherwise a window could not fill
    maxOutstanding: { messages: 2 * window.records, bytes: 2 * window.bytes },
  })
}

/** An address in the configuration, `host:port` or a URL, as a URL. */
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

/** The container to which checkpoints are copied, in the layout of the official checkpoint store. */
async function blobCheckpoints(url: string, emulator: boolean) {
  const { BlobCheckpointStore } = await withPackages(
    PACKAGES.checkpoints,
    () => import('@azure/eventhubs-checkpointstore-blob'),
  )
  const { ContainerClient } = await withPackages(PACKAGES.checkpoints, () => import('@azure/storage-blob'))
  return new BlobCheckpointStore(new ContainerClient(url, await azureCredential(emulator)))
}
