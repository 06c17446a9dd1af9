import { useState } from 'react'
import { plural, visible } from '#present/text.ts'
import { call, type AnswerOf } from '../api/client.ts'
import { TextField } from '../parts/fields.tsx'
import type { Act } from '../parts/use-deed.tsx'
import { TEXTS } from '../texts.ts'

type Of = NonNullable<AnswerOf<'GET /v1/datasets/{dataset}/health'>['taught']>['repeats'][number]

interface Props {
  readonly dataset: string
  readonly of: Of
  readonly mayJudge: boolean
  readonly isBusy: boolean
  readonly act: Act
  readonly changed: () => void
}

/** What repeats itself, and who may say that it is natural, or take that back: with a reason, which the log keeps. */
export function Repeat({ dataset, of: { id, summary, records, isNatural }, mayJudge, isBusy, act, changed }: Props) {
  const words = TEXTS.overview.taught
  const [isAsking, setAsking] = useState(false)
  const [reason, setReason] = useState('')
  const judge = () => {
    const body = { isNatural: !isNatural, reason: reason.trim() }
    act(
      () => call('PUT /v1/datasets/{dataset}/repeats/{repeat}', { params: { dataset, repeat: id }, body }),
      ({ isNatural: now }) => (now ? words.calledNatural : words.askedAgain),
      () => {
        setAsking(false)
        setReason('')
        changed()
      },
    )
  }
  const does = isNatural ? words.askAgain : words.callNatural
  return (
    <>
      <p>
        <span className="tag">{isNatural ? words.natural : words.repeats}</span>{' '}
        {isNatural ? words.isNatural(visible(summary)) : words.asks(visible(summary), plural(records, 'record'))}{' '}
        {mayJudge && !isAsking && (
          <button type="button" className="button" disabled={isBusy} onClick={() => setAsking(true)}>
            {does}
          </button>
        )}
      </p>
      {isAsking && (
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault()
            if (reason.trim() !== '') judge()
          }}
        >
          <p className="quiet">{words.naturalMeans}</p>
          <TextField name={TEXTS.ask.reject.field} onPage value={reason} change={setReason} longest={2000} />
          <p className="does">
            <button type="submit" className="button primary" disabled={isBusy || reason.trim() === ''}>
              {does}
            </button>
            <button type="button" className="button" onClick={() => setAsking(false)}>
              {TEXTS.actions.cancel}
            </button>
          </p>
        </form>
      )}
    </>
  )
}
