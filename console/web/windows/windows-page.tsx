import { count, visible } from '#present/text.ts'
import { quoted } from '#console/api/query/parse.ts'
import { call, type Session } from '../api/client.ts'
import { usePages } from '../api/use-pages.ts'
import { Choice, useDatasets } from '../parts/choice.tsx'
import { More } from '../parts/more.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { go, hrefOf, usePlace } from '../place.ts'
import { TEXTS, timeText } from '../texts.ts'
import { WindowInFull } from './window-in-full.tsx'

const STATES = ['staged', 'scanned', 'committed'] as const

export function WindowsPage({ session }: { readonly session: Session }) {
  const { of: opened, dataset, state } = usePlace()
  const words = TEXTS.windows
  const narrowed = { dataset, state: STATES.find((known) => known === state) ?? null }
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">{words.says}</p>
      {opened !== null && <WindowInFull id={opened} mayOpen={session.permissions.includes('sample.open')} />}
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <Choice
          name={TEXTS.record.dataset}
          value={dataset ?? ''}
          change={(name) => go({ page: 'windows', ...narrowed, dataset: name === '' ? null : name })}
          of={useDatasets().map((name) => [name, name])}
        />
        <Choice
          name={words.state}
          value={narrowed.state ?? ''}
          change={(name) => go({ page: 'windows', ...narrowed, state: name === '' ? null : name })}
          of={STATES.map((name) => [name, name])}
        />
      </form>
      <List key={`${dataset}\n${state}`} of={narrowed} opened={opened} />
    </>
  )
}

interface ListProps {
  readonly of: { readonly dataset: string | null; readonly state: (typeof STATES)[number] | null }
  readonly opened: string | null
}

function List({ of: { dataset, state }, opened }: ListProps) {
  const words = TEXTS.windows
  const held = TEXTS.overview
  const { fetched, again, more } = usePages((cursor) =>
    call('GET /v1/windows', { query: { dataset: dataset ?? undefined, state: state ?? undefined, cursor } }),
  )
  return (
    <Answered of={fetched} again={again} lines={10}>
      {({ items, next }) => (
        <>
          <Table
            head={[
              TEXTS.record.window,
              TEXTS.record.dataset,
              words.state,
              words.staged,
              words.records,
              held.admitted,
              held.quarantined,
              held.rejected,
              words.manifest,
            ]}
            text={4}
            rows={items.map((of) => [
              <a
                key="id"
                href={hrefOf({ page: 'windows', of: of.id, dataset, state })}
                title={of.id}
                aria-current={of.id === opened ? 'true' : undefined}
              >
                <code>{`${of.id.slice(0, 12)}…`}</code>
              </a>,
              visible(of.dataset),
              of.state,
              timeText(of.stagedAt),
              count(of.records),
              count(of.counts.admitted),
              of.counts.quarantined === 0 ? (
                '0'
              ) : (
                <a key="held" href={hrefOf({ page: 'queue', q: `window:${quoted(of.id)} decision:quarantine` })}>
                  {count(of.counts.quarantined)}
                </a>
              ),
              count(of.counts.rejected),
              of.manifest ?? '–',
            ])}
            none={words.none}
          />
          <More next={next} more={more} />
        </>
      )}
    </Answered>
  )
}
