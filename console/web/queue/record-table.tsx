import { FAMILY_WORDS } from '#present/words.ts'
import { riskText, visible } from '#present/text.ts'
import type { HeldRecord } from '../api/client.ts'
import { TEXTS, timeText } from '../texts.ts'
import { directionOf, orderAfter, SORTED_BY, type Order } from './order.ts'
import { Pick, type Picking } from './pick.tsx'
import { levelOf, RecordName, StandingTag } from './record-list.tsx'
import type { Queue } from './use-queue.ts'
import { useRows } from './use-rows.ts'
import type { Column } from './use-table.ts'

const ROW = 36

interface Props {
  readonly queue: Queue
  readonly order: Order
  readonly sortBy: (order: Order) => void
  readonly chosen: string | null
  readonly columns: readonly Column[]
  readonly picking: Picking | null
  /** Opens the record itself. */
  readonly open: (key: string) => void
}

/** Records as a table of the columns that somebody chose, of which those in view are there. */
export function RecordTable({ queue, order, sortBy, chosen, columns, picking, open }: Props) {
  const { box, items, height } = useRows(queue, chosen, ROW)
  const widths = columns.map((column) => `minmax(${column === 'held' ? 172 : 96}px, 1fr)`)
  const grid = { gridTemplateColumns: ['30px 52px minmax(170px, 2fr)', ...widths].join(' ') }
  return (
    <div
      ref={box}
      className="list as-table"
      role="table"
      tabIndex={-1}
      aria-label={TEXTS.queue.records[order.sort]}
      aria-rowcount={queue.count === null ? -1 : queue.count + 1}
    >
      <div role="rowgroup" className="head">
        <div role="row" aria-rowindex={1} className="line" style={grid}>
          <span role="columnheader">
            <span className="hidden">{TEXTS.select.column}</span>
          </span>
          <Head column="risk" name={TEXTS.record.risk} order={order} sortBy={sortBy} />
          <span role="columnheader">{TEXTS.select.record}</span>
          {columns.map((column) => (
            <Head key={column} column={column} name={TEXTS.table.columns[column]} order={order} sortBy={sortBy} />
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
                    {column === 'standing' ? <Standing row={row} /> : visible(textOf(row, column))}
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

/** What a record is suspected of has a column of its own. */
function Standing({ row }: { readonly row: HeldRecord }) {
  const waits = row.standing === 'quarantined' && row.pending === null
  return waits ? TEXTS.standing.quarantined : <StandingTag row={row} />
}

interface HeadProps {
  readonly column: Column | 'risk'
  readonly name: string
  readonly order: Order
  readonly sortBy: (order: Order) => void
}

/** A column's name, and a button that sorts by it where the server does. */
function Head({ column, name, order, sortBy }: HeadProps) {
  const sort = SORTED_BY[column]
  if (sort === undefined) return <span role="columnheader">{name}</span>
  const direction = order.sort === sort ? directionOf(order) : null
  return (
    <span role="columnheader" aria-sort={direction ?? 'none'}>
      <button type="button" className="sorts" onClick={() => sortBy(orderAfter(order, sort))}>
        {name}
      </button>
    </span>
  )
}

function textOf(row: HeldRecord, column: Exclude<Column, 'standing'>): string {
  if (column === 'held') return timeText(row.heldAt)
  if (column === 'notes') return row.notes === 0 ? '' : String(row.notes)
  if (column === 'window') return `${row.window.slice(0, 12)}…`
  if (column === 'family') return row.families.map((family) => FAMILY_WORDS[family].name).join(', ')
  return row[column] ?? ''
}
