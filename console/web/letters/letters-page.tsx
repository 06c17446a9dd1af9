import { useState } from 'react'
import { REASON_WORDS } from '#present/words.ts'
import { visible } from '#present/text.ts'
import { call, type Session } from '../api/client.ts'
import { usePages } from '../api/use-pages.ts'
import { Choice, useDatasets } from '../parts/choice.tsx'
import { More } from '../parts/more.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useDeed } from '../parts/use-deed.tsx'
import { hrefOf, usePlace } from '../place.ts'
import { TEXTS, timeText } from '../texts.ts'
import { ContractDraft } from './contract-draft.tsx'
import { LetterInFull } from './letter-in-full.tsx'
import { Redrives } from './redrives.tsx'

export type Reason = keyof typeof REASON_WORDS
const REASONS = Object.keys(REASON_WORDS) as Reason[]
/** So many are tried before all are. */
const FEW = 10

export function LettersPage({ session }: { readonly session: Session }) {
  const { of, dataset: ofDataset, reason: ofReason } = usePlace()
  const [dataset, setDataset] = useState(ofDataset ?? '')
  const [reason, setReason] = useState<Reason | ''>(REASONS.find((known) => known === ofReason) ?? '')
  const [state, setState] = useState<'open' | 'redriven'>('open')
  const [round, setRound] = useState(0)
  const words = TEXTS.letters
  const mayRedrive = session.permissions.includes('letter.redrive')
  const { isBusy, told, act } = useDeed()
  const changed = () => setRound((n) => n + 1)
  const redrive = (dataset: string, { dryRun, ...body }: Chosen) =>
    dryRun
      ? act(
          () => call('POST /v1/datasets/{dataset}/redrive/preview', { params: { dataset }, body }),
          ({ tried, recovered }) => words.wouldBe(tried, recovered),
        )
      : act(
          () => call('POST /v1/datasets/{dataset}/redrive', { params: { dataset }, body }),
          ({ total }) => words.taken(total),
          changed,
        )
  const all = { ...(reason !== '' && { reason }) }
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">{words.says}</p>
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <Choice
          name={words.dataset}
          value={dataset}
          change={setDataset}
          of={useDatasets().map((name) => [name, name])}
        />
        <Choice
          name={words.because}
          value={reason}
          change={(value) => setReason(REASONS.find((known) => known === value) ?? '')}
          of={REASONS.map((known) => [known, REASON_WORDS[known]])}
        />
        <label>
          <span>{words.state}</span>
          <select value={state} onChange={(event) => setState(event.target.value === 'redriven' ? 'redriven' : 'open')}>
            <option value="open">{words.states.open}</option>
            <option value="redriven">{words.states.redriven}</option>
          </select>
        </label>
        {mayRedrive && dataset !== '' && state === 'open' && (
          <p className="does">
            <button
              type="button"
              className="button"
              disabled={isBusy}
              onClick={() => redrive(dataset, { ...all, limit: FEW, dryRun: true })}
            >
              {words.tryFew(FEW)}
            </button>
            <button
              type="button"
              className="button"
              disabled={isBusy}
              onClick={() => redrive(dataset, { ...all, limit: FEW, dryRun: false })}
            >
              {words.redriveFew(FEW)}
            </button>
            <button
              type="button"
              className="button primary"
              disabled={isBusy}
              onClick={() => redrive(dataset, { ...all, dryRun: false })}
            >
              {words.redriveAll}
            </button>
          </p>
        )}
      </form>
      {mayRedrive && dataset === '' && <p className="quiet">{words.choose}</p>}
      {dataset !== '' && session.permissions.includes('contract.draft') && (
        <ContractDraft key={dataset} dataset={dataset} isBusy={isBusy} act={act} changed={changed} />
      )}
      {of !== null && (
        <LetterInFull
          letter={of}
          round={round}
          mayOpen={session.permissions.includes('letter.open')}
          mayRedrive={mayRedrive}
          isBusy={isBusy}
          redrive={redrive}
        />
      )}
      <List key={`${dataset}\n${reason}\n${state}\n${round}`} of={{ dataset, reason, state }} opened={of} />
      <Redrives dataset={dataset} round={round} moved={changed} />
      {told}
    </>
  )
}

interface Chosen {
  readonly ids?: string[]
  readonly reason?: Reason
  readonly limit?: number
  readonly dryRun: boolean
}

interface Filter {
  readonly dataset: string
  readonly reason: Reason | ''
  readonly state: 'open' | 'redriven'
}

function List({ of: { dataset, reason, state }, opened }: { readonly of: Filter; readonly opened: string | null }) {
  const words = TEXTS.letters
  const query = { state, ...(dataset !== '' && { dataset }), ...(reason !== '' && { reason }) }
  const { fetched, again, more } = usePages((cursor) => call('GET /v1/dead-letters', { query: { ...query, cursor } }))
  return (
    <Answered of={fetched} again={again} lines={8}>
      {({ items, next }) => (
        <>
          <Table
            head={[words.because, words.detail, words.dataset, words.where, words.contributor, words.at]}
            text={6}
            rows={items.map((letter) => [
              <a
                key="reason"
                href={hrefOf({ page: 'letters', of: letter.key, dataset: dataset || null, reason: reason || null })}
                aria-current={letter.key === opened ? 'true' : undefined}
              >
                {REASON_WORDS[letter.reason]}
              </a>,
              visible(letter.detail),
              visible(letter.dataset),
              visible(`${letter.partition} #${letter.position}`),
              letter.contributor === null ? '–' : visible(letter.contributor),
              <time key="at" dateTime={letter.at}>
                {timeText(letter.at)}
              </time>,
            ])}
            none={words.none}
          />
          <More next={next} more={more} />
        </>
      )}
    </Answered>
  )
}
