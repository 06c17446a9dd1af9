import { AsyncDisposableStack } from '#core/disposal.ts'
import { isAppError } from '#core/errors.ts'
import { currentKeyPath } from '#core/layout.ts'
import { recordPath, SIGNING } from '#services/encrypt/keys/record.ts'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import type { CheckLine } from '#core/check.ts'
import { loadContract } from '#runtime/config/load-contract.ts'
import type { Config } from './config/load.ts'
import { createEvents } from '#runtime/process/events.ts'
import { openConfiguredCatalog } from './open/catalog.ts'
import { openKeyrings } from './open/keyrings.ts'
import { openQueue } from './open/queue.ts'
import { openSink } from './open/sink.ts'
import { openSource } from './open/source.ts'
import { openStore, type OpenedStore } from './open/store.ts'

/** The results of `credence check` for one part of the configuration. */
export interface CheckedPart {
  /** The place in the configuration: `store.s3`, `datasets.mail.source.kinesis`. */
  readonly part: string
  readonly lines: readonly CheckLine[]
}

type Checks = { readonly check?: (() => Promise<readonly CheckLine[]>) | undefined }

/** So much may clocks of several machines differ, in milliseconds. */
const CLOCKS_DIFFER_MS = 5 * 60 * 1000
/** The newest audit entries whose times are compared with the clock. */
const NEWEST_ENTRIES = 20

/** Checks everything that a configuration names, one part after another; errors are reported, never thrown. */
export async function* runChecks(
  config: Config,
  signal: AbortSignal,
  now: () => Date = () => new Date(),
): AsyncGenerator<CheckedPart> {
  const events = createEvents()
  await using stack = new AsyncDisposableStack()
  let catalog: Catalog | undefined
  yield await part(config.catalog === undefined ? 'catalog (data folder)' : 'catalog.postgres', async () => {
    const opening = { actor: 'check', command: 'credence check', signal }
    const opened = stack.use(await openConfiguredCatalog(config, opening)).catalog
    catalog = opened
    const waiting = (await opened.windows.waiting()).reduce((sum, { windows }) => sum + windows, 0)
    const reachable = ok('reachable', `answers, its tables are up to date, ${waiting} windows wait`)
    return [reachable, ...(await clockOf(opened.audit, now()))]
  })
  if (config.queue !== undefined) {
    yield await part('queue.redis', async () => {
      const queue = await openQueue(config, { events, onFailed: () => {} })
      try {
        return await asked(queue, async () => void (await queue.depth()))
      } finally {
        await queue.close()
      }
    })
  }
  let store: OpenedStore | undefined
  const kind = config.store === undefined ? 'store (data folder)' : `store.${Object.keys(config.store)[0]}`
  yield await part(kind, async () => {
    const opened = (store = await openStore(config, events))
    return await asked(opened, async () => void (await opened.exists(currentKeyPath(SIGNING))))
  })
  if (store !== undefined) {
    const opened = store
    try {
      const keyrings = await openKeyrings(config, opened, events)
      for (const keyring of keyrings)
        yield await part(`keys.${keyring.provider}`, () => asked(keyring, async () => void (await keyring.current())))
    } catch (error) {
      yield { part: 'keys', lines: [failed(error)] }
    }
    // elsewhere an identity has the right to some records alone; `credence keys status` names what is gone there
    if (catalog !== undefined && config.store === undefined) {
      const { epochs } = catalog
      yield await part('keys.records', () => recordsOf(epochs, opened))
    }
    opened.close?.()
  }
  for (const [name, dataset] of Object.entries(config.datasets)) {
    const source = 'root' in dataset.source ? 'files' : Object.keys(dataset.source)[0]
    yield await part(`datasets.${name}.source.${source}`, async () => {
      const { contract } = await loadContract(dataset.contract)
      const opened = await openSource(name, dataset, contract, config)
      try {
        const positions = catalog && ((shard: string) => catalog!.sources.positions(name, shard))
        if (opened.check !== undefined) return await opened.check(positions)
        return await asked({}, async () => void (await opened.shards()))
      } finally {
        await opened.close?.()
      }
    })
    if (dataset.scan.effort === 'quick')
      yield await part(`datasets.${name}.scan.effort`, async () => [
        ok('quick', 'what the cheapest detectors suspect nothing in is not scanned in full, and misses more'),
      ])
    if (dataset.sink === undefined) continue
    const { sink } = dataset
    yield await part(`datasets.${name}.sink.bigquery`, async () => {
      const opened = await openSink(sink, config.emulator)
      try {
        return await opened.check()
      } finally {
        await opened.close()
      }
    })
  }
}

/** A warning where the clock is behind what was already recorded; how far it is ahead nothing here tells. */
async function clockOf(audit: Catalog['audit'], now: Date): Promise<CheckLine[]> {
  const { seq } = await audit.head()
  let newest = now.getTime()
  for await (const { at } of audit.entries(Math.max(0, seq - NEWEST_ENTRIES))) {
    const made = Date.parse(at) // NaN where somebody edited it, which `credence audit verify` tells
    if (made > newest) newest = made
  }
  if (newest - now.getTime() <= CLOCKS_DIFFER_MS) return []
  const says = `the clock says ${now.toISOString()}, and the audit log has an entry of ${new Date(newest).toISOString()}`
  return [{ what: 'clock', state: 'warn', says, fix: 'set the clock: keys, windows and reviews are dated by it' }]
}

/** Whether the store has the record of every key that the catalog knows: without it nobody opens what is under the key. */
async function recordsOf(epochs: Catalog['epochs'], store: Pick<OpenedStore, 'exists'>): Promise<CheckLine[]> {
  const known = await epochs.standing()
  const lines: CheckLine[] = []
  for (const { dataset, kid } of known) {
    const path = recordPath(dataset, kid)
    if (await store.exists(path)) continue
    const fix = 'put it back from a copy of the store'
    lines.push({
      what: path,
      state: 'failed',
      says: 'the store lacks it, and what is under its key does not open',
      fix,
    })
  }
  return lines.length > 0 ? lines : [ok('records', `${known.length} are there`)]
}

async function part(name: string, look: () => Promise<readonly CheckLine[]>): Promise<CheckedPart> {
  try {
    return { part: name, lines: await look() }
  } catch (error) {
    return { part: name, lines: [failed(error)] }
  }
}

/** The part's own check lines; if it has none, whether a harmless call succeeds. */
async function asked(part: Checks, harmless: () => Promise<void>): Promise<readonly CheckLine[]> {
  if (part.check !== undefined) return await part.check()
  await harmless()
  return [ok('reachable', 'answers')]
}

function ok(what: string, says: string): CheckLine {
  return { what, state: 'ok', says }
}

function failed(error: unknown): CheckLine {
  const says = isAppError(error) ? `${error.code}: ${error.message}` : 'an unexpected error'
  return { what: 'reachable', state: 'failed', says }
}
