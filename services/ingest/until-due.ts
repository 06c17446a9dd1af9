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
      if (result === DUE) {
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

async function within<T>(work: Promise<T>, ms: number): Promise<T | typeof DUE> {
  let timer: NodeJS.Timeout | undefined
  const due = new Promise<typeof DUE>((resolve) => {
    timer = setTimeout(() => resolve(DUE), Math.max(0, ms))
  })
  try {
    return await Promise.race([work, due])
  } finally {
    clearTimeout(timer)
  }
}
