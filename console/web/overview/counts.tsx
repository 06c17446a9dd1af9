import { REASON_WORDS } from '#present/words.ts'
import { percent, visible } from '#present/text.ts'
import { quoted } from '#console/api/query/parse.ts'
import { Table } from '../parts/table.tsx'
import { hrefOf, WAITING } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { figure, ofQueue } from './links.tsx'
import type { Overview } from './answer.ts'

const STAGES = ['received', 'admitted', 'quarantined', 'rejected', 'deadLettered'] as const
type Counts = Readonly<Record<(typeof STAGES)[number], number>>

/** What became of a dataset’s records; each stage leads to what is there: records, windows, or dead letters. */
function stages(counts: Counts, dataset: string, q: (stage: 'quarantined' | 'rejected') => string) {
  const windows = hrefOf({ page: 'windows', dataset })
  return [
    figure(counts.received, windows),
    figure(counts.admitted, windows),
    ofQueue(counts.quarantined, q('quarantined')),
    ofQueue(counts.rejected, q('rejected')),
    figure(counts.deadLettered, hrefOf({ page: 'letters', dataset })),
  ]
}

export function DatasetTable({ of }: { readonly of: Overview['datasets'] }) {
  const words = TEXTS.overview
  return (
    <Table
      head={[
        words.dataset,
        ...STAGES.map((stage) => words[stage]),
        words.share,
        words.pending,
        words.windows,
        words.campaigns,
      ]}
      rows={of.map(({ dataset, counts, pending, windows, campaigns }) => [
        visible(dataset),
        ...stages(counts, dataset, (stage) => `standing:${stage} dataset:${quoted(dataset)}`),
        shareText(counts.quarantined + counts.rejected, counts.received),
        figure(pending, hrefOf({ page: 'windows', dataset })),
        figure(windows, hrefOf({ page: 'windows', dataset })),
        ofQueue(campaigns, `dataset:${quoted(dataset)} is:grouped`),
      ])}
      none={words.none}
    />
  )
}

/** The last day first. */
export function Days({ of }: { readonly of: Overview['days'] }) {
  const words = TEXTS.overview
  const decisions = { quarantined: 'quarantine', rejected: 'reject' }
  return (
    <Table
      head={[words.day, words.dataset, ...STAGES.map((stage) => words[stage]), words.share]}
      text={2}
      rows={of
        .toReversed()
        .map(({ day, dataset, ...counts }) => [
          day,
          visible(dataset),
          ...stages(
            counts,
            dataset,
            (stage) => `staged:${day} decision:${decisions[stage]} dataset:${quoted(dataset)}`,
          ),
          shareText(counts.quarantined + counts.rejected, counts.received),
        ])}
      none={words.none}
    />
  )
}

/** How far a contributor is to be trusted: of what was held of theirs and decided, how much people found innocent. */
export function Contributors({ of }: { readonly of: Overview['contributors'] }) {
  const words = TEXTS.overview
  return (
    <section>
      <h2>{words.contributors}</h2>
      <p className="quiet">{words.contributorsSay}</p>
      <Table
        head={[words.contributor, words.dataset, words.quarantined, words.rejected, words.released, words.innocent]}
        text={2}
        rows={of.map(({ contributor, dataset, held, rejected, released }) => {
          const who = `dataset:${quoted(dataset)} contributor:${quoted(contributor)}`
          return [
            visible(contributor),
            visible(dataset),
            ofQueue(held, `${WAITING} ${who}`),
            ofQueue(rejected, `standing:rejected ${who}`),
            ofQueue(released, `standing:released ${who}`),
            shareText(released, rejected + released),
          ]
        })}
        none={words.none}
      />
    </section>
  )
}

export function DeadLetters({ of }: { readonly of: Overview['deadLetters'] }) {
  const words = TEXTS.overview
  return (
    <section>
      <h2>{words.letters}</h2>
      <Table
        head={[words.because, words.dataset, words.count]}
        text={2}
        rows={of.map(({ dataset, reason, count: n }) => [
          REASON_WORDS[reason],
          visible(dataset),
          figure(n, hrefOf({ page: 'letters', dataset, reason })),
        ])}
        none={words.none}
      />
    </section>
  )
}

/** Whose the decisions are that wait, and which of them for too long. */
export function Workload({ of: { withinHours, people } }: { readonly of: Overview['workload'] }) {
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
            ofQueue(waiting, whose),
            ...(withinHours === null ? [] : [ofQueue(overdue, whose + late)]),
          ]
        })}
        none={words.none}
      />
    </>
  )
}

function shareText(part: number, of: number): string {
  return of === 0 ? '–' : percent(part, of)
}
