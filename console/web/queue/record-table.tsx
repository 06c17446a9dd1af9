import { FAMILY_WORDS } from '#present/words.ts'
import { riskText, visible } from '#present/text.ts'
import type { HeldRecord } from '../api/client.ts'
import { TEXTS, timeText } from '../texts.ts'
import { Pick, type Picking } from './pick.tsx'
import { levelOf, RecordName, StandingTag } from './record-list.tsx'
import type { Queue } from './use-queue.ts'
import { useRows } from './use-rows.ts'
import type { Column } from './use-table.ts'

const ROW = 36

interface Props {
  readonly queue: Queue
  readonly chosen: string | null
  readonly columns: readonly Column[]
  readonly picking: Picking | null
  /** Opens the record itself. */
  readonly open: (key: string) => void
}

/** Records as a table of the columns that somebody chose, of which those in view are there. */
export function RecordTable({ queue, chosen, columns, picking, open }: Props) {
  const { box, items, height } = useRows(queue, chosen, ROW)
  const head = [TEXTS.record.risk, TEXTS.select.record, ...columns.map((column) => TEXTS.table.columns[column])]
  const widths = columns.map((column) => `minmax(${column === 'held' ? 152 : 96}px, 1fr)`)
  const grid = { gridTemplateColumns: ['30px 52px minmax(170px, 2fr)', ...widths].join(' ') }
  return (
    <div
      ref={box}
      className="list as-table"
      role="table"
      tabIndex={-1}
      aria-label={TEXTS.queue.records}
      aria-rowcount={queue.count === null ? -1 : queue.count + 1}
    >
      <div role="rowgroup" className="head">
        <div role="row" aria-rowindex={1} className="line" style={grid}>
          <span role="columnheader">
            <span className="hidden">{TEXTS.select.column}</span>
          </span>
          {head.map((name) => (
            <span key={name} role="columnheader">
              {name}
            </span>
          ))}
        </div>
      </div>
      <div role="rowgroup" className="body" style={{ height }}>
        {items.map(({ index, key, start }) => {
          const row = queue.rows[index]
          return (
            row && (
              <div
                key={key}
                role="row"
                aria-rowindex={index + 2}
                className="line"
                data-is-chosen={row.key === chosen || undefined}
                style={{ ...grid, height: ROW, transform: `translateY(${start}px)` }}
              >
                <span role="cell">{picking !== null && <Pick row={row} by={picking} />}</span>
                <span role="cell" className={`risk risk-${levelOf(row.risk)}`}>
                  {row.risk === null ? '–' : riskText(row.risk)}
                </span>
                <span role="cell">
                  <button
                    type="button"
                    className="row"
                    data-key={row.key}
                    aria-current={row.key === chosen ? 'true' : undefined}
                    onClick={() => open(row.key)}
                  >
                    <RecordName of={visible(row.record)} />
                  </button>
                </span>
                {columns.map((column) => (
                  <span key={column} role="cell">
                    {column === 'standing' ? <StandingTag row={row} /> : visible(textOf(row, column))}
                  </span>
                ))}
              </div>
            )
          )
        })}
      </div>
    </div>
  )
}

function textOf(row: HeldRecord, column: Exclude<Column, 'standing'>): string {
  if (column === 'held') return timeText(row.heldAt)
  if (column === 'notes') return row.notes === 0 ? '' : String(row.notes)
  if (column === 'window') return `${row.window.slice(0, 12)}…`
  if (column === 'family') return row.families.map((family) => FAMILY_WORDS[family].name).join(', ')
  return row[column] ?? ''
}
