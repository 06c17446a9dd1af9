import { setTimeout as delay } from 'node:timers/promises'
import type { Queue } from '#runtime/queue/queue.ts'
import { tellFailures } from '#runtime/queue/sweeper.ts'
import type { WindowCatalog, WindowRow } from '#runtime/catalog/catalog.ts'
import type { MemoryCatalog } from '#runtime/catalog/memory-marks.ts'
import { isBehind } from '#services/scan/memory/kept/open-memory.ts'
import type { Config } from './config/load.ts'
import type { System } from './system.ts'

const LOOK_MS = 15_000
/** A memory that stays unmade is enqueued at its first look, its second, fourth, eighth and so on, and behind this many at its multiples. */
const LONGEST_REST = 64

export interface TakeUpDeps {
  readonly config: { readonly datasets: Readonly<Record<string, Pick<Config['datasets'][string], 'memory'>>> }
  readonly catalog: { readonly windows: Pick<WindowCatalog, 'last'>; readonly memories: Pick<MemoryCatalog, 'marks'> }
  readonly store: Pick<System['store'], 'exists'>
  readonly events: System['events']
}

/**
 * Enqueues the last window of each dataset again until its memory is there: whoever scanned the window may have died, lost its
 * job, or met a store that was away, and no further window may come. Looks at once and then every 15 seconds, until `signal`;
 * failures are reported and tried again. What was done already is not repeated.
 */
export async function takeUpMemories(
  system: TakeUpDeps,
  queue: Pick<Queue, 'enqueue'>,
  signal: AbortSignal,
  lookMs = LOOK_MS,
): Promise<void> {
  const { catalog, config, events } = system
  const exists = (path: string) => system.store.exists(path)
  const failures = tellFailures(events)
  const unmade = new Map<string, { readonly window: string; readonly looks: number }>()

  const look = async (dataset: string, every: number) => {
    const last = await catalog.windows.last(dataset)
    // the scan of a staged window makes the memory, and the sweeper sees to the scan
    if (last === null || last.state === 'staged' || !(await isBehind(last, every, { catalog, exists }))) {
      unmade.delete(dataset)
      return
    }
    const looks = looksAt(last, unmade.get(dataset))
    unmade.set(dataset, { window: last.id, looks })
    if (isResting(looks)) return
    await queue.enqueue({ stage: 'scan', window: last.id }, { weight: last.records, signal })
  }

  while (!signal.aborted) {
    try {
      for (const [dataset, { memory }] of Object.entries(config.datasets))
        if (memory !== false) await look(dataset, memory.every)
      failures.over()
    } catch (error) {
      if (!signal.aborted) failures.tell(error)
    }
    await delay(lookMs, undefined, { signal }).catch(() => {})
  }
}

/** How often this window was looked at while its memory was not there. */
function looksAt({ id }: WindowRow, before: { readonly window: string; readonly looks: number } | undefined): number {
  return before?.window === id ? before.looks + 1 : 1
}

/** Whether nothing is enqueued at this look, from 1; see `LONGEST_REST`. */
function isResting(looks: number): boolean {
  return looks < LONGEST_REST ? (looks & (looks - 1)) !== 0 : looks % LONGEST_REST !== 0
}
