import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInProcessQueue } from '#runtime/queue/in-process.ts'
import { loadConfig } from '#runtime/config/load.ts'
import { followDataset } from '#services/ingest/follow.ts'
import type { Source } from '#services/ingest/source.ts'
import { createScanPool } from '#services/scan/scan-pool.ts'
import { archiveContract } from '#cli/contract-archive.ts'
import { consumeStages } from '#cli/stages.ts'
import { datasetOf, openSystem } from '#cli/system.ts'
import { contractFor, type Kind } from './bodies.ts'
import { spent, type Spent } from './meter.ts'

export interface IngestRun {
  readonly kind: Kind
  readonly records: number
  /** Records of a window. */
  readonly window: number
  /** How the configuration names the source. */
  readonly config: object
  readonly openSource: () => Source
  /** Whether windows are scanned and committed too, in one worker thread. */
  readonly scans: boolean
}

/** The installation as a configuration file, in a folder of its own. */
export async function writeConfig(folder: string, kind: Kind, window: number, source: unknown, more: object = {}) {
  const rows = { source, contract: './rows.contract.yaml', window: { records: window, seconds: 3600 } }
  const config = { version: 1, data: './data', emulator: true, workers: 1, datasets: { rows }, ...more }
  await writeFile(join(folder, 'rows.contract.yaml'), JSON.stringify(contractFor(kind)))
  await writeFile(join(folder, 'credence.yaml'), JSON.stringify(config))
  return join(folder, 'credence.yaml')
}

/**
 * What it takes to bring a stream's records into staged windows, or through all stages, with the embedded catalog, the local key
 * and files, as `credence run` has them. Opening the catalog and the keys is not counted. Throws when not all arrived.
 */
export async function measureIngest(run: IngestRun): Promise<Spent> {
  const folder = await mkdtemp(join(tmpdir(), 'credence-bench-'))
  try {
    const path = await writeConfig(folder, run.kind, run.window, run.config)
    await using system = await openSystem(await loadConfig(path, process.env), { command: 'bench' })
    const { contract, sha256 } = datasetOf(system, 'rows')
    await archiveContract(system, 'rows')
    await system.keys.current('rows')
    await using pool = run.scans ? createScanPool(1) : null
    const failures: unknown[] = []
    const queue = createInProcessQueue({ capacity: 2, onFailed: (_job, error) => void failures.push(error) })
    if (pool !== null) consumeStages(system, queue, { score: (task) => pool.score(task), scans: 1 })
    const source = run.openSource()
    const drain = new AbortController()
    let items = 0
    const result = await spent(async () => {
      await followDataset({
        dataset: 'rows',
        source,
        contract,
        contractHash: sha256,
        catalog: system.catalog,
        vault: system.vault,
        enqueue: async (job, weight) => {
          if (run.scans) await queue.enqueue(job, { weight })
        },
        limits: { records: run.window, bytes: 64 * 1024 * 1024, seconds: 3600 },
        owner: 'bench',
        events: system.events,
        signal: new AbortController().signal,
        drain: drain.signal,
        onItem: () => {
          if (++items === run.records) drain.abort()
        },
      })
      await queue.onIdle()
    })
    await source.close?.()
    await queue.close()
    if (failures.length > 0) throw failures[0]
    const { staged, committed } = await counts(system.catalog)
    const arrived = run.scans ? committed : staged
    if (arrived !== run.records) throw new Error(`${arrived} of ${run.records} records arrived`)
    return result
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function counts(catalog: Awaited<ReturnType<typeof openSystem>>['catalog']) {
  let [staged, committed] = [0, 0]
  for (const { state, records } of await catalog.windows.list({ dataset: 'rows' })) {
    if (state === 'committed') committed += records
    else staged += records
  }
  return { staged, committed }
}
