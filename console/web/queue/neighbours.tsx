import { visible } from '#present/text.ts'
import { call, type AnswerOf, type Sample } from '../api/client.ts'
import { useAnswer, type Answer } from '../api/use-answer.ts'
import { Answered } from '../parts/states.tsx'
import { TEXTS } from '../texts.ts'
import { SmallSample } from './small-sample.tsx'

export type Neighbour = AnswerOf<'GET /v1/records/{record}/neighbours'>['items'][number]

/** The admitted records nearest to a record, once there is one, or why there are none. They help to decide, and no decision waits for them. */
export function useNeighbours(record: string | null): Answer<{ readonly items: readonly Neighbour[] }> {
  return useAnswer(
    async (signal) =>
      record === null ? { items: [] } : call('GET /v1/records/{record}/neighbours', { params: { record }, signal }),
    `neighbours ${record}`,
  )
}

interface Props {
  readonly of: Answer<{ readonly items: readonly Neighbour[] }>
  readonly than: Sample
}

/**
 * What the record would look like, were it innocent; or why that cannot be shown. Whoever sees only some of the dataset's records
 * is answered that there is nothing, and is shown nothing.
 */
export function Neighbours({ of: { fetched, again }, than }: Props) {
  if (fetched.state === 'loading') return null
  if (fetched.state === 'refused' && fetched.refusal.problem.reason === 'part_of_dataset') return null
  return (
    <section className="part" aria-labelledby="neighbours-title">
      <h3 id="neighbours-title">{TEXTS.record.neighbours}</h3>
      <Answered of={fetched} again={again}>
        {({ items }) => <Shown of={items} than={than} />}
      </Answered>
    </section>
  )
}

function Shown({ of: items, than }: { readonly of: readonly Neighbour[]; readonly than: Sample }) {
  if (items.length === 0) return <p className="quiet">{TEXTS.record.noNeighbours}</p>
  const isOfImages = items.every(({ sample }) => sample.kind === 'image')
  return (
    <>
      {than.kind === 'table' && <p className="quiet">{TEXTS.record.differing}</p>}
      <ul className={isOfImages ? 'neighbours' : 'examples'}>
        {items.map(({ record, label, distance, sample }) => (
          <li key={record} title={visible(record)}>
            <SmallSample sample={sample} than={than} />
            <span>{TEXTS.record.neighbour(label === null ? null : visible(label))}</span>{' '}
            <small>{TEXTS.record.distance(distance)}</small>
          </li>
        ))}
      </ul>
    </>
  )
}
