import { useState } from 'react'
import { visible } from '#present/text.ts'
import { Dialog } from '../parts/dialog.tsx'
import { DialogFooter, TextField } from '../parts/fields.tsx'
import { hrefOf, WAITING } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { columnsAmong, type Column, type TableView } from './use-table.ts'

const KEY = 'credence-views'
const MOST = 30

interface View {
  readonly name: string
  readonly q: string
  /** Of a table; a view without them is of the list. */
  readonly columns?: readonly Column[] | undefined
}

interface Props {
  readonly q: string
  readonly table: TableView
  readonly show: (table: TableView) => void
}

/** Queries that somebody comes back to, as they looked at what was found, kept in this browser. */
export function Views({ q, table, show }: Props) {
  const [views, setViews] = useState(stored)
  const [isNaming, setNaming] = useState(false)
  const keep = (views: readonly View[]) => {
    setViews(views)
    localStorage.setItem(KEY, JSON.stringify(views))
  }
  const isNew = q !== WAITING && !views.some((view) => view.q === q)
  if (views.length === 0 && !isNew) return null
  return (
    <nav className="views" aria-label={TEXTS.views.title}>
      {views.map((view) => (
        <span key={view.name} className="view">
          <a
            href={hrefOf({ page: 'queue', q: view.q })}
            aria-current={view.q === q ? 'true' : undefined}
            onClick={() => show(tableOf(view, table))}
          >
            {visible(view.name)}
          </a>
          <button
            type="button"
            aria-label={TEXTS.views.remove(visible(view.name))}
            onClick={() => keep(views.filter((of) => of !== view))}
          >
            ×
          </button>
        </span>
      ))}
      {isNew && views.length < MOST && (
        <button type="button" className="button small" onClick={() => setNaming(true)}>
          {TEXTS.views.save}
        </button>
      )}
      {isNaming && (
        <NameDialog
          close={() => setNaming(false)}
          save={(name) => {
            keep([
              ...views.filter((of) => of.name !== name),
              { name, q, ...(table.isTable && { columns: table.columns }) },
            ])
            setNaming(false)
          }}
        />
      )}
    </nav>
  )
}

function tableOf({ columns }: View, { columns: last }: TableView): TableView {
  return columns === undefined ? { isTable: false, columns: last } : { isTable: true, columns: columnsAmong(columns) }
}

function NameDialog({ close, save }: { readonly close: () => void; readonly save: (name: string) => void }) {
  const [name, setName] = useState('')
  return (
    <Dialog title={TEXTS.views.dialog} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') save(name.trim())
        }}
      >
        <p>{TEXTS.views.says}</p>
        <TextField name={TEXTS.views.name} value={name} change={setName} longest={60} />
        <DialogFooter close={close} act={TEXTS.views.act} disabled={name.trim() === ''} />
      </form>
    </Dialog>
  )
}

/** What this browser kept; nothing where it kept something else. */
function stored(): readonly View[] {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]')
    return Array.isArray(kept) ? kept.filter(isView).slice(0, MOST) : []
  } catch {
    return []
  }
}

function isView(of: unknown): of is View {
  return (
    typeof of === 'object' &&
    of !== null &&
    'name' in of &&
    typeof of.name === 'string' &&
    'q' in of &&
    typeof of.q === 'string'
  )
}
