import { useState } from 'react'
import { REASON_WORDS } from '#present/words.ts'
import { count, visible } from '#present/text.ts'
import { quoted } from '#console/api/query/parse.ts'
import { call, type AnswerOf } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useEvents } from '../api/use-events.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { hrefOf, WAITING } from '../place.ts'
import { TEXTS, timeText } from '../texts.ts'

type Overview = AnswerOf<'GET /v1/overview'>
const STAGES = ['received', 'admitted', 'quarantined', 'rejected', 'deadLettered'] as const

export function OverviewPage() {
  const { fetched, again } = useAnswer((signal) => call('GET /v1/overview', { signal }), 'overview')
  const [last, setLast] = useState(fetched)
  if (fetched.state !== 'loading' && fetched !== last) setLast(fetched)
  useEvents(again)
  return (
    <Answered of={fetched.state === 'loading' ? last : fetched} again={again} lines={10}>
      {(overview) => <Shown overview={overview} />}
    </Answered>
  )
}

function Shown({ overview }: { readonly overview: Overview }) {
  const { held, datasets, days, contributors, deadLetters, workload } = overview
  const words = TEXTS.overview
  return (
    <>
      <p className="eyebrow">{words.title}</p>
      <h1>
        {held.records === 0 ? words.heldTitle(0) : <QueueLink q={WAITING}>{words.heldTitle(held.records)}</QueueLink>}
      </h1>
      <p className="lede">
        {held.oldestAt !== null && `${words.oldest(timeText(held.oldestAt))} `}
        {held.unscanned > 0 && <QueueLink q={`${WAITING} is:unscanned`}>{words.unscanned(held.unscanned)}</QueueLink>}
      </p>
      <Workload of={workload} />
      <h2>{words.datasets}</h2>
      <Table
        head={[words.dataset, ...STAGES.map((stage) => words[stage]), words.pending, words.windows, words.campaigns]}
        rows={datasets.map((of) => [
          visible(of.dataset),
          ...STAGES.map((stage) => figure(of.counts[stage], queryOf(stage, of.dataset))),
          count(of.pending),
          count(of.windows),
          count(of.campaigns),
        ])}
        none={words.none}
      />
      <h2>{words.days}</h2>
      <p className="quiet">{words.daysSay}</p>
      <Table
        head={[words.day, words.dataset, ...STAGES.map((stage) => words[stage])]}
        text={2}
        rows={days.toReversed().map((of) => [of.day, visible(of.dataset), ...STAGES.map((stage) => count(of[stage]))])}
        none={words.none}
      />
      <div className="pair">
        <section>
          <h2>{words.contributors}</h2>
          <p className="quiet">{words.contributorsSay}</p>
          <Table
            head={[words.contributor, words.dataset, words.quarantined, words.rejected, words.released]}
            text={2}
            rows={contributors.map(({ contributor, dataset, held, rejected, released }) => {
              const who = `dataset:${quoted(dataset)} contributor:${quoted(contributor)}`
              return [
                visible(contributor),
                visible(dataset),
                figure(held, `${WAITING} ${who}`),
                figure(rejected, `standing:rejected ${who}`),
                figure(released, `standing:released ${who}`),
              ]
            })}
            none={words.none}
          />
        </section>
        <section>
          <h2>{words.letters}</h2>
          <Table
            head={[words.because, words.dataset, words.count]}
            text={2}
            rows={deadLetters.map(({ dataset, reason, count: n }) => [
              <a key="reason" href={hrefOf({ page: 'letters' })}>
                {REASON_WORDS[reason]}
              </a>,
              visible(dataset),
              count(n),
            ])}
            none={words.none}
          />
        </section>
      </div>
    </>
  )
}

/** Whose the decisions are that wait, and which of them for too long. */
function Workload({ of: { withinHours, people } }: { readonly of: Overview['workload'] }) {
  const words = TEXTS.overview
  if (withinHours === null && people.every(({ assignee }) => assignee === null)) return null
  const late = withinHours === null ? '' : ` held:>${withinHours}h`
  return (
    <>
      <h2>{words.workload}</h2>
      {withinHours !== null && <p className="quiet">{words.within(withinHours)}</p>}
      <Table
        head={[words.assignee, words.waiting, ...(withinHours === null ? [] : [words.overdue])]}
        rows={people.map(({ assignee, waiting, overdue }) => {
          const whose = `${WAITING} ${assignee === null ? '-is:assigned' : `assignee:${quoted(assignee)}`}`
          return [
            assignee === null ? words.nobody : visible(assignee),
            figure(waiting, whose),
            ...(withinHours === null ? [] : [figure(overdue, whose + late)]),
          ]
        })}
        none={words.none}
      />
    </>
  )
}

/** What finds the records behind a number; null where the queue has none of them. */
function queryOf(stage: (typeof STAGES)[number], dataset: string): string | null {
  return stage === 'quarantined' || stage === 'rejected' ? `standing:${stage} dataset:${quoted(dataset)}` : null
}

function figure(n: number, q: string | null) {
  return q === null || n === 0 ? count(n) : <QueueLink q={q}>{count(n)}</QueueLink>
}

function QueueLink({ q, children }: { readonly q: string; readonly children: string }) {
  return <a href={hrefOf({ page: 'queue', q })}>{children}</a>
}
