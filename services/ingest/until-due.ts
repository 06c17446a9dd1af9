import { LATE, within } from '#runtime/waiting/races.ts'

/** Stands between items where the time ran out. */
export const DUE = Symbol('due')

/**
 * The items, and `DUE` whenever no item came before the time that `dueIn` names (milliseconds from now; null: no limit),
 * asked anew after each. `stop` is called when the consumer leaves, to end a wait for an item that may never come.
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
    next.catch(() => {}) // what ends the wait may fail it
    await iterator.return?.().catch(() => {})
  }
}
