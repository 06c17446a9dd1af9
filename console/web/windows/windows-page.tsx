import { count, visible } from '#present/text.ts'
import { quoted } from '#console/api/query/parse.ts'
import { call, type Session } from '../api/client.ts'
import { usePages } from '../api/use-pages.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { hrefOf, usePlace } from '../place.ts'
import { TEXTS, timeText } from '../texts.ts'
import { WindowInFull } from './window-in-full.tsx'

export function WindowsPage({ session }: { readonly session: Session }) {
  const { of: opened } = usePlace()
  const { fetched, again, more } = usePages((cursor) => call('GET /v1/windows', { query: { cursor } }))
  const words = TEXTS.windows
  const held = TEXTS.overview
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">{words.says}</p>
      {opened !== null && <WindowInFull id={opened} mayOpen={session.permissions.includes('sample.open')} />}
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
                  href={hrefOf({ page: 'windows', of: of.id })}
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
            {next !== null && (
              <button type="button" className="more" onClick={more}>
                {words.more}
              </button>
            )}
          </>
        )}
      </Answered>
    </>
  )
}
