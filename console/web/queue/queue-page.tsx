import { useCallback, useEffect, useRef, useState } from 'react'
import { visible } from '#present/text.ts'
import { permits } from '#console/api/roles.ts'
import type { HeldRecord, Session } from '../api/client.ts'
import { fetchedPart } from '../parts/fetched-part.tsx'
import { ToldLine } from '../parts/told.tsx'
import { go, usePlace } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { AskDialog, HelpDialog, isDecision, type Asking } from './dialogs.tsx'
import { BulkDialog } from './bulk-dialog.tsx'
import { BulkList } from './bulk-list.tsx'
import { CampaignList } from './campaigns.tsx'
import { GoldDialog } from './gold-dialog.tsx'
import { RecordsPart } from './records-part.tsx'
import { Search } from './search.tsx'
import { queryOf, useCampaigns } from './use-campaigns.ts'
import { useDecisions, type DecisionAction } from './use-decisions.ts'
import { useKeys } from './use-keys.ts'
import { usePanes } from './use-panes.ts'
import { useQueue } from './use-queue.ts'
import { useSelection } from './use-selection.ts'
import { useTable } from './use-table.ts'
import { Views } from './views.tsx'

const Focus = fetchedPart(async () => (await import('./focus.tsx')).Focus, { lines: 12 })

/** What is asked about a record: one line, or what is right of it. */
type Asked = Asking | { readonly what: 'gold'; readonly row: HeldRecord }

/** A decision over many: over what the query finds. */
interface BulkAsked {
  readonly q: string
  readonly action: DecisionAction | undefined
}

function isAsking(asked: Asked | null): asked is Asking {
  return asked !== null && asked.what !== 'gold'
}

export function QueuePage({ session }: { readonly session: Session }) {
  const { q, record, sort, direction } = usePlace()
  const queue = useQueue(q, { sort, direction }, record)
  const decisions = useDecisions(queue)
  const [asking, setAsking] = useState<Asked | null>(null)
  const [isHelpOpen, setHelpOpen] = useState(false)
  const [bulk, setBulk] = useState<BulkAsked | null>(null)
  const selection = useSelection(q)
  const [table, show] = useTable()
  const [own, setOwn] = useState<ReadonlySet<string>>(new Set())
  const [made, setMade] = useState(0)
  const [isMarked, setMarked] = useState(true)
  const campaigns = useCampaigns(decisions.done + made)
  const search = useRef<HTMLInputElement>(null)
  const may = (permission: Session['permissions'][number]) => session.permissions.includes(permission)

  const { rows } = queue
  const at = rows.findIndex(({ key }) => key === record)
  const { outside } = queue
  const row = rows[at] ?? (outside === null || outside === 'gone' ? undefined : outside)
  const choose = useCallback(
    (key: string | null, replace = true) => go({ page: 'queue', q, sort, direction, record: key }, replace),
    [q, sort, direction],
  )

  // on its way while the list is
  useEffect(Focus.load, [])
  const panes = usePanes(record !== null)
  const { isWide } = panes
  const [first] = rows
  useEffect(() => {
    if (isWide && record === null && first !== undefined) choose(first.key)
  }, [isWide, record, first, choose])

  const step = (by: number) => {
    const to = rows[at < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, at + by))]
    if (to !== undefined) choose(to.key)
    if (at + by >= rows.length - 2) queue.more()
  }
  const ask = (what: Asked['what']) => {
    if (row === undefined) return
    if (!may(what === 'gold' || isDecision(what) ? 'record.decide' : 'record.annotate'))
      return decisions.tell('refused', TEXTS.told.notPermitted)
    const isDecided = row.standing !== 'quarantined' || row.pending !== null
    if (what === 'gold') return setAsking({ what, row })
    if (isDecision(what) && isDecided) return decisions.tell('refused', TEXTS.told.decided)
    setAsking({ what, row })
  }
  const takeBack = async () => {
    const key = await decisions.undo(row)
    // it is there to be decided over again
    if (key !== null) choose(key)
  }
  const undo = () => {
    if (!may('record.decide')) return decisions.tell('refused', TEXTS.told.notPermitted)
    void takeBack()
  }
  const askBulk = (action?: DecisionAction) => {
    if (!may('record.decide')) return decisions.tell('refused', TEXTS.told.notPermitted)
    if (selection.q !== null || (queue.count !== null && queue.count > 0)) setBulk({ q: selection.q ?? q, action })
  }
  const decideOn = (action: DecisionAction) => (selection.q === null ? ask(action) : askBulk(action))
  const turn = (key: string) => {
    if (!selection.turn(key)) decisions.tell('refused', TEXTS.select.full)
  }
  const select = (at: Element | null) => {
    if (!may('record.decide')) return decisions.tell('refused', TEXTS.told.notPermitted)
    // the row that has the focus, else the one that is shown
    const key = at?.closest<HTMLElement>('.row')?.dataset['key'] ?? row?.key
    if (key !== undefined) turn(key)
  }
  const goOn = (by: number) => {
    const to = campaigns.beside(q, by)
    if (to === undefined) decisions.tell('refused', TEXTS.queue.noCampaigns)
    else go({ page: 'queue', q: queryOf(to) })
  }
  useKeys(asking === null && !isHelpOpen && bulk === null, {
    j: () => step(1),
    k: () => step(-1),
    r: () => decideOn('release'),
    x: () => decideOn('reject'),
    l: () => decideOn('relabel'),
    ' ': select,
    Escape: selection.clear,
    t: () => show({ ...table, isTable: !table.isTable }),
    b: () => askBulk(),
    c: () => goOn(1),
    C: () => goOn(-1),
    n: () => ask('note'),
    a: () => ask('assign'),
    g: () => ask('gold'),
    u: undo,
    m: () => setMarked((marked) => !marked),
    '/': () => search.current?.focus(),
    '?': () => setHelpOpen(true),
  })

  const answer = (asked: Asking, text: string, label?: string) => {
    setAsking(null)
    const { what, row } = asked
    if (what === 'note') void decisions.note(row, text)
    else if (what === 'assign') void decisions.assign(row, text === '' ? null : text)
    else {
      void decisions.decide(row, what, text, label)
      step(1)
    }
  }

  return (
    <div className={table.isTable ? 'desk wide' : record === null ? 'desk' : 'desk has-record'}>
      <h1 className="hidden">{TEXTS.queue.title}</h1>
      <div ref={panes.list} className="side" tabIndex={-1}>
        <Search input={search} q={q} ask={(text) => go({ page: 'queue', q: text, sort, direction })} />
        <Views q={q} table={table} show={show} />
        <BulkList
          session={session}
          campaigns={campaigns.all}
          made={made}
          own={own}
          hide={(id) => setOwn(new Set([...own].filter((of) => of !== id)))}
          tell={decisions.tell}
          moved={queue.again}
        />
        <CampaignList q={q} campaigns={campaigns} />
        <RecordsPart
          q={q}
          queue={queue}
          order={{ sort, direction }}
          sortBy={(order) => go({ page: 'queue', q, ...order })}
          chosen={record}
          choose={choose}
          campaigns={campaigns}
          selection={may('record.decide') ? selection : null}
          turn={turn}
          decide={() => askBulk()}
          table={table}
          show={show}
        />
      </div>
      <section ref={panes.record} className="focus" aria-label={TEXTS.queue.record} tabIndex={-1}>
        {table.isTable ? null : row === undefined ? (
          <p className="empty">
            {outside === 'gone' ? TEXTS.queue.gone : rows.length > 0 && record === null ? TEXTS.queue.choose : ''}
          </p>
        ) : (
          <Focus
            key={row.key}
            row={row}
            isOutside={at < 0}
            done={decisions.done}
            mayOpen={may('sample.open')}
            mayDecide={may('record.decide')}
            mayWindow={permits(session.grants, 'view', row.dataset)}
            isMarked={isMarked}
            setMarked={setMarked}
            ask={ask}
            undo={undo}
            help={() => setHelpOpen(true)}
            back={() => choose(null, false)}
          />
        )}
      </section>
      <ToldLine told={decisions.told} />
      {asking?.what === 'gold' && (
        <GoldDialog
          row={asking.row}
          close={() => setAsking(null)}
          answer={(right) => {
            setAsking(null)
            void decisions.gold(asking.row, right)
          }}
        />
      )}
      {isAsking(asking) && (
        <AskDialog
          asking={asking}
          person={visible(session.person)}
          close={() => setAsking(null)}
          answer={(text, label) => answer(asking, text, label)}
        />
      )}
      {bulk !== null && (
        <BulkDialog
          q={bulk.q}
          action={bulk.action}
          campaigns={campaigns.all}
          close={() => setBulk(null)}
          made={({ id }) => {
            decisions.noteBulk(id)
            setBulk(null)
            selection.clear()
            setOwn(new Set([...own, id]))
            setMade((n) => n + 1)
          }}
        />
      )}
      {isHelpOpen && <HelpDialog close={() => setHelpOpen(false)} />}
    </div>
  )
}
