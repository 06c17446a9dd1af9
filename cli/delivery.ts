import { setTimeout as delay } from 'node:timers/promises'
import { isAppError } from '#core/errors.ts'
import { createCall, type Call } from '#runtime/dependency.ts'
import { holdLease } from '#runtime/lease.ts'
import { deliverChain } from '#services/encrypt/deliver.ts'
import { createColumnSeal } from '#services/encrypt/sinks/column-seal.ts'
import { schemaOf } from '#services/encrypt/sinks/sink-rows.ts'
import type { Sink } from '#services/encrypt/sinks/sink.ts'
import { openSink } from './open/sink.ts'
import { datasetOf, type System } from './system.ts'

const LOOK_MS = 5_000

/** The datasets whose admitted rows go to a sink. */
export function sunkDatasets({ config }: Pick<System, 'config'>): string[] {
  return Object.entries(config.datasets).flatMap(([name, { sink }]) => (sink === undefined ? [] : [name]))
}

/**
 * Delivers what the chain of a dataset admits to its sink, up to its present end; the number of links, or null while another
 * process delivers.
 */
export async function deliverOnce(
  system: System,
  name: string,
  owner: string,
  signal?: AbortSignal,
): Promise<number | null> {
  const { config, catalog, events } = system
  const { dataset, contract } = datasetOf(system, name)
  if (dataset.sink === undefined) return 0
  await using held = await holdLease(catalog.sources, `sink/${name}`, 'chain', { owner, signal })
  if (held === null) return null
  const opened = await openSink(dataset.sink, config.emulator)
  try {
    const sink = retryingSink(opened, createCall({ name: opened.name, events, signal }))
    const schema = schemaOf(contract, dataset.sink.bigquery.sensitive)
    await sink.prepare(schema)
    const { store, vault, signer, keys } = system
    const delivered = await deliverChain({
      dataset: name,
      sink,
      schema,
      store,
      verifier: signer.verifier,
      vault,
      seal: createColumnSeal(await keys.current(name)),
      catalog,
      lease: held.lease,
      signal: held.signal,
    })
    held.check()
    return delivered
  } finally {
    await opened.close()
  }
}

/** Follows the chain of a dataset until `signal`; what fails is told, and tried again. */
export async function deliverUntil(system: System, name: string, owner: string, signal: AbortSignal): Promise<void> {
  for (let failures = 0; !signal.aborted;) {
    try {
      await deliverOnce(system, name, owner, signal)
      failures = 0
    } catch (error) {
      if (signal.aborted) return
      failures++
      const { code, reason = '' } = isAppError(error) ? error : { code: 'internal' as const }
      const says = isAppError(error) ? error.message : 'an unexpected error'
      system.events.emit('delivery.held', { dataset: name, code, reason, says })
    }
    await delay(LOOK_MS * Math.min(6, 1 + failures), undefined, { signal }).catch(() => {})
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
