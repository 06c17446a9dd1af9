import { useState } from 'react'

/** What a table of records can say of each, besides its risk and its name, as it stands from left to right. */
export const COLUMNS = [
  'dataset',
  'label',
  'contributor',
  'family',
  'campaign',
  'held',
  'assignee',
  'notes',
  'window',
  'standing',
] as const
export type Column = (typeof COLUMNS)[number]

export interface TableView {
  readonly isTable: boolean
  readonly columns: readonly Column[]
}

const KEY = 'credence-table'
const FIRST: TableView = { isTable: false, columns: ['dataset', 'label', 'contributor', 'family', 'held', 'standing'] }

/** Columns among those that there are, in their order; whatever else was kept is left out. */
export function columnsAmong(kept: unknown): readonly Column[] {
  return Array.isArray(kept) ? COLUMNS.filter((column) => kept.includes(column)) : FIRST.columns
}

/** Whether records stand in a table, and its columns: as this browser was left. */
export function useTable(): readonly [TableView, (view: TableView) => void] {
  const [view, setView] = useState(stored)
  const keep = (view: TableView) => {
    setView(view)
    localStorage.setItem(KEY, JSON.stringify(view))
  }
  return [view, keep]
}

function stored(): TableView {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(KEY) ?? 'null')
    if (typeof kept !== 'object' || kept === null) return FIRST
    const columns = columnsAmong('columns' in kept ? kept.columns : null)
    return { isTable: 'isTable' in kept && kept.isTable === true, columns }
  } catch {
    return FIRST
  }
}
