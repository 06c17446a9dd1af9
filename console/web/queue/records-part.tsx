import { useState } from 'react'
import { Answered, Skeleton } from '../parts/states.tsx'
import { go, WAITING } from '../place.ts'
import { TEXTS } from '../texts.ts'
import type { Campaign } from '../api/client.ts'
import { NextCampaign } from './campaigns.tsx'
import { ColumnsDialog } from './columns-dialog.tsx'
import type { Picking } from './pick.tsx'
import type { Order } from './order.ts'
import { RecordList } from './record-list.tsx'
import { RecordTable } from './record-table.tsx'
import { queryOf, type Campaigns } from './use-campaigns.ts'
import type { Queue } from './use-queue.ts'
import type { Selection } from './use-selection.ts'
import type { TableView } from './use-table.ts'
import { useUndecided } from './use-undecided.ts'

interface Props {
  readonly q: string
  readonly queue: Queue
  readonly order: Order
  readonly sortBy: (order: Order) => void
  readonly chosen: string | null
  readonly choose: (key: string, replace?: boolean) => void
  readonly campaigns: Campaigns
  /** Null for whoever decides over none. */
  readonly selection: Selection | null
  readonly turn: (key: string) => void
  readonly decide: () => void
  readonly table: TableView
  readonly show: (table: TableView) => void
}

/** The records that a query finds, as a list or as a table, and what can be done with all of them or with those that are selected. */
export function RecordsPart(props: Props) {
  const { q, queue, order, chosen, choose, campaigns, selection, turn, decide, table, show } = props
  const [isChoosing, setChoosing] = useState(false)
  const undecided = useUndecided(q, campaigns.round)
  const picking: Picking | null = selection && { selected: selection.keys, turn }
  const open = (key: string) => {
    show({ ...table, isTable: false })
    choose(key, false)
  }
  return (
    <section aria-labelledby="records-title" className="records">
      <header>
        <h2 id="records-title">{TEXTS.queue.records[order.sort]}</h2>
        <span className="quiet">{queue.count === null ? '' : TEXTS.queue.found(queue.count)}</span>
        <span className="does">
          {table.isTable && (
            <button type="button" className="button small" onClick={() => setChoosing(true)}>
              {TEXTS.table.choose}
            </button>
          )}
          <button
            type="button"
            className="button small"
            aria-keyshortcuts="t"
            onClick={() => show({ ...table, isTable: !table.isTable })}
          >
            {table.isTable ? TEXTS.table.hide : TEXTS.table.show} <kbd aria-hidden="true">t</kbd>
          </button>
        </span>
      </header>
      {selection !== null && (
        <Deciding q={q} count={undecided ?? queue.count ?? 0} selection={selection} decide={decide} />
      )}
      {queue.isStale && (
        <p className="newer">
          {TEXTS.queue.newer}{' '}
          <button type="button" className="button small" onClick={queue.again}>
            {TEXTS.queue.showNewer}
          </button>
        </p>
      )}
      {queue.refusal !== null ? (
        <Answered of={{ state: 'refused', refusal: queue.refusal }} again={queue.again}>
          {() => null}
        </Answered>
      ) : queue.count === null ? (
        <Skeleton lines={8} />
      ) : queue.rows.length === 0 ? (
        <Nothing isWaiting={q === WAITING} next={campaigns.waiting.find((of) => queryOf(of) !== q)} />
      ) : table.isTable ? (
        <RecordTable
          queue={queue}
          order={order}
          sortBy={props.sortBy}
          chosen={chosen}
          columns={table.columns}
          picking={picking}
          open={open}
        />
      ) : (
        <RecordList queue={queue} chosen={chosen} picking={picking} choose={choose} />
      )}
      {isChoosing && (
        <ColumnsDialog
          columns={table.columns}
          choose={(columns) => show({ isTable: true, columns })}
          close={() => setChoosing(false)}
        />
      )}
    </section>
  )
}

interface DecidingProps {
  readonly q: string
  /** Of those that can still be decided over. */
  readonly count: number
  readonly selection: Selection
  readonly decide: () => void
}

/** What a decision over more than one record would be about. */
function Deciding({ q, count, selection, decide }: DecidingProps) {
  const { size } = selection.keys
  return (
    <div className="bulk">
      <span role="status">{size > 0 && TEXTS.select.selected(size)}</span>
      {(size > 0 || (q !== WAITING && count > 0)) && (
        <button type="button" className="button small" aria-keyshortcuts="b" onClick={decide}>
          {size > 0 ? TEXTS.select.decide : TEXTS.bulk.open(count)} <kbd aria-hidden="true">b</kbd>
        </button>
      )}
      {size > 0 && (
        <button type="button" className="button small" aria-keyshortcuts="Escape" onClick={selection.clear}>
          {TEXTS.select.clear}
        </button>
      )}
    </div>
  )
}

interface NothingProps {
  readonly isWaiting: boolean
  readonly next: Campaign | undefined
}

function Nothing({ isWaiting, next }: NothingProps) {
  return (
    <div className="nothing">
      <p>{isWaiting ? TEXTS.queue.nothingWaits : TEXTS.queue.nothing}</p>
      {next !== undefined && <NextCampaign of={next} />}
      {isWaiting ? (
        <p className="quiet">{TEXTS.queue.nothingMeans}</p>
      ) : (
        <button type="button" className="button small" onClick={() => go({ page: 'queue' })}>
          {TEXTS.queue.showWaiting}
        </button>
      )}
    </div>
  )
}
