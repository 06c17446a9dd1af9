import { useId } from 'react'
import { visible } from '#present/text.ts'
import { quoted } from '#console/api/query/parse.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { TEXTS } from '../texts.ts'

interface Props {
  readonly value: string
  readonly change: (label: string) => void
  /** What it is labelled now. */
  readonly except: string | null
  readonly dataset: string | null
}

/** The label that a record should have had: any, those of held records are offered. */
export function LabelField({ value, change, except, dataset }: Props) {
  const id = useId()
  const q = `${dataset === null ? '' : `dataset:${quoted(dataset)} `}label:`
  const { fetched } = useAnswer(
    (signal) => call('GET /v1/records/complete', { query: { q, at: q.length }, signal }),
    `labels ${q}`,
  )
  const offered = fetched.state === 'there' ? fetched.value.completions.map(({ text }) => plain(text)) : []
  return (
    <label>
      <span>{TEXTS.ask.label}</span>
      <input
        // oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog was asked for by a key, and this is its first field
        autoFocus
        list={`${id}-list`}
        value={value}
        maxLength={400}
        autoComplete="off"
        onChange={(event) => change(event.target.value)}
      />
      <datalist id={`${id}-list`}>
        {offered
          .filter((label) => label !== except)
          .map((label) => (
            <option key={label} value={label} label={visible(label)} />
          ))}
      </datalist>
    </label>
  )
}

/** The value that `quoted` made one value of a query. */
function plain(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replace(/\\(.)/gs, '$1') : text
}
