import { useLayoutEffect, useMemo, useRef, type ReactNode } from 'react'
import { riskText, visible } from '#present/text.ts'
import { call, type CampaignInFull, type HeldRecord, type Opened } from '../api/client.ts'
import { useAnswer, type Answer } from '../api/use-answer.ts'
import { MapPart } from '../map/map-part.tsx'
import { Answered, Meter } from '../parts/states.tsx'
import { hrefOf } from '../place.ts'
import { TEXTS, familyText, timeText } from '../texts.ts'
import { Attachments } from './attachments.tsx'
import type { Asking } from './dialogs.tsx'
import { ExplainPart, HistoryPart } from './derivation.tsx'
import { Evidence } from './evidence.tsx'
import { Neighbours, useNeighbours, type Neighbour } from './neighbours.tsx'
import { StandingTag } from './record-list.tsx'
import { SampleView } from './sample-view.tsx'
import { queryOf } from './use-campaigns.ts'

interface Props {
  readonly row: HeldRecord
  /** Whether it was opened by its key, beside a list that lacks it. */
  readonly isOutside: boolean
  readonly done: number
  readonly mayOpen: boolean
  readonly mayDecide: boolean
  /** Whether the whole window is theirs to see. */
  readonly mayWindow: boolean
  readonly isMarked: boolean
  readonly setMarked: (marked: boolean) => void
  readonly ask: (what: Asking['what'] | 'gold') => void
  readonly undo: () => void
  readonly help: () => void
  readonly back: () => void
}

/** One record with all that a decision over it needs. */
export function Focus(props: Props) {
  const { row, mayOpen } = props
  const opened = useAnswer(
    async (signal) =>
      mayOpen ? call('GET /v1/records/{record}/sample', { params: { record: row.key }, signal }) : null,
    row.key,
  )
  const article = useRef<HTMLElement>(null)
  useLayoutEffect(() => {
    const { current } = article
    return () => {
      // another record comes in its place: who was at a button of this one goes on there
      if (current?.contains(document.activeElement) === true) current.parentElement?.focus()
    }
  }, [])
  return (
    <article ref={article} aria-labelledby="record-title">
      <header className="record-head">
        <button type="button" className="button small back" onClick={props.back}>
          {TEXTS.queue.back}
        </button>
        <div>
          <p className="eyebrow">
            {visible(row.dataset)} <StandingTag row={row} />
            {row.label !== null && <span className="labelled">{TEXTS.record.labelled(visible(row.label))}</span>}
          </p>
          <h2 id="record-title">{visible(row.record)}</h2>
        </div>
        <p className="risk">
          <span className="quiet">{TEXTS.record.risk}</span>
          <strong>{row.risk === null ? '–' : riskText(row.risk)}</strong>
          <Meter value={row.risk ?? 0} />
        </p>
      </header>
      <Actions {...props} />
      {props.isOutside && <p className="quiet outside">{TEXTS.queue.outside}</p>}
      {mayOpen ? <OpenedParts {...props} opened={opened} /> : <ClosedParts row={row} />}
      <Facts {...props} />
      <ExplainPart row={row} isWanted={opened.fetched.state !== 'loading'} />
      <HistoryPart row={row} done={props.done} />
      <MapPart key={row.window} id={row.window} mayOpen={mayOpen} mark={row.index} />
    </article>
  )
}

function Actions({ row, mayDecide, ask, undo, help }: Props) {
  const isOpen = row.standing === 'quarantined' && row.pending === null
  return (
    <div className="actions" role="group" aria-label={TEXTS.record.sample}>
      {mayDecide && (
        <>
          <Action name="release" at="r" isOff={!isOpen} act={() => ask('release')} />
          <Action name="reject" at="x" isOff={!isOpen} act={() => ask('reject')} />
          <Action name="relabel" at="l" isOff={!isOpen} act={() => ask('relabel')} />
          <Action name="undo" at="u" act={undo} />
          <Action name="note" at="n" act={() => ask('note')} />
          <Action name="assign" at="a" act={() => ask('assign')} />
          <Action name="gold" at="g" act={() => ask('gold')} />
        </>
      )}
      <Action name="help" at="?" act={help} />
    </div>
  )
}

interface ActionProps {
  readonly name: 'release' | 'reject' | 'relabel' | 'undo' | 'note' | 'assign' | 'gold' | 'help'
  readonly at: string
  readonly isOff?: boolean
  readonly act: () => void
}

function Action({ name, at, isOff = false, act }: ActionProps) {
  return (
    <button type="button" className={`button ${name}`} aria-keyshortcuts={at} disabled={isOff} onClick={act}>
      {TEXTS.actions[name]} <kbd aria-hidden="true">{at}</kbd>
    </button>
  )
}

const NONE: readonly Neighbour[] = []

interface OpenedProps extends Props {
  readonly opened: Answer<Opened | null>
}

function OpenedParts({ row, opened, isMarked, setMarked }: OpenedProps) {
  const { dataset } = row
  const trigger = useCampaign(row)?.trigger ?? null
  const neighbours = useNeighbours(opened.fetched.state === 'there' ? row.key : null)
  const near = neighbours.fetched.state === 'there' ? neighbours.fetched.value.items : NONE
  const beside = useMemo(() => near.map(({ sample }) => sample), [near])
  return (
    <Answered of={opened.fetched} again={opened.again} lines={7}>
      {(value) =>
        value && (
          <div className="pair">
            <SampleView
              sample={value.sample}
              warnings={value.warnings}
              beside={beside}
              trigger={trigger}
              isMarked={isMarked}
              setMarked={setMarked}
            />
            <div>
              <Attachments record={row.key} of={value.attachments} />
              <Evidence opened={value} />
              {value.campaign !== null && (
                <section className="part">
                  <h3>{TEXTS.record.campaign}</h3>
                  <p>{visible(value.campaign.summary)}</p>
                  <p>
                    <a href={hrefOf({ page: 'queue', q: queryOf({ id: value.campaign.id, dataset }) })}>
                      {TEXTS.record.whole}
                    </a>
                  </p>
                </section>
              )}
              <Neighbours of={neighbours} than={value.sample} />
            </div>
          </div>
        )
      }
    </Answered>
  )
}

/** Of a record that one may not see: its families and its campaign, which hold nothing of it. */
function ClosedParts({ row }: Pick<Props, 'row'>) {
  const campaign = useCampaign(row)
  return (
    <div className="panel">
      <p>{TEXTS.record.noSample}</p>
      {row.families.length > 0 && (
        <section className="part">
          <h3>{TEXTS.record.suspected}</h3>
          {row.families.map((family) => (
            <p key={family}>{familyText(family)}</p>
          ))}
        </section>
      )}
      {campaign?.summary != null && (
        <section className="part">
          <h3>{TEXTS.record.campaign}</h3>
          <p>{visible(campaign.summary)}</p>
        </section>
      )}
    </div>
  )
}

/** The campaign that a record is of; null where there is none, and until it came. */
function useCampaign({ campaign, dataset }: HeldRecord): CampaignInFull | null {
  const { fetched } = useAnswer(
    async (signal) =>
      campaign === null
        ? null
        : call('GET /v1/datasets/{dataset}/campaigns/{campaign}', { params: { dataset, campaign }, signal }),
    `${dataset}\n${campaign ?? ''}`,
  )
  return fetched.state === 'there' ? fetched.value : null
}

function Facts({ row, mayWindow }: Props) {
  const facts: (readonly [string, ReactNode])[] = [
    [TEXTS.record.label, row.label === null ? '–' : visible(row.label)],
    [TEXTS.record.contributor, row.contributor === null ? '–' : visible(row.contributor)],
    [TEXTS.record.held, timeText(row.heldAt)],
    [TEXTS.record.assignee, row.assignee === null ? TEXTS.record.nobody : visible(row.assignee)],
  ]
  if (mayWindow)
    facts.push([
      TEXTS.record.window,
      <a key="window" href={hrefOf({ page: 'windows', of: row.window })} title={row.window}>
        <code>{`${row.window.slice(0, 12)}…`}</code>
      </a>,
    ])
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
