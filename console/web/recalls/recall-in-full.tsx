import { useState } from 'react'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { TEXTS } from '../texts.ts'
import { Reach } from './reach.tsx'

interface Props {
  readonly id: string
  readonly round: number
  readonly isBusy: boolean
  readonly undo: (reason: string) => void
}

/** One recall: who holds its records, and the way to take it back. */
export function RecallInFull({ id, round, isBusy, undo }: Props) {
  const words = TEXTS.recalls
  const [reason, setReason] = useState('')
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/recalls/{review}/reach', { params: { review: id }, signal }),
    `${id} ${round}`,
  )
  return (
    <article className="panel opened" aria-label={words.one}>
      <h2>{words.one}</h2>
      <Answered of={fetched} again={again} lines={3}>
        {(reach) => <Reach of={reach} />}
      </Answered>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          if (reason.trim() !== '') undo(reason.trim())
        }}
      >
        <label className="field">
          <span>{words.undoWhy}</span>
          <input
            value={reason}
            maxLength={2000}
            autoComplete="off"
            onChange={(event) => setReason(event.target.value)}
          />
        </label>
        <p className="does">
          <button type="submit" className="button" disabled={isBusy || reason.trim() === ''}>
            {TEXTS.actions.undo}
          </button>
        </p>
      </form>
    </article>
  )
}
