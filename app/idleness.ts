import { AppError } from '#core/errors.ts'
import type { RunStep } from '#runtime/process/steps.ts'
import type { System } from './system.ts'

export interface Idleness extends Disposable {
  /** Aborted once no item has come for that long and nothing is running. */
  readonly drain: AbortSignal
  /** Runs `work`; while it runs, nothing counts as idle, because nobody reads. */
  during<T>(work: () => Promise<T>): Promise<T>
  /** The errors that have kept datasets from being read since their last item. */
  held(): ReadonlyMap<string, AppError>
}

/** How many times as long an unavailable source is waited for as one that has nothing. */
export const IDLE_PATIENCE = 10

/** Detects by events when streams have run dry: after `seconds` without an item; never if `seconds` is undefined. */
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

/** A system in which every step counts as running work. */
export function busyIn<Opened extends Pick<System, 'step'>>(system: Opened, idleness: Idleness): Opened {
  const step: RunStep = (point, work) => idleness.during(() => system.step(point, work))
  return { ...system, step }
}
