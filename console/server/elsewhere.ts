import type { AuditEntry } from '#runtime/audit/log.ts'
import type { System } from '#app/system.ts'
import type { Live, LiveEvent } from './live.ts'

const EVERY_MS = 2000
const AT_ONCE = 500

/**
 * What other processes over the same catalog did, as live events: what its audit log gained of windows, reviews and assignments. What
 * happened here comes a second time, which pages bear: they fetch what they show.
 */
export function followElsewhere(
  { catalog }: Pick<System, 'catalog'>,
  live: Live,
  {
    onDefect,
    everyMs = EVERY_MS,
  }: { readonly onDefect: (error: unknown) => void; readonly everyMs?: number | undefined },
): AsyncDisposable {
  const { windows } = catalog
  const { lists, webhooks } = catalog.console
  const eventOf = async ({ action, subject, detail }: AuditEntry): Promise<LiveEvent | null> => {
    const [about] = action.split('.')
    if (about === 'window') {
      const dataset = (await windows.get(subject))?.dataset
      return dataset === undefined
        ? null
        : { name: action, data: { dataset, window: subject }, permission: 'view', dataset }
    }
    if (about === 'review') {
      const review = await lists.review(subject)
      if (review === null) return null
      const { dataset, records } = review
      return { name: action, data: { dataset, review: subject, records }, permission: 'view', dataset }
    }
    if (action === 'record.assigned') {
      const dataset = (await windows.get(subject.slice(0, subject.indexOf('-'))))?.dataset
      if (dataset === undefined) return null
      const data = { dataset, record: subject, assignee: detail['assignee'] ?? null }
      return { name: action, data, permission: 'view', dataset }
    }
    return null
  }

  let seen: number | null = null
  const look = async (): Promise<void> => {
    seen ??= (await catalog.audit.head()).seq
    for (const entry of await webhooks.entriesAfter(seen, AT_ONCE)) {
      const event = await eventOf(entry)
      if (event !== null) live.publish(event)
      seen = entry.seq
    }
  }
  let looking = Promise.resolve()
  const timer = setInterval(() => {
    looking = looking.then(look).catch(onDefect)
  }, everyMs)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await looking
    },
  }
}
