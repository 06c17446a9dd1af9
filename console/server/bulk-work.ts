import type { BulkRow } from '#runtime/catalog/console/bulk-rows.ts'
import { runBulk } from '#app/operations/bulk.ts'
import type { SigningSystem } from '#app/system.ts'
import { bulkOut } from './answers/shapes.ts'
import type { Carrier } from './carrier.ts'
import type { Live } from './live.ts'

/** Decisions over queries, one after the other. */
export interface BulkWork extends AsyncDisposable {
  /** Begins it, or goes on with it; one that runs already is left to. */
  start(row: BulkRow): void
  /** Whoever looks on is told where it stands: that it waits for a second person, or was refused by one. */
  tell(row: BulkRow): void
}

export function createBulkWork(system: SigningSystem, carrier: Carrier, live: Live): BulkWork {
  const closing = new AbortController()
  const under = new Set<string>()
  let last = Promise.resolve()
  const tell = (row: BulkRow) => {
    const { id, state, records, done, skipped, failed } = bulkOut(row)
    const data = { bulk: id, state, records, done, skipped, failed }
    for (const dataset of row.datasets) live.publish({ name: 'bulk.progress', data, permission: 'view', dataset })
  }
  return {
    tell,
    start(row) {
      if (under.has(row.id)) return
      under.add(row.id)
      const run = () =>
        runBulk(system, row, { carry: (review) => carrier.carry(review), onProgress: tell, signal: closing.signal })
      last = last.then(run).finally(() => under.delete(row.id))
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      await last
    },
  }
}
