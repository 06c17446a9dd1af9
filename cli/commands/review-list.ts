import type { ReviewRow } from '#runtime/catalog/catalog.ts'
import { renderList, type ListFormat } from '../print/lists.ts'
import type { Look } from '#present/look.ts'
import { count } from '#present/text.ts'

export function renderReviews(
  rows: readonly ReviewRow[],
  format: ListFormat,
  look: Look,
  empty = 'Nothing has been reviewed yet.',
): string {
  return renderList(rows, format, look, {
    columns: [
      { header: 'when' },
      { header: 'review' },
      { header: 'dataset' },
      { header: 'action' },
      { header: 'records', align: 'right' },
      { header: 'by' },
      { header: 'state' },
      { header: 'reason', shrink: true },
    ],
    cells: (row) => [
      row.createdAt.toISOString().slice(0, 19).replace('T', ' '),
      row.id,
      row.dataset,
      row.action,
      count(row.records.length),
      row.actor,
      row.undoneBy === null ? row.state : 'undone',
      row.reason,
    ],
    empty,
  })
}
