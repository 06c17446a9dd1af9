import { useState } from 'react'
import { call, type Session } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useLast } from '../api/use-last.ts'
import { useEvents } from '../api/use-events.ts'
import { Answered } from '../parts/states.tsx'
import { WAITING } from '../place.ts'
import { TEXTS, timeText } from '../texts.ts'
import type { Overview } from './answer.ts'
import { Campaigns } from './campaigns.tsx'
import { Contributors, DatasetTable, Days, DeadLetters, Workload } from './counts.tsx'
import { FlowChart } from './flow-chart.tsx'
import { Health } from './health.tsx'
import { KeyAges } from './key-ages.tsx'
import { QueueLink } from './links.tsx'
import { Tiles } from './tiles.tsx'

export function OverviewPage({ session }: { readonly session: Session }) {
  const [round, setRound] = useState(0)
  const { fetched } = useAnswer((signal) => call('GET /v1/overview', { signal }), `overview ${round}`)
  const again = () => setRound((n) => n + 1)
  useEvents(again)
  return (
    <Answered of={useLast(fetched)} again={again} lines={10}>
      {(overview) => <Shown overview={overview} round={round} session={session} />}
    </Answered>
  )
}

interface ShownProps {
  readonly overview: Overview
  readonly round: number
  readonly session: Session
}

function Shown({ overview, round, session }: ShownProps) {
  const { at, held, datasets, days, contributors, deadLetters, workload } = overview
  const words = TEXTS.overview
  return (
    <>
      <p className="eyebrow">{words.title}</p>
      <h1>
        {held.records === 0 ? words.heldTitle(0) : <QueueLink q={WAITING}>{words.heldTitle(held.records)}</QueueLink>}
      </h1>
      <p className="lede">
        {held.oldestAt !== null && (
          <>
            <QueueLink q={`${WAITING} held:>${agoText(held.oldestAt, at)}`}>
              {words.oldest(timeText(held.oldestAt))}
            </QueueLink>{' '}
          </>
        )}
        {held.unscanned > 0 && <QueueLink q={`${WAITING} is:unscanned`}>{words.unscanned(held.unscanned)}</QueueLink>}
      </p>
      <Tiles overview={overview} />
      <Workload of={workload} />
      <Campaigns round={round} />
      <h2>{words.datasets}</h2>
      <DatasetTable of={datasets} />
      <Health
        datasets={datasets.filter(({ windows }) => windows > 0).map(({ dataset }) => dataset)}
        grants={session.grants}
        round={round}
      />
      <h2>{words.days}</h2>
      <p className="quiet">{words.daysSay}</p>
      <FlowChart days={days} />
      <Days of={days} />
      <div className="pair">
        <Contributors of={contributors} />
        <DeadLetters of={deadLetters} />
      </div>
      {session.permissions.includes('keys.view') && <KeyAges />}
    </>
  )
}

/** A little less than how long ago that was, as a query says it: what has waited longest is found by it. */
function agoText(since: string, now: string): string {
  const minutes = Math.max(0, Math.floor((Date.parse(now) - Date.parse(since)) / 60_000) - 1)
  return minutes > 48 * 60 ? `${Math.floor(minutes / 60)}h` : `${minutes}m`
}
