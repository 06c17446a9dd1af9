import { visible } from '#present/text.ts'
import { call, type AnswerOf, type Sample } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { TEXTS } from '../texts.ts'
import { SmallSample } from './small-sample.tsx'

export type Neighbour = AnswerOf<'GET /v1/records/{record}/neighbours'>['items'][number]

/** What was admitted and lies nearest to a record, once there is one. Null until it came: it helps to decide, and no decision waits for it. */
export function useNeighbours(record: string | null): readonly Neighbour[] | null {
  const { fetched } = useAnswer(
    async (signal) =>
      record === null ? { items: [] } : call('GET /v1/records/{record}/neighbours', { params: { record }, signal }),
    `neighbours ${record}`,
  )
  return record !== null && fetched.state === 'there' ? fetched.value.items : null
}

/** What the record would look like, were it innocent. */
export function Neighbours({ of: items, than }: { readonly of: readonly Neighbour[] | null; readonly than: Sample }) {
  if (items === null) return null
  const isOfImages = items.every(({ sample }) => sample.kind === 'image')
  return (
    <section className="part" aria-labelledby="neighbours-title">
      <h3 id="neighbours-title">{TEXTS.record.neighbours}</h3>
      {than.kind === 'table' && items.length > 0 && <p className="quiet">{TEXTS.record.differing}</p>}
      {items.length === 0 && <p className="quiet">{TEXTS.record.noNeighbours}</p>}
      <ul className={isOfImages ? 'neighbours' : 'examples'}>
        {items.map(({ record, label, distance, sample }) => (
          <li key={record} title={visible(record)}>
            <SmallSample sample={sample} than={than} />
            <span>{TEXTS.record.neighbour(label === null ? null : visible(label))}</span>{' '}
            <small>{TEXTS.record.distance(distance)}</small>
          </li>
        ))}
      </ul>
    </section>
  )
}
