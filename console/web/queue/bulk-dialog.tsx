import { useId, useState } from 'react'
import { count, riskText, visible } from '#present/text.ts'
import { call, Refusal, type Bulk, type BulkPreview, type Campaign } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { campaignText } from '../parts/campaign-name.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Answered } from '../parts/states.tsx'
import { TEXTS } from '../texts.ts'
import { LabelField } from './label-field.tsx'
import { QueryText } from './query-text.tsx'
import { DECISION_ACTIONS, type DecisionAction } from './use-decisions.ts'
import { namedBy } from './use-selection.ts'

const SHOWN = 5

interface Props {
  readonly q: string
  /** What is asked for at first. */
  readonly action?: DecisionAction | undefined
  /** What campaigns are named from. */
  readonly campaigns: readonly Campaign[]
  readonly close: () => void
  readonly made: (bulk: Bulk) => void
}

/** What a decision over a whole query would reach, and the decision: over exactly those records, or it is refused. */
export function BulkDialog({ q, action, campaigns, close, made }: Props) {
  const { fetched, again } = useAnswer((signal) => call('POST /v1/bulk/preview', { body: { q }, signal }), q)
  return (
    <Dialog title={namedBy(q) === null ? TEXTS.bulk.title : TEXTS.select.title} close={close}>
      <p className="quiet">
        {TEXTS.bulk.query}: <QueryText q={q} campaigns={campaigns} />
      </p>
      <Answered of={fetched} again={again} lines={6}>
        {(preview) =>
          preview.records === 0 ? (
            <p>{TEXTS.bulk.nothing}</p>
          ) : (
            <Decide key={preview.digest} {...{ preview, q, action, campaigns, close, made, again }} />
          )
        }
      </Answered>
    </Dialog>
  )
}

interface DecideProps extends Props {
  readonly preview: BulkPreview
  readonly again: () => void
}

function Decide({ preview, q, action: first = 'reject', campaigns, close, made, again }: DecideProps) {
  const [action, setAction] = useState<DecisionAction>(first)
  const [reason, setReason] = useState('')
  const [label, setLabel] = useState('')
  const [state, setState] = useState<'asking' | 'sending' | 'stale' | { readonly refused: string }>('asking')
  const isWhole = reason.trim() !== '' && (action !== 'relabel' || label !== '')
  const name = useId()
  const [only] = preview.datasets
  const send = async () => {
    setState('sending')
    try {
      const body = { q, digest: preview.digest, action, reason: reason.trim(), ...(action === 'relabel' && { label }) }
      made(await call('POST /v1/bulk', { body }))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      setState(error.problem.status === 412 ? 'stale' : { refused: error.problem.detail })
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault()
        if (isWhole && state !== 'sending') void send()
      }}
    >
      <p>
        <strong>{TEXTS.bulk.reaches(preview.records)}</strong>
      </p>
      <Reached preview={preview} known={campaigns} />
      <fieldset className="choices">
        <legend>{TEXTS.bulk.what}</legend>
        {DECISION_ACTIONS.map((of) => (
          <label key={of} className="check">
            <input type="radio" name={name} checked={action === of} onChange={() => setAction(of)} />
            <span>
              <b>{TEXTS.actions[of]}</b> <small>{TEXTS.bulk.does[of]}</small>
            </span>
          </label>
        ))}
      </fieldset>
      {action === 'release' && preview.takesTwo && <p className="alarm">{TEXTS.bulk.two}</p>}
      {action === 'relabel' && (
        <LabelField
          value={label}
          change={setLabel}
          except={null}
          dataset={preview.datasets.length === 1 && only !== undefined ? only.dataset : null}
        />
      )}
      <label>
        <span>{TEXTS.ask.reject.field}</span>
        <input
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog was asked for, and its other fields have an answer
          autoFocus
          value={reason}
          maxLength={2000}
          autoComplete="off"
          onChange={(event) => setReason(event.target.value)}
        />
      </label>
      <p className="quiet">{TEXTS.ask.signed}</p>
      {state === 'stale' && (
        <p className="alarm" role="alert">
          {TEXTS.bulk.stale}{' '}
          <button type="button" className="button small" onClick={again}>
            {TEXTS.again}
          </button>
        </p>
      )}
      {typeof state === 'object' && (
        <p className="alarm" role="alert">
          {TEXTS.told.refused(visible(state.refused))}
        </p>
      )}
      <footer>
        <button type="button" className="button" onClick={close}>
          {TEXTS.actions.cancel}
        </button>
        <button
          type="submit"
          className={`button primary ${action === 'release' ? 'release' : 'reject'}`}
          disabled={!isWhole || state === 'sending' || state === 'stale'}
        >
          {TEXTS.bulk.act[action](preview.records)}
        </button>
      </footer>
    </form>
  )
}

interface ReachedProps {
  readonly preview: BulkPreview
  readonly known: readonly Campaign[]
}

function Reached({ preview: { datasets, contributors, campaigns, lowestRisk }, known }: ReachedProps) {
  const isReached = ({ dataset }: Campaign) => datasets.some((of) => of.dataset === dataset)
  const nameOf = (id: string | null) => {
    const found = known.find((campaign) => campaign.id === id && isReached(campaign))
    return found === undefined ? (id ?? TEXTS.bulk.noCampaign) : campaignText(found)
  }
  const parts = [
    [TEXTS.bulk.by.dataset, datasets.map((of) => [of.dataset, of.records] as const)],
    [TEXTS.bulk.by.contributor, contributors.map((of) => [of.contributor ?? TEXTS.bulk.nobody, of.records] as const)],
    [TEXTS.bulk.by.campaign, campaigns.map((of) => [nameOf(of.campaign), of.records] as const)],
  ] as const
  return (
    <dl className="named reached">
      {parts.map(([name, of]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {of.slice(0, SHOWN).map(([what, records], i) => (
              <div key={i}>
                {visible(what)} <small>{count(records)}</small>
              </div>
            ))}
            {of.length > SHOWN && (
              <small>{TEXTS.bulk.others(of.slice(SHOWN).reduce((sum, [, records]) => sum + records, 0))}</small>
            )}
          </dd>
        </div>
      ))}
      <div>
        <dt>{TEXTS.bulk.lowest}</dt>
        <dd>{lowestRisk === null ? '–' : riskText(lowestRisk)}</dd>
      </div>
    </dl>
  )
}
