import { useState } from 'react'
import { visible } from '#present/text.ts'
import { call, Refusal, type Bulk, type Campaign, type Session } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useEvents } from '../api/use-events.ts'
import { hrefOf } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { QueryText } from './query-text.tsx'

const SHOWN = 20

interface Props {
  readonly session: Session
  /** What campaigns are named from. */
  readonly campaigns: readonly Campaign[]
  /** Counts what was made here, to ask again. */
  readonly made: number
  /** Those of them that were made here, which stay when they are done: to be undone. */
  readonly own: ReadonlySet<string>
  readonly hide: (bulk: string) => void
  readonly tell: (kind: 'done' | 'refused', what: string | Refusal) => void
  readonly moved: () => void
}

/** Decisions over queries that are not at their end, and one's own that are: how far each is, and what can be done about it. */
export function BulkList({ session, campaigns, made, own, hide, tell, moved }: Props) {
  const [heard, setHeard] = useState(0)
  useEvents((name, data) => {
    if (name !== 'bulk.progress') return
    setHeard((n) => n + 1)
    if (['done', 'undone', 'stopped'].includes(String(data['state']))) moved()
  })
  const { fetched } = useAnswer(
    (signal) => call('GET /v1/bulk', { query: { limit: SHOWN }, signal }),
    `bulk ${made} ${heard}`,
  )
  // what is there stays while it is asked for again
  const [last, setLast] = useState(fetched)
  if (fetched.state === 'there' && fetched !== last) setLast(fetched)
  const all = last.state === 'there' ? last.value.items : []
  const shown = all.filter(({ id, state }) => own.has(id) || ['asked', 'running', 'stopped'].includes(state))
  const mayDecide = session.permissions.includes('record.decide')
  const act = async (work: Promise<unknown>) => {
    try {
      await work
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      tell('refused', error)
    }
    setHeard((n) => n + 1)
  }
  if (shown.length === 0) return null
  return (
    <section className="bulks" aria-labelledby="bulks-title">
      <h2 id="bulks-title">{TEXTS.bulk.list}</h2>
      <ul>
        {shown.map((bulk) => (
          <li key={bulk.id}>
            <p>
              <b>{TEXTS.bulk.did[bulk.action]}</b>{' '}
              <a href={hrefOf({ page: 'queue', q: bulk.q })}>
                <QueryText q={bulk.q} campaigns={campaigns} />
              </a>
            </p>
            {bulk.state === 'asked' && <p>{TEXTS.bulk.asks(visible(bulk.by), visible(bulk.reason))}</p>}
            <progress max={bulk.records} value={bulk.done} aria-label={TEXTS.bulk.list} />
            <p className="quiet" role="status">
              {TEXTS.bulk.progress(bulk.done, bulk.records)} · {TEXTS.bulk.state[bulk.state]}
              {bulk.skipped > 0 && ` · ${TEXTS.bulk.skipped(bulk.skipped)}`}
              {bulk.failed !== null && ` · ${visible(bulk.failed)}`}
            </p>
            <p className="does">
              {mayDecide && <BulkActions bulk={bulk} person={session.person} act={act} />}
              {own.has(bulk.id) && !['running', 'asked'].includes(bulk.state) && (
                <button type="button" className="button small" onClick={() => hide(bulk.id)}>
                  {TEXTS.bulk.hide}
                </button>
              )}
            </p>
          </li>
        ))}
      </ul>
    </section>
  )
}

function BulkActions({ bulk, person, act }: { bulk: Bulk; person: string; act: (work: Promise<unknown>) => void }) {
  const params = { bulk: bulk.id }
  const does: (readonly [string, () => Promise<unknown>])[] = []
  if (bulk.state === 'asked') {
    if (bulk.by !== person) does.push([TEXTS.bulk.approve, () => call('POST /v1/bulk/{bulk}/approve', { params })])
    does.push([
      bulk.by === person ? TEXTS.bulk.takeBack : TEXTS.bulk.refuse,
      () => call('POST /v1/bulk/{bulk}/refuse', { params }),
    ])
  }
  if (bulk.state === 'stopped') does.push([TEXTS.bulk.resume, () => call('POST /v1/bulk/{bulk}/resume', { params })])
  if (bulk.state === 'done' && bulk.action !== 'undo' && bulk.undoneBy === null)
    does.push([
      TEXTS.actions.undo,
      () => call('POST /v1/bulk/{bulk}/undo', { params, body: { reason: TEXTS.told.undoReason } }),
    ])
  return does.map(([name, work]) => (
    <button key={name} type="button" className="button small" onClick={() => act(work())}>
      {name}
    </button>
  ))
}
