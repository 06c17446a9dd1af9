import { useState } from 'react'
import { plural, visible } from '#present/text.ts'
import { call, Refusal, type AnswerOf } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { campaignText } from '../parts/campaign-name.tsx'
import { TextField } from '../parts/fields.tsx'
import { TEXTS } from '../texts.ts'
import { Reach } from './reach.tsx'

type Preview = AnswerOf<'POST /v1/datasets/{dataset}/recalls/preview'>
export type RecallChoice = { readonly records: string[] } | { readonly campaign: string }

interface Props {
  readonly isBusy: boolean
  readonly make: (dataset: string, choice: RecallChoice, reason: string) => void
}

/** Asks which records, shows what that reaches, and only then takes the reason. */
export function NewRecall({ isBusy, make }: Props) {
  const words = TEXTS.recalls
  const datasets = useAnswer((signal) => call('GET /v1/datasets', { signal }), 'datasets')
  const names = datasets.fetched.state === 'there' ? datasets.fetched.value.items.map((of) => of.dataset) : []
  const [chosen, setDataset] = useState('')
  const dataset = chosen === '' ? (names[0] ?? '') : chosen
  const [by, setBy] = useState<'records' | 'campaign'>('records')
  const [text, setText] = useState('')
  const [reason, setReason] = useState('')
  const [preview, setPreview] = useState<Preview | { readonly refused: string } | null>(null)
  const campaigns = useAnswer(
    async (signal) => (dataset === '' ? { items: [] } : call('GET /v1/campaigns', { query: { dataset }, signal })),
    `campaigns ${dataset}`,
  )
  const choice: RecallChoice = by === 'campaign' ? { campaign: text.trim() } : { records: linesOf(text) }
  const isWhole = dataset !== '' && text.trim() !== ''
  const look = async () => {
    try {
      setPreview(await call('POST /v1/datasets/{dataset}/recalls/preview', { params: { dataset }, body: choice }))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      setPreview({ refused: error.problem.detail })
    }
  }
  /** What was looked at is no longer what is asked for. */
  const change = (set: () => void) => {
    set()
    setPreview(null)
  }
  return (
    <section className="panel opened" aria-label={words.make}>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (isWhole) void look()
        }}
      >
        <div className="filters">
          <label>
            <span>{TEXTS.record.dataset}</span>
            <select
              value={dataset}
              onChange={(event) =>
                change(() => {
                  setDataset(event.target.value)
                  if (by === 'campaign') setText('')
                })
              }
            >
              {names.map((name) => (
                <option key={name} value={name}>
                  {visible(name)}
                </option>
              ))}
            </select>
          </label>
          <label>
            <span>{words.what}</span>
            <select
              value={by}
              onChange={(event) =>
                change(() => {
                  setBy(event.target.value === 'campaign' ? 'campaign' : 'records')
                  setText('')
                })
              }
            >
              <option value="records">{words.asRecords}</option>
              <option value="campaign">{words.asCampaign}</option>
            </select>
          </label>
        </div>
        <label className="field">
          <span>{by === 'records' ? words.ids : words.campaign}</span>
          {by === 'records' ? (
            <textarea rows={3} value={text} onChange={(event) => change(() => setText(event.target.value))} />
          ) : (
            <select value={text} onChange={(event) => change(() => setText(event.target.value))}>
              <option value="">{words.choose}</option>
              {campaigns.fetched.state === 'there' &&
                campaigns.fetched.value.items.map((campaign) => (
                  <option key={campaign.id} value={campaign.id}>
                    {campaignText(campaign)}
                  </option>
                ))}
            </select>
          )}
        </label>
        <p className="does">
          <button type="submit" className="button" disabled={!isWhole}>
            {words.look}
          </button>
        </p>
      </form>
      <div role="status">
        {preview !== null && ('refused' in preview ? <p className="alarm">{visible(preview.refused)}</p> : null)}
      </div>
      {preview !== null && 'admitted' in preview && (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault()
            if (reason.trim() === '') return
            make(dataset, choice, reason.trim())
            setPreview(null)
          }}
        >
          <p>
            <strong>{words.reaches(preview.admitted)}</strong> {preview.already > 0 && words.already(preview.already)}{' '}
            {preview.forgotten > 0 && words.forgotten(preview.forgotten)}
          </p>
          <Reach of={preview} />
          {preview.admitted > 0 && (
            <>
              <TextField name={TEXTS.ask.reject.field} onPage value={reason} change={setReason} longest={2000} />
              <p className="quiet">{TEXTS.ask.signed}</p>
              <p className="does">
                <button type="submit" className="button primary reject" disabled={isBusy || reason.trim() === ''}>
                  {words.act} {plural(preview.admitted, 'record')}
                </button>
              </p>
            </>
          )}
        </form>
      )}
    </section>
  )
}

/** Ids, one a line: they may hold spaces. */
function linesOf(text: string): string[] {
  return [...new Set(text.split(/\r?\n/).filter((line) => line.trim() !== ''))]
}
