import { useState } from 'react'
import { count, visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useEvents } from '../api/use-events.ts'
import { usePages } from '../api/use-pages.ts'
import { More } from '../parts/more.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useDeed } from '../parts/use-deed.tsx'
import { go, hrefOf, usePlace } from '../place.ts'
import { TEXTS, timeText } from '../texts.ts'
import { NewRecall } from './new-recall.tsx'
import { RecallInFull } from './recall-in-full.tsx'

/** What was admitted and taken back since: asked for after a preview, shown with who holds it, and undone. */
export function RecallsPage() {
  const { of } = usePlace()
  const [round, setRound] = useState(0)
  const { isBusy, told, act } = useDeed()
  const words = TEXTS.recalls
  const changed = () => setRound((n) => n + 1)
  useEvents((name) => {
    if (name === 'review.applied') changed()
  })
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">{words.says}</p>
      <NewRecall
        isBusy={isBusy}
        make={(dataset, choice, reason) =>
          act(
            () => call('POST /v1/datasets/{dataset}/recalls', { params: { dataset }, body: { ...choice, reason } }),
            ({ records }) => words.made(records),
            ({ id }) => {
              changed()
              go({ page: 'recalls', of: id })
            },
          )
        }
      />
      {of !== null && (
        <RecallInFull
          key={of}
          id={of}
          round={round}
          isBusy={isBusy}
          undo={(reason) =>
            act(
              () => call('POST /v1/reviews/{review}/undo', { params: { review: of }, body: { reason } }),
              () => words.undone,
              changed,
            )
          }
        />
      )}
      <List key={round} opened={of} />
      {told}
    </>
  )
}

function List({ opened }: { readonly opened: string | null }) {
  const words = TEXTS.recalls
  const { fetched, again, more } = usePages((cursor) =>
    call('GET /v1/reviews', { query: { action: 'recall', cursor } }),
  )
  return (
    <Answered of={fetched} again={again} lines={6}>
      {({ items, next }) => (
        <>
          <h2>{words.list}</h2>
          <Table
            head={[words.at, TEXTS.record.dataset, words.by, words.because, words.state, words.records]}
            text={5}
            rows={items.map((recall) => [
              <a
                key="at"
                href={hrefOf({ page: 'recalls', of: recall.id })}
                aria-current={recall.id === opened ? 'true' : undefined}
              >
                {timeText(recall.at)}
              </a>,
              visible(recall.dataset),
              visible(recall.actor),
              visible(recall.reason),
              words.states[recall.undoneBy === null ? recall.state : 'undone'],
              count(recall.records),
            ])}
            none={words.none}
          />
          <More next={next} more={more} />
        </>
      )}
    </Answered>
  )
}
