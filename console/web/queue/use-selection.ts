import { useState } from 'react'
import { LONGEST_QUERY } from '#console/api/query/fields.ts'

export interface Selection {
  /** Of the records that are selected. */
  readonly keys: ReadonlySet<string>
  /** What finds them, and nothing else; null where nothing is selected. */
  readonly q: string | null
  /** Selects the record, or no longer; false where no more fit into a query. */
  readonly turn: (key: string) => boolean
  readonly clear: () => void
}

const NONE: ReadonlySet<string> = new Set()
const queryOf = (keys: ReadonlySet<string>) => `key:${[...keys].join(',')}`

/** How many records such a query names; null where it asks for more than records by their keys. */
export function namedBy(q: string): number | null {
  return /^key:[^\s]+$/.test(q) ? q.split(',').length : null
}

/** Records that were selected one by one among those that a query finds; another query begins with none. */
export function useSelection(among: string): Selection {
  const [state, setState] = useState<{ among: string; keys: ReadonlySet<string> }>({ among, keys: NONE })
  const keys = state.among === among ? state.keys : NONE
  return {
    keys,
    q: keys.size === 0 ? null : queryOf(keys),
    turn: (key) => {
      const turned = keys.has(key) ? new Set([...keys].filter((of) => of !== key)) : new Set([...keys, key])
      if (queryOf(turned).length > LONGEST_QUERY) return false
      setState({ among, keys: turned })
      return true
    },
    clear: () => setState({ among, keys: NONE }),
  }
}
