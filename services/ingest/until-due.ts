import { LATE, within } from '#runtime/waiting/races.ts'

/** Yielded in place of an item when the time is over. */
export const DUE = Symbol('due')

/**
 * Yields the items, and `DUE` whenever no item came within `dueIn()` milliseconds (null: no limit), which is called anew after
 * each. `stop` is called when the consumer leaves, to end a wait for an item that may never come.
 */
export async function* untilDue<T>(
  items: AsyncIterable<T>,
  dueIn: () => number | null,
  stop: () => void,
): AsyncGenerator<T | typeof DUE> {
  const iterator = items[Symbol.asyncIterator]()
  let next = iterator.next()
  try {
    for (;;) {
      const due = dueIn()
      const result = due === null ? await next : await within(next, due)
      if (result === LATE) {
        yield DUE
        continue
      }
      if (result.done === true) return
      yield result.value
      next = iterator.next()
    }
  } finally {
    stop()
    next.catch(() => {}) // ending the wait may reject it
    await iterator.return?.().catch(() => {})
  }
}
