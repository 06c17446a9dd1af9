import { useCallback, useEffect, useRef, useState } from 'react'
import { visible } from '#present/text.ts'
import { permits } from '#console/api/roles.ts'
import type { Campaign, HeldRecord, Session } from '../api/client.ts'
import { fetchedPart } from '../parts/fetched-part.tsx'
import { Answered, Skeleton } from '../parts/states.tsx'
import { ToldLine } from '../parts/told.tsx'
import { go, usePlace, WAITING } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { AskDialog, HelpDialog, isDecision, type Asking } from './dialogs.tsx'
import { BulkDialog } from './bulk-dialog.tsx'
import { BulkList } from './bulk-list.tsx'
import { CampaignList, NextCampaign } from './campaigns.tsx'
import { GoldDialog } from './gold-dialog.tsx'
import { RecordList } from './record-list.tsx'
import { Search } from './search.tsx'
import { queryOf, useCampaigns } from './use-campaigns.ts'
import { useDecisions } from './use-decisions.ts'
import { useKeys } from './use-keys.ts'
import { useQueue } from './use-queue.ts'
import { Views } from './views.tsx'

const Focus = fetchedPart(async () => (await import('./focus.tsx')).Focus, { lines: 12 })

/** What is asked about a record: one line, or what is right of it. */
type Asked = Asking | { readonly what: 'gold'; readonly row: HeldRecord }

function isAsking(asked: Asked | null): asked is Asking {
  return asked !== null && asked.what !== 'gold'
}

export function QueuePage({ session }: { readonly session: Session }) {
  const { q, record } = usePlace()
  const queue = useQueue(q, record)
  const decisions = useDecisions(queue)
  const [asking, setAsking] = useState<Asked | null>(null)
  const [isHelpOpen, setHelpOpen] = useState(false)
  const [isBulkOpen, setBulkOpen] = useState(false)
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
    (key: string | null, replace = true) => go({ page: 'queue', q, record: key }, replace),
    [q],
  )

  // on its way while the list is
  useEffect(Focus.load, [])
  const isWide = useIsWide()
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
  const askBulk = () => {
    if (!may('record.decide')) return decisions.tell('refused', TEXTS.told.notPermitted)
    if (queue.count !== null && queue.count > 0) setBulkOpen(true)
  }
  const goOn = (by: number) => {
    const to = campaigns.beside(q, by)
    if (to === undefined) decisions.tell('refused', TEXTS.queue.noCampaigns)
    else go({ page: 'queue', q: queryOf(to) })
  }
  useKeys(asking === null && !isHelpOpen && !isBulkOpen, {
    j: () => step(1),
    k: () => step(-1),
    r: () => ask('release'),
    x: () => ask('reject'),
    l: () => ask('relabel'),
    b: askBulk,
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
    <div className={record === null ? 'desk' : 'desk has-record'}>
      <h1 className="hidden">{TEXTS.queue.title}</h1>
      <div className="side">
        <Search input={search} q={q} ask={(text) => go({ page: 'queue', q: text })} />
        <Views q={q} />
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
        <section aria-labelledby="records-title" className="records">
          <header>
            <h2 id="records-title">{TEXTS.queue.records}</h2>
            <span className="quiet">{queue.count === null ? '' : TEXTS.queue.found(queue.count)}</span>
          </header>
          {may('record.decide') && q !== WAITING && queue.count !== null && queue.count > 0 && (
            <p className="bulk">
              <button type="button" className="button small" aria-keyshortcuts="b" onClick={askBulk}>
                {TEXTS.bulk.open(queue.count)} <kbd aria-hidden="true">b</kbd>
              </button>
            </p>
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
          ) : rows.length === 0 ? (
            <Nothing isWaiting={q === WAITING} next={campaigns.waiting.find((of) => queryOf(of) !== q)} />
          ) : (
            <RecordList queue={queue} chosen={record} choose={choose} />
          )}
        </section>
      </div>
      <div className="focus">
        {row === undefined ? (
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
      </div>
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
      {isBulkOpen && (
        <BulkDialog
          q={q}
          campaigns={campaigns.all}
          close={() => setBulkOpen(false)}
          made={({ id }) => {
            setBulkOpen(false)
            setOwn(new Set([...own, id]))
            setMade((n) => n + 1)
          }}
        />
      )}
      {isHelpOpen && <HelpDialog close={() => setHelpOpen(false)} />}
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

const WIDE = matchMedia('(min-width: 900px)')

/** Whether list and record stand side by side. */
function useIsWide(): boolean {
  const [isWide, setWide] = useState(WIDE.matches)
  useEffect(() => {
    const changed = () => setWide(WIDE.matches)
    WIDE.addEventListener('change', changed)
    return () => WIDE.removeEventListener('change', changed)
  }, [])
  return isWide
}
