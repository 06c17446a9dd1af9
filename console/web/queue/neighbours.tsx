import { visible } from '#present/text.ts'
import { call, type HeldRecord } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { TEXTS } from '../texts.ts'
import { SmallSample } from './small-sample.tsx'

/** What was admitted and lies nearest: what the record would look like, were it innocent. */
export function Neighbours({ row }: { readonly row: HeldRecord }) {
  const { fetched } = useAnswer(
    (signal) => call('GET /v1/records/{record}/neighbours', { params: { record: row.key }, signal }),
    row.key,
  )
  // they help to decide, and no decision waits for them
  const items = fetched.state === 'there' ? fetched.value.items : []
  if (items.length === 0) return null
  const isOfImages = items.every(({ sample }) => sample.kind === 'image')
  return (
    <section className="part" aria-labelledby="neighbours-title">
      <h3 id="neighbours-title">{TEXTS.record.neighbours}</h3>
      <ul className={isOfImages ? 'neighbours' : 'examples'}>
        {items.map(({ record, label, distance, sample }) => (
          <li key={record} title={visible(record)}>
            <SmallSample sample={sample} />
            <span>{TEXTS.record.neighbour(label === null ? null : visible(label))}</span>{' '}
            <small>{TEXTS.record.distance(distance)}</small>
          </li>
        ))}
      </ul>
    </section>
  )
}
