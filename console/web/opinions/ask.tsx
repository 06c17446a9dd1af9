import { useState } from 'react'
import { call } from '../api/client.ts'
import { namesOf, NumberField, TextField } from '../parts/fields.tsx'
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
        <TextField name={TEXTS.bulk.query} onPage value={q} change={setQ} longest={1000} />
        <NumberField name={words.most} onPage value={most} change={setMost} least={1} most={1000} />
        <NumberField name={words.wanted} onPage value={wanted} change={setWanted} least={2} most={5} />
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
  const names = namesOf(people)
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
        <TextField name={TEXTS.bulk.query} onPage value={q} change={setQ} longest={1000} />
        <TextField name={words.people} onPage value={people} change={setPeople} />
        <p className="does">
          <button type="submit" className="button" disabled={isBusy || names.length === 0}>
            {words.shareAct}
          </button>
        </p>
      </form>
    </section>
  )
}
