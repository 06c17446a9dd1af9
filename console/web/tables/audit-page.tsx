import { useState } from 'react'
import { count, visible } from '#present/text.ts'
import { call, type AnswerOf } from '../api/client.ts'
import { usePages } from '../api/use-pages.ts'
import { More } from '../parts/more.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useDeed } from '../parts/use-deed.tsx'
import { hrefOf } from '../place.ts'
import { TEXTS, timeText } from '../texts.ts'

export function AuditPage() {
  const [asked, setAsked] = useState<Asked>(ALL)
  const [found, setFound] = useState<AnswerOf<'POST /v1/audit/verify'> | null>(null)
  const { isBusy, told, act } = useDeed()
  const words = TEXTS.audit
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">{words.says}</p>
      <p className="does">
        <button
          type="button"
          className="button"
          disabled={isBusy}
          onClick={() => act(() => call('POST /v1/audit/verify'), verifiedText, setFound)}
        >
          {words.verify}
        </button>
        <a className="button" href="/v1/audit/export" download>
          {words.download}
        </a>
        <a className="button" href="/v1/audit/evidence" download>
          {words.evidence}
        </a>
      </p>
      <p className="quiet">{words.evidenceSays}</p>
      {found !== null && (
        <p className={found.problems.length > 0 ? 'alarm verified' : 'verified'}>{verifiedText(found)}</p>
      )}
      <Search ask={setAsked} />
      <Entries key={Object.values(asked).join('\n')} asked={asked} />
      {told}
    </>
  )
}

function verifiedText({ entries, problems }: AnswerOf<'POST /v1/audit/verify'>): string {
  return TEXTS.audit.verified(
    entries,
    problems.map(({ seq, says }) => `${seq}: ${visible(says)}`),
  )
}

interface Asked {
  readonly actor: string
  readonly action: string
  readonly subject: string
}
const ALL: Asked = { actor: '', action: '', subject: '' }

/** By who, what and over what, each in full. */
function Search({ ask }: { readonly ask: (asked: Asked) => void }) {
  const words = TEXTS.audit
  const [asked, setAsked] = useState(ALL)
  const fields = [
    ['actor', words.who],
    ['action', words.what],
    ['subject', words.subject],
  ] as const
  return (
    <form
      className="filters"
      role="search"
      onSubmit={(event) => {
        event.preventDefault()
        ask({ ...asked, action: asked.action.trim() })
      }}
    >
      {fields.map(([field, name]) => (
        <label key={field}>
          <span>{name}</span>
          <input
            value={asked[field]}
            maxLength={field === 'action' ? 100 : 400}
            autoComplete="off"
            onChange={(event) => setAsked({ ...asked, [field]: event.target.value })}
          />
        </label>
      ))}
      <button type="submit" className="button">
        {words.search}
      </button>
    </form>
  )
}

/** A record that was looked at, or a window, leads to where it is shown. */
function Subject({ action, of }: { readonly action: string; readonly of: string }) {
  const name = visible(of)
  if (action === 'sample.opened') return <a href={hrefOf({ page: 'queue', record: of })}>{name}</a>
  if (action.startsWith('window.')) return <a href={hrefOf({ page: 'windows', of })}>{name}</a>
  if (action === 'letter.opened') return <a href={hrefOf({ page: 'letters', of })}>{name}</a>
  return name
}

/** What else an entry says, in words. Of a digest its beginning: the download has it in full. */
function detailText(name: string, value: string | number | boolean | null): string {
  const words = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
  if (typeof value === 'boolean') return `${words}: ${value ? TEXTS.audit.yes : TEXTS.audit.no}`
  if (typeof value === 'number') return `${words}: ${count(value)}`
  return `${words}: ${DIGEST.test(value ?? '') ? `${value?.slice(0, 12)}…` : value}`
}
const DIGEST = /^[\da-f]{40,}$/

function Entries({ asked }: { readonly asked: Asked }) {
  const words = TEXTS.audit
  const { fetched, again, more } = usePages((cursor) => call('GET /v1/audit', { query: { ...asked, cursor } }))
  return (
    <Answered of={fetched} again={again} lines={10}>
      {({ items, next }) => (
        <>
          <Table
            head={['#', words.at, words.who, words.what, words.subject, words.detail]}
            text={6}
            rows={items.map(({ seq, at, actor, action, subject, detail }) => [
              seq,
              timeText(at),
              visible(actor),
              <code key="action">{action}</code>,
              <Subject key="subject" action={action} of={subject} />,
              visible(
                Object.entries(detail)
                  .map(([name, value]) => detailText(name, value))
                  .join(', '),
              ),
            ])}
            none={words.none}
          />
          <More next={next} more={more} />
        </>
      )}
    </Answered>
  )
}
