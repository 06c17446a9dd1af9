import { useState } from 'react'
import { count, visible } from '#present/text.ts'
import { call, type AnswerOf } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useEvents } from '../api/use-events.ts'
import { useLast } from '../api/use-last.ts'
import { ByHand } from '../parts/by-hand.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { TEXTS, timeText } from '../texts.ts'

const SHOWN = 10

interface Props {
  readonly dataset: string
  readonly round: number
  /** Called when one of them has come further: what is open has changed. */
  readonly moved: () => void
}

/** What was decoded again: the server keeps it, so that a reload finds it. */
export function Redrives({ dataset, round, moved }: Props) {
  const [own, setOwn] = useState(0)
  const words = TEXTS.letters
  const query = { limit: SHOWN, ...(dataset !== '' && { dataset }) }
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/redrives', { query, signal }),
    `${dataset}\n${round}\n${own}`,
  )
  useEvents((name) => {
    if (name !== 'redrive.progress') return
    setOwn((n) => n + 1)
    moved()
  })
  return (
    <Answered of={useLast(fetched)} again={again} lines={1}>
      {({ items }) =>
        items.length > 0 && (
          <>
            <h2>{words.redrives}</h2>
            <Table
              head={[words.dataset, words.by, words.at, words.state, words.tried, words.became, words.failed]}
              text={4}
              rows={items.map((of) => [
                visible(of.dataset),
                visible(of.by),
                timeText(of.at),
                <Ended key="state" of={of} />,
                count(of.total - of.waiting),
                count(of.recovered),
                count(of.failed),
              ])}
              none=""
            />
          </>
        )
      }
    </Answered>
  )
}

type Redrive = AnswerOf<'GET /v1/redrives'>['items'][number]

/** How it stands; where the store or a key refused this console, the command that does it under another identity. */
function Ended({ of: { dataset, state, says } }: { readonly of: Redrive }) {
  const stands = TEXTS.letters.redriveStates[state]
  if (says === null) return stands
  return (
    <>
      {`${stands}: ${visible(says)}`}
      {says.startsWith('denied:') && <ByHand command={`credence deadletter redrive --dataset ${dataset}`} />}
    </>
  )
}
