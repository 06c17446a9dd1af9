import { AppError } from '#core/errors.ts'
import type { System } from './system.ts'

export interface Idleness extends Disposable {
  /** Aborted once nothing has come for so long, and nothing is under way. */
  readonly signal: AbortSignal
  readonly onItem: (dataset: string) => void
  readonly onBusy: (change: 1 | -1) => void
  /** Runs `work`, during which nothing is idle. */
  during<T>(work: () => Promise<T>): Promise<T>
  /** What still kept datasets from being read, since their last item. */
  held(): ReadonlyMap<string, AppError>
}

/** A source that does not answer is waited for this many times as long as one that has nothing. */
const PATIENCE = 10

/** Tells when streams have run dry: after so many seconds without an item, never without them. */
export function watchIdleness({ events }: Pick<System, 'events'>, seconds: number | undefined): Idleness {
  const idle = new AbortController()
  const held = new Map<string, AppError>()
  let lastItem = performance.now()
  let lastSign = lastItem
  let busy = 0
  const onBusy = (change: 1 | -1) => {
    busy += change
    lastItem = lastSign = performance.now()
  }
  const unheard = events.on('source.held', ({ dataset, code, says, reason }) => {
    held.set(dataset, new AppError(code, says, { reason }))
    if (seconds !== undefined && performance.now() - lastItem < seconds * 1000 * PATIENCE) lastSign = performance.now()
  })
  const look = () => {
    if (busy === 0 && performance.now() - lastSign > (seconds ?? 0) * 1000) idle.abort()
  }
  const watch = seconds === undefined ? undefined : setInterval(look, 250)
  return {
    signal: idle.signal,
    onBusy,
    onItem(dataset) {
      held.delete(dataset)
      lastItem = lastSign = performance.now()
    },
    async during(work) {
      onBusy(1)
      try {
        return await work()
      } finally {
        onBusy(-1)
      }
    },
    held: () => held,
    [Symbol.dispose]() {
      clearInterval(watch)
      unheard()
    },
  }
}
