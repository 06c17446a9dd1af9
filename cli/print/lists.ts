import type { DeadLetterRow, FlaggedRow } from '#runtime/catalog/catalog.ts'
import type { Look, Style } from '#present/look.ts'
import { renderTable, type Cell, type Column } from './table.ts'
import { count, riskText, safeJson } from '#present/text.ts'
import { riskBar } from './scan-output.ts'

export const LIST_FORMATS = ['table', 'json', 'jsonl'] as const
export type ListFormat = (typeof LIST_FORMATS)[number]

/** Rows of any kind in a list format, ending in a line break; `empty` is what people read when there are none. */
export function renderList<Row extends object>(
  rows: readonly Row[],
  format: ListFormat,
  look: Look,
  shape: { readonly columns: readonly Column[]; readonly cells: (row: Row) => readonly Cell[]; readonly empty: string },
): string {
  if (format === 'json') return `${safeJson(rows, 2)}\n`
  if (format === 'jsonl') return rows.map((row) => `${safeJson(row)}\n`).join('')
  if (rows.length === 0) return `${shape.empty}\n`
  return `${renderTable(shape.columns, rows.map(shape.cells), look)}\n`
}

const STANDING_STYLE: { readonly [key in FlaggedRow['standing']]: Style } = {
  quarantined: 'warn',
  rejected: 'bad',
  released: 'good',
  recalled: 'bad',
}

export function renderFlagged(rows: readonly FlaggedRow[], format: ListFormat, look: Look): string {
  return renderList(rows, format, look, {
    columns: [
      { header: 'dataset' },
      { header: 'record', shrink: true },
      { header: 'risk' },
      { header: 'standing' },
      { header: 'label', shrink: true },
      { header: 'suspected' },
      { header: 'campaign', shrink: true },
      { header: 'contributor', shrink: true },
    ],
    cells: (row) => [
      row.dataset,
      row.record,
      row.scanned
        ? { text: `${riskBar(row.risk)} ${riskText(row.risk)}`, style: row.decision === 'reject' ? 'bad' : 'warn' }
        : { text: 'not scanned', style: 'dim' },
      { text: row.standing, style: STANDING_STYLE[row.standing] },
      row.label ?? '–',
      row.families.join(', '),
      row.campaign ?? '–',
      row.contributor ?? '–',
    ],
    empty: 'Nothing is in quarantine.',
  })
}

export function renderDeadLetters(rows: readonly DeadLetterRow[], format: ListFormat, look: Look): string {
  return renderList(rows, format, look, {
    columns: [
      { header: 'dataset' },
      { header: 'dead letter', shrink: true },
      { header: 'reason' },
      { header: 'detail', shrink: true },
      { header: 'partition', shrink: true },
      { header: 'position', align: 'right' },
      { header: 'attempts', align: 'right' },
      { header: 'state' },
    ],
    cells: (row) => [
      row.dataset,
      row.id,
      { text: row.reason, style: 'warn' },
      row.detail,
      row.partition,
      row.position,
      count(row.attempts),
      { text: row.state, style: row.state === 'open' ? 'warn' : 'good' },
    ],
    empty: 'There are no dead letters.',
  })
}

/** One epoch key, what wraps it, and what still depends on it. */
export interface KeyStatus {
  readonly dataset: string
  readonly kid: string
  readonly state: 'current' | 'previous' | 'retired'
  readonly provider: string
  readonly keyId: string
  readonly keyVersion: string
  /** Days since the epoch key was made. */
  readonly ageDays: number
  /** Objects whose data key it wraps. */
  readonly objects: number
  /** What stands in the way of retiring it; null when nothing does. */
  readonly blockedBy: string | null
}

export function renderKeys(rows: readonly KeyStatus[], format: ListFormat, look: Look): string {
  return renderList(rows, format, look, {
    columns: [
      { header: 'dataset' },
      { header: 'epoch key', shrink: true },
      { header: 'state' },
      { header: 'wrapped by', shrink: true },
      { header: 'version', shrink: true },
      { header: 'age', align: 'right' },
      { header: 'objects', align: 'right' },
      { header: 'retirement', shrink: true },
    ],
    cells: (row) => [
      row.dataset,
      row.kid,
      { text: row.state, style: row.state === 'current' ? 'good' : row.state === 'retired' ? 'dim' : 'warn' },
      `${row.provider}:${row.keyId}`,
      row.keyVersion,
      `${count(Math.floor(row.ageDays))} d`,
      count(row.objects),
      row.blockedBy ?? 'possible',
    ],
    empty: 'There are no keys yet.',
  })
}
