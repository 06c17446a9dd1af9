import { useState } from 'react'
import { datasetsWith } from '#console/api/roles.ts'
import { visible } from '#present/text.ts'
import { call, type Session } from '../api/client.ts'
import { usePages } from '../api/use-pages.ts'
import { More } from '../parts/more.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useDeed, type Act } from '../parts/use-deed.tsx'
import { TEXTS, timeText } from '../texts.ts'
import { Elevations } from './elevations.tsx'
import { grantsText } from './grant-text.ts'
import { Policies } from './policies.tsx'
import { Roles } from './roles.tsx'
import { Tokens } from './tokens.tsx'
import { Webhooks } from './webhooks.tsx'

export function SettingsPage({ session }: { readonly session: Session }) {
  const { told, act } = useDeed()
  const words = TEXTS.settings
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">
        {visible(session.person)}: {grantsText(session.grants)}.
      </p>
      <Elevations session={session} act={act} />
      <Sessions act={act} />
      <Roles mayManage={session.permissions.includes('people.manage')} />
      {session.permissions.includes('people.manage') && <Tokens act={act} />}
      {session.permissions.includes('webhooks.manage') && <Webhooks act={act} />}
      {datasetsWith(session.grants, 'view')?.length !== 0 && <Policies />}
      {told}
    </>
  )
}

function Sessions({ act }: { readonly act: Act }) {
  const [round, setRound] = useState(0)
  return <SessionList key={round} act={act} changed={() => setRound((n) => n + 1)} />
}

function SessionList({ act, changed }: { readonly act: Act; readonly changed: () => void }) {
  const words = TEXTS.settings
  const { fetched, again, more } = usePages((cursor) => call('GET /v1/sessions', { query: { cursor } }))
  return (
    <section>
      <h2>{words.sessions}</h2>
      <Answered of={fetched} again={again}>
        {({ items, next }) => (
          <>
            <Table
              head={[
                words.person,
                words.may,
                words.via,
                words.started,
                words.seen,
                words.from,
                words.browser,
                words.end,
              ]}
              text={8}
              rows={items.map((of) => [
                visible(of.person),
                grantsText(of.grants),
                of.via,
                timeText(of.startedAt),
                timeText(of.seenAt),
                visible(of.from),
                visible(of.agent),
                of.current ? (
                  words.current
                ) : (
                  <button
                    key="end"
                    type="button"
                    className="button small"
                    aria-label={words.endOf(visible(of.person), timeText(of.startedAt))}
                    onClick={() =>
                      act(
                        () => call('DELETE /v1/sessions/{id}', { params: { id: of.id } }),
                        () => words.ended,
                        changed,
                      )
                    }
                  >
                    {words.end}
                  </button>
                ),
              ])}
              none=""
            />
            <More next={next} more={more} />
          </>
        )}
      </Answered>
    </section>
  )
}
