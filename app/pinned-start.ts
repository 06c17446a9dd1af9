import type { SourceCatalog } from '#runtime/catalog/catalog.ts'
import type { DatasetConfig } from './config/schema.ts'
import { sleep } from '#runtime/waiting/retry.ts'

const PARTITION = 'start'
const LEASE_SECONDS = 30

/**
 * Stores when a stream that is to be read from its end was first opened, and reads from that moment on. So a process that dies
 * before it staged anything loses nothing that came since. By this machine's clock, rounded down to the second.
 */
export async function pinStart(
  sources: SourceCatalog,
  name: string,
  dataset: DatasetConfig,
  { owner, signal, now = () => new Date() }: { readonly owner: string; readonly signal: AbortSignal; now?: () => Date },
): Promise<DatasetConfig> {
  const { source } = dataset
  const isLatest =
    ('kinesis' in source && source.kinesis.start === 'LATEST') ||
    ('eventhubs' in source && source.eventhubs.start === 'latest')
  if (!isLatest) return dataset
  const at = `start/${name}`
  for (;;) {
    const known = (await sources.positions(at, 'all')).get(PARTITION)
    if (known !== undefined) return startingAt(dataset, new Date(known))
    const lease = await sources.acquire(at, 'all', owner, LEASE_SECONDS)
    if (lease === null) {
      await sleep(200, signal) // another process is about to store it
      continue
    }
    const start = new Date(Math.floor(now().getTime() / 1000) * 1000)
    await sources.move(lease, PARTITION, '', start.toISOString())
    await sources.release(lease)
  }
}

function startingAt(dataset: DatasetConfig, start: Date): DatasetConfig {
  const { source } = dataset
  if ('kinesis' in source) return { ...dataset, source: { kinesis: { ...source.kinesis, start } } }
  if ('eventhubs' in source) return { ...dataset, source: { eventhubs: { ...source.eventhubs, start } } }
  return dataset
}
