import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInProcessQueue } from '#runtime/queue/in-process.ts'
import { loadConfig } from '#app/config/load.ts'
import { followDataset } from '#services/ingest/follow.ts'
import type { Source } from '#services/ingest/source.ts'
import { createScanPool } from '#services/scan/worker/pool.ts'
import { archiveContract } from '#app/contract-archive.ts'
import { consumeCommits, consumeScans } from '#app/stages.ts'
import { datasetOf, openSigningSystem, type SigningSystem } from '#app/system.ts'
import { contractFor, type Kind } from './bodies.ts'
import { spent, type Spent } from './meter.ts'

export interface IngestRun {
  readonly system: SigningSystem
  /** The dataset; nothing of it may have been read before. */
  readonly name: string
  readonly records: number
  readonly source: Source
  /** Whether windows are scanned and committed too, in one worker thread. */
  readonly scans: boolean
}

export interface InstallationOptions {
  readonly kind: Kind
  /** Records of a window. */
  readonly window: number
  /** As the configuration has them, by dataset. */
  readonly sources: Readonly<Record<string, unknown>>
  /** What else the configuration says. */
  readonly more?: object
}

/** The installation as a configuration file, in a folder of its own. */
export async function writeConfig(
  folder: string,
  { kind, window, sources, more = {} }: InstallationOptions,
): Promise<string> {
  const dataset = { contract: './rows.contract.yaml', window: { records: window, seconds: 3600 } }
  const datasets = Object.fromEntries(Object.entries(sources).map(([name, source]) => [name, { source, ...dataset }]))
  const config = { version: 1, data: './data', emulator: true, workers: 1, datasets, ...more }
  await writeFile(join(folder, 'rows.contract.yaml'), JSON.stringify(contractFor(kind)))
  await writeFile(join(folder, 'credence.yaml'), JSON.stringify(config))
  return join(folder, 'credence.yaml')
}

/** The embedded catalog, the local key and files, as `credence run` has them, in a folder that goes in the end. */
export async function withInstallation(
  options: InstallationOptions,
  work: (system: SigningSystem) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-bench-'))
  try {
    const path = await writeConfig(folder, options)
    await using system = await openSigningSystem(await loadConfig(path, process.env), { command: 'bench' })
    await work(system)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What it takes to bring a stream's records into staged windows, or through all stages. Throws when not all arrived. */
export async function measureIngest({ system, name, records, source, scans }: IngestRun): Promise<Spent> {
  const { catalog, vault, events } = system
  const { dataset, contract, sha256 } = datasetOf(system, name)
  await archiveContract(system, name)
  await system.keys.current(name)
  await using pool = scans ? createScanPool(1) : null
  const failures: unknown[] = []
  const queue = createInProcessQueue({ capacity: 2, onFailed: (_job, error) => void failures.push(error) })
  if (pool !== null) {
    consumeScans(system, queue, { score: (task) => pool.score(task), windows: 2 })
    consumeCommits(system, queue)
  }
  const drain = new AbortController()
  let items = 0
  const unheard = events.on('item.read', () => {
    if (++items === records) drain.abort()
  })
  const result = await spent(async () => {
    await followDataset({
      dataset: name,
      source,
      contract,
      contractHash: sha256,
      catalog,
      vault,
      enqueue: async (job, weight) => {
        if (scans) await queue.enqueue(job, { weight })
      },
      limits: dataset.window,
      owner: 'bench',
      events,
      signal: new AbortController().signal,
      drain: drain.signal,
    })
    await queue.onIdle()
  })
  unheard()
  await source.close?.()
  await queue.close()
  if (failures.length > 0) throw failures[0]
  const windows = await catalog.windows.list({ dataset: name, state: scans ? 'committed' : 'staged' })
  const arrived = windows.reduce((sum, window) => sum + window.records, 0)
  if (arrived !== records) throw new Error(`${arrived} of ${records} records arrived`)
  return result
}
