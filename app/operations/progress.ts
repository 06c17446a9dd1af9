import type { WindowState } from '#core/window.ts'
import { REDRIVE_SOURCE } from '#services/ingest/redrive.ts'
import type { System } from '../system.ts'

/** The progress of a dataset, in records. A dead letter is received, scanned and committed with its window. */
export interface DatasetProgress {
  readonly dataset: string
  readonly received: number
  readonly scanned: number
  readonly committed: number
  readonly held: number
  readonly deadLettered: number
}

export interface ProgressWatch extends Disposable {
  /** The current state of every configured dataset. */
  rows(): DatasetProgress[]
}

interface Known {
  readonly dataset: string
  readonly items: number
  state: WindowState
}

type Counts = { -readonly [Key in Exclude<keyof DatasetProgress, 'dataset'>]: number }

const RANK = { staged: 0, scanned: 1, committed: 2 } as const satisfies Record<WindowState, number>

/**
 * Follows the system's events, starting from the catalog's contents. `onChange` is called with a dataset's row whenever it
 * changes. A window counts once in each state, however often its job runs. Redriven records were received before, so they are in
 * progress again.
 */
export async function watchProgress(
  { config, catalog, events }: Pick<System, 'config' | 'catalog' | 'events'>,
  onChange: (row: DatasetProgress) => void = () => {},
): Promise<ProgressWatch> {
  const counts = new Map<string, Counts>()
  for (const name of Object.keys(config.datasets))
    counts.set(name, { received: 0, scanned: 0, committed: 0, held: 0, deadLettered: 0 })
  const known = new Map<string, Known>()

  const changed = (dataset: string) => {
    const row = counts.get(dataset)
    if (row !== undefined) onChange({ dataset, ...row })
  }
  const stage = (window: string, dataset: string, source: string, records: number, deadLetters: number) => {
    const row = counts.get(dataset)
    if (row === undefined || known.has(window)) return
    const items = records + deadLetters
    known.set(window, { dataset, items, state: 'staged' })
    if (source === REDRIVE_SOURCE) {
      row.scanned -= records
      row.committed -= records
      row.deadLettered -= records
    } else {
      row.received += items
      row.deadLettered += deadLetters
    }
  }
  const advance = (window: string, to: 'scanned' | 'committed', held: number) => {
    const found = known.get(window)
    const row = found && counts.get(found.dataset)
    if (found === undefined || row === undefined || RANK[found.state] >= RANK[to]) return
    if (found.state === 'staged') {
      row.scanned += found.items
      row.held += held
    }
    if (to === 'committed') row.committed += found.items
    found.state = to
  }

  const ends = [
    events.on('window.staged', ({ window, dataset, source, records, deadLetters }) => {
      stage(window, dataset, source, records, deadLetters)
      changed(dataset)
    }),
    events.on('window.scanned', ({ window, dataset, flagged }) => {
      advance(window, 'scanned', flagged)
      changed(dataset)
    }),
    events.on('window.committed', ({ window, dataset, counts: { quarantined, rejected } }) => {
      advance(window, 'committed', quarantined + rejected)
      changed(dataset)
    }),
  ]
  for (const { id, dataset, source, state, records, deadLetters, counts: made } of await catalog.windows.list({})) {
    stage(id, dataset, source, records, deadLetters)
    if (state !== 'staged') advance(id, state, made.quarantined + made.rejected)
  }
  return {
    rows: () => [...counts].map(([dataset, row]) => ({ dataset, ...row })),
    [Symbol.dispose]() {
      for (const end of ends) end()
    },
  }
}
