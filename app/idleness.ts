import { AppError } from '#core/errors.ts'
import type { RunStep } from '#runtime/process/steps.ts'
import type { System } from './system.ts'

export interface Idleness extends Disposable {
  /** Aborted once nothing has come for so long, and nothing is under way. */
  readonly drain: AbortSignal
  /** Runs `work`, during which nothing is idle: nobody reads meanwhile. */
  during<T>(work: () => Promise<T>): Promise<T>
  /** What still kept datasets from being read, since their last item. */
  held(): ReadonlyMap<string, AppError>
}

/** What does not answer is waited for this many times as long as a source that has nothing. */
export const IDLE_PATIENCE = 10

/** Tells by events when streams have run dry: after so many seconds without an item, never without them. */
export function watchIdleness({ events }: Pick<System, 'events'>, seconds: number | undefined): Idleness {
  const idle = new AbortController()
  const held = new Map<string, AppError>()
  let lastItem = performance.now()
  let lastSign = lastItem
  let busy = 0
  const change = (by: 1 | -1) => {
    busy += by
    lastItem = lastSign = performance.now()
  }
  const unheard = [
    events.on('item.read', ({ dataset }) => {
      held.delete(dataset)
      lastItem = lastSign = performance.now()
    }),
    events.on('source.held', ({ dataset, code, says, reason }) => {
      held.set(dataset, new AppError(code, says, { reason }))
      if (seconds !== undefined && performance.now() - lastItem < seconds * 1000 * IDLE_PATIENCE)
        lastSign = performance.now()
    }),
  ]
  const look = () => {
    if (busy === 0 && performance.now() - lastSign > (seconds ?? 0) * 1000) idle.abort()
  }
  const watch = seconds === undefined ? undefined : setInterval(look, 250)
  return {
    drain: idle.signal,
    async during(work) {
      change(1)
      try {
        return await work()
      } finally {
        change(-1)
      }
    },
    held: () => held,
    [Symbol.dispose]() {
      clearInterval(watch)
      for (const end of unheard) end()
    },
  }
}

/** A system whose every step counts as something under way. */
export function busyIn<Opened extends Pick<System, 'step'>>(system: Opened, idleness: Idleness): Opened {
  const step: RunStep = (point, work) => idleness.during(() => system.step(point, work))
  return { ...system, step }
}
