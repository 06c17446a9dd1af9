import type { RedriveRow } from '#runtime/catalog/console/redrives.ts'
import { runRedrive } from '#app/operations/redrives.ts'
import type { SigningSystem } from '#app/system.ts'
import { redriveOut } from './answers/shapes.ts'
import type { Live } from './live.ts'

/** Dead letters that are decoded again, one redrive after the other. */
export interface RedriveWork extends AsyncDisposable {
  /** Begins it, or goes on with it; one that runs already is left to. */
  start(row: RedriveRow): void
}

export function createRedriveWork(system: SigningSystem, live: Live): RedriveWork {
  const closing = new AbortController()
  const under = new Set<string>()
  let last = Promise.resolve()
  const onProgress = (row: RedriveRow) => {
    const { id: redrive, dataset, state, total, recovered, failed, waiting } = redriveOut(row)
    const data = { redrive, dataset, state, total, recovered, failed, waiting }
    live.publish({ name: 'redrive.progress', data, permission: 'view', dataset })
  }
  return {
    start(row) {
      if (row.state !== 'running' || under.has(row.id)) return
      under.add(row.id)
      last = last
        .then(() => runRedrive(system, row, { onProgress, signal: closing.signal }))
        .catch(() => {}) // the catalog is away: it is taken up at the next start
        .finally(() => under.delete(row.id))
    },
    async [Symbol.asyncDispose]() {
      closing.abort()
      await last
    },
  }
}
