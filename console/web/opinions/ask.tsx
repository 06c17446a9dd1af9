import { useState } from 'react'
import { call } from '../api/client.ts'
import type { Act } from '../parts/use-deed.tsx'
import { WAITING } from '../place.ts'
import { TEXTS } from '../texts.ts'

interface AskProps {
  readonly isBusy: boolean
  readonly act: Act
  readonly changed: () => void
}

/** Draws records of a query for opinions. */
export function AskPart({ isBusy, act, changed }: AskProps) {
  const words = TEXTS.opinions
  const [q, setQ] = useState(WAITING)
  const [most, setMost] = useState(20)
  const [wanted, setWanted] = useState(2)
  return (
    <section aria-labelledby="ask-title">
      <h2 id="ask-title">{words.ask}</h2>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          act(
            () => call('POST /v1/opinions/requests', { body: { q, most, wanted } }),
            ({ records }) => words.asked(records),
            changed,
          )
        }}
      >
        <label className="field">
          <span>{TEXTS.bulk.query}</span>
          <input value={q} maxLength={1000} autoComplete="off" onChange={(event) => setQ(event.target.value)} />
        </label>
        <label className="field">
          <span>{words.most}</span>
          <input
            type="number"
            min={1}
            max={1000}
            required
            value={most}
            onChange={(event) => setMost(event.target.valueAsNumber)}
          />
        </label>
        <label className="field">
          <span>{words.wanted}</span>
          <input
            type="number"
            min={2}
            max={5}
            required
            value={wanted}
            onChange={(event) => setWanted(event.target.valueAsNumber)}
          />
        </label>
        <p className="does">
          <button type="submit" className="button" disabled={isBusy}>
            {words.askAct}
          </button>
        </p>
      </form>
    </section>
  )
}

/** Shares what nobody is to decide over among people. */
export function SharePart({ isBusy, act }: Omit<AskProps, 'changed'>) {
  const words = TEXTS.opinions
  const [q, setQ] = useState(WAITING)
  const [people, setPeople] = useState('')
  const names = people.split(/[\s,]+/).filter((name) => name !== '')
  return (
    <section aria-labelledby="share-title">
      <h2 id="share-title">{words.share}</h2>
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault()
          act(
            () => call('POST /v1/assignments', { body: { q, people: names } }),
            ({ records }) => words.shared(records),
          )
        }}
      >
        <label className="field">
          <span>{TEXTS.bulk.query}</span>
          <input value={q} maxLength={1000} autoComplete="off" onChange={(event) => setQ(event.target.value)} />
        </label>
        <label className="field">
          <span>{words.people}</span>
          <input value={people} autoComplete="off" onChange={(event) => setPeople(event.target.value)} />
        </label>
        <p className="does">
          <button type="submit" className="button" disabled={isBusy || names.length === 0}>
            {words.shareAct}
          </button>
        </p>
      </form>
    </section>
  )
}
