import { visible } from '#present/text.ts'
import type { HeldRecord } from '../api/client.ts'
import { TEXTS } from '../texts.ts'
import type { Selection } from './use-selection.ts'

/** What stands before each row for whoever decides: which records are selected, and the way to select one. */
export interface Picking {
  readonly selected: Selection['keys']
  readonly turn: (key: string) => void
}

/** Keys do the same from anywhere in the list, so that nobody goes through all of these. */
export function Pick({ row, by: { selected, turn } }: { readonly row: HeldRecord; readonly by: Picking }) {
  return (
    <input
      type="checkbox"
      className="pick"
      tabIndex={-1}
      aria-label={TEXTS.select.one(visible(row.record))}
      checked={selected.has(row.key)}
      onChange={() => turn(row.key)}
    />
  )
}
