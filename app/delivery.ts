import { setTimeout as delay } from 'node:timers/promises'
import { isAppError, reportOf } from '#core/errors.ts'
import { createCall, type Call } from '#runtime/waiting/dependency.ts'
import { holdLease, type HeldLease } from '#runtime/waiting/lease.ts'
import { deliverChain, readDelivered } from '#services/encrypt/sinks/deliver.ts'
import { createColumnSeal } from '#services/encrypt/sinks/column-seal.ts'
import { schemaOf } from '#services/encrypt/sinks/sink-rows.ts'
import type { Sink } from '#services/encrypt/sink.ts'
import { openSink } from './open/sink.ts'
import { datasetOf, type SigningSystem } from './system.ts'

const LOOK_MS = 5_000

/** The datasets that deliver admitted rows to a sink. */
export function sunkDatasets({ config }: Pick<SigningSystem, 'config'>): string[] {
  return Object.entries(config.datasets).flatMap(([name, { sink }]) => (sink === undefined ? [] : [name]))
}

/** The last link of a dataset's chain that is delivered completely; 0 before the first. */
export async function deliveredThrough({ catalog }: Pick<SigningSystem, 'catalog'>, name: string): Promise<number> {
  return readDelivered(await catalog.sources.positions(deliverySource(name), 'chain'))
}

const deliverySource = (dataset: string) => `sink/${dataset}`

/**
 * Delivers what the chain of a dataset admits to its sink, up to its current end. Returns the number of links, or null while
 * another process delivers.
 */
export async function deliverOnce(
  system: SigningSystem,
  name: string,
  owner: string,
  signal?: AbortSignal,
): Promise<number | null> {
  return withDelivery(system, name, { owner, signal }, (deliver) => deliver())
}

/**
 * Follows the chain of a dataset until `signal`, if no other process does; failures are reported and retried. The lease and the
 * sink stay open in between, so nothing is written anywhere while there is nothing to deliver.
 */
export async function deliverUntil(
  system: SigningSystem,
  name: string,
  owner: string,
  signal: AbortSignal,
): Promise<void> {
  const pause = (ms: number, until = signal) => delay(ms, undefined, { signal: until }).catch(() => {})
  for (let failures = 0; !signal.aborted;) {
    try {
      await withDelivery(system, name, { owner, signal }, async (deliver, held) => {
        while (!held.signal.aborted) {
          await deliver()
          failures = 0
          await pause(LOOK_MS, held.signal)
        }
        held.check()
      })
    } catch (error) {
      if (signal.aborted) return
      if (!(isAppError(error, 'conflict') && error.reason === 'lease_lost')) {
        failures++
        system.events.emit('delivery.held', { dataset: name, ...reportOf(error) })
      }
    }
    await pause(LOOK_MS * Math.min(6, 1 + failures))
  }
}

type Deliver = () => Promise<number>

/** Calls `work` with a function that delivers a dataset's next links, under the lease; null while another process has it. */
async function withDelivery<T>(
  system: SigningSystem,
  name: string,
  { owner, signal }: { readonly owner: string; readonly signal: AbortSignal | undefined },
  work: (deliver: Deliver, held: HeldLease) => Promise<T>,
): Promise<T | null> {
  const { config, catalog, events, store, vault, signer, keys } = system
  const { dataset, contract } = datasetOf(system, name)
  if (dataset.sink === undefined) return null
  await using held = await holdLease(catalog.sources, deliverySource(name), 'chain', { owner, signal, events })
  if (held === null) return null
  const opened = await openSink(dataset.sink, config.emulator)
  try {
    const sink = retryingSink(opened, createCall({ name: opened.name, events, signal: held.signal }))
    const schema = schemaOf(contract, dataset.sink.bigquery.sensitive)
    await sink.prepare(schema)
    const deliver = async () => {
      // Before anything is staged, there is no key and nothing to deliver.
      if ((await keys.pointer(name)) === null) return 0
      const delivered = await deliverChain({
        dataset: name,
        sink,
        schema,
        store,
        verifier: signer.verifier,
        ledger: catalog.chains,
        vault,
        // requested each time, because the epoch may have changed
        seal: createColumnSeal(await keys.current(name)),
        catalog,
        lease: held.lease,
        signal: held.signal,
      })
      held.check()
      return delivered
    }
    return await work(deliver, held)
  } finally {
    await opened.close()
  }
}

function retryingSink(sink: Sink, call: Call): Sink {
  return {
    ...sink,
    prepare: (schema) => call(() => sink.prepare(schema)),
    open: (batch) => call(() => sink.open(batch)),
    append: (token, offset, rows) => call(() => sink.append(token, offset, rows)),
    commit: (token, rowCount) => call(() => sink.commit(token, rowCount)),
    count: (batch) => call(() => sink.count(batch)),
  }
}
