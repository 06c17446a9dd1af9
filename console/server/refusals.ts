import { isAppError } from '#core/errors.ts'
import type { Catalog } from '#runtime/catalog/catalog.ts'
import type { Operation } from '#console/api/routes.ts'
import type { Who } from './access/who.ts'

/** What people were refused, in the audit log. */
export interface Refusals {
  /** Whoever asks for the same thing over and over is written once a minute. Never throws. */
  note(who: Who, operation: Operation, error: unknown): Promise<void>
}

const QUIET_MS = 60_000
const MOST = 10_000

export function createRefusals(audit: Pick<Catalog['audit'], 'append'>, onDefect: (error: unknown) => void): Refusals {
  const written = new Map<string, number>()
  return {
    async note({ person }, operation, error) {
      if (!isAppError(error, 'denied')) return
      const reason = error.reason ?? 'denied'
      const key = JSON.stringify([person, operation, reason])
      const now = Date.now()
      if (now - (written.get(key) ?? -Infinity) < QUIET_MS) return
      if (written.size >= MOST) written.clear()
      written.set(key, now)
      try {
        await audit.append(person, 'request.refused', operation, { reason })
      } catch (failure) {
        onDefect(failure) // it is refused all the same
      }
    },
  }
}
