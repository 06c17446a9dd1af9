import type { Grant } from '#console/api/roles.ts'
import { hashOf, newSecret } from './secrets.ts'

export interface LinkBearer {
  readonly person: string
  readonly grants: readonly Grant[]
}

export interface Links {
  /** The code of a new link, good once, for five minutes. */
  make(bearer: LinkBearer): string
  /** Whom a code is for; null for one that is used, too old, or none. */
  take(code: string): LinkBearer | null
}

const GOOD_MS = 5 * 60 * 1000

/** Sign-in by a link that only who sees this process's output has. Kept in memory: it ends with the process. */
export function createLinks(clock: () => number = () => performance.now()): Links {
  const open = new Map<string, LinkBearer & { readonly until: number }>()
  return {
    make(bearer) {
      const code = newSecret()
      open.set(hashOf(code), { ...bearer, until: clock() + GOOD_MS })
      return code
    },
    take(code) {
      const key = hashOf(code)
      const found = open.get(key)
      open.delete(key)
      return found === undefined || clock() > found.until ? null : found
    },
  }
}
