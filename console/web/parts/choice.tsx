import { visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { TEXTS } from '../texts.ts'

interface ChoiceProps {
  readonly name: string
  readonly value: string
  readonly change: (value: string) => void
  readonly of: readonly (readonly [string, string])[]
}

/** One of these, or any. */
export function Choice({ name, value, change, of }: ChoiceProps) {
  return (
    <label>
      <span>{name}</span>
      <select value={value} onChange={(event) => change(event.target.value)}>
        <option value="">{TEXTS.letters.any}</option>
        {of.map(([value, text]) => (
          <option key={value} value={value}>
            {visible(text)}
          </option>
        ))}
      </select>
    </label>
  )
}

/** Those that this person may see. */
export function useDatasets(): readonly string[] {
  const { fetched } = useAnswer((signal) => call('GET /v1/datasets', { signal }), 'datasets')
  return fetched.state === 'there' ? fetched.value.items.map(({ dataset }) => dataset) : []
}
