import { visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { usePages } from '../api/use-pages.ts'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useDeed } from '../parts/use-deed.tsx'
import { TEXTS, timeText } from '../texts.ts'

export function AuditPage() {
  const { fetched, again, more } = usePages((cursor) => call('GET /v1/audit', { query: { cursor } }))
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
          onClick={() =>
            act(
              () => call('POST /v1/audit/verify'),
              ({ entries, problems }) =>
                words.verified(
                  entries,
                  problems.map(({ seq, says }) => `${seq}: ${visible(says)}`),
                ),
            )
          }
        >
          {words.verify}
        </button>
        <a className="button" href="/v1/audit/export" download>
          {words.download}
        </a>
      </p>
      <Answered of={fetched} again={again} lines={10}>
        {({ items, next }) => (
          <>
            <Table
              head={['#', words.at, words.who, words.what, words.subject]}
              text={5}
              rows={items.map(({ seq, at, actor, action, subject }) => [
                seq,
                timeText(at),
                visible(actor),
                <code key="action">{action}</code>,
                visible(subject),
              ])}
              none=""
            />
            {next !== null && (
              <button type="button" className="more" onClick={more}>
                {words.more}
              </button>
            )}
          </>
        )}
      </Answered>
      {told}
    </>
  )
}
