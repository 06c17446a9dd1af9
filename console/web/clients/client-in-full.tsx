import { useState } from 'react'
import { permits } from '#console/api/roles.ts'
import { riskText, visible } from '#present/text.ts'
import { call, type Session } from '../api/client.ts'
import { usePages } from '../api/use-pages.ts'
import { More } from '../parts/more.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import type { Act } from '../parts/use-deed.tsx'
import { CLIENT_TEXTS } from '../texts-clients.ts'
import { ClearDialog } from './clear-dialog.tsx'

interface Props {
  /** `federation/client`, of which neither has a slash. */
  readonly of: string
  readonly grants: Session['grants']
  readonly isBusy: boolean
  readonly act: Act
  readonly changed: () => void
}

/** One client: what became of its updates, round by round, and the way to let it be. */
export function ClientInFull({ of, grants, isBusy, act, changed }: Props) {
  const words = CLIENT_TEXTS
  const [federation = '', client = ''] = of.split('/')
  const params = { federation, client }
  const [isAsking, setAsking] = useState(false)
  const { fetched, again, more } = usePages((cursor) =>
    call('GET /v1/federations/{federation}/clients/{client}', { params, query: { cursor } }),
  )
  const clear = (reason: string, ifMatch: string) => {
    setAsking(false)
    act(
      // refused because another round held it: that round is shown
      () =>
        call('POST /v1/federations/{federation}/clients/{client}/clear', {
          params,
          body: { reason },
          ifMatch,
        }).finally(changed),
      () => words.clear.done(client),
    )
  }
  return (
    <article className="panel opened" aria-label={words.one}>
      <Answered of={fetched} again={again} lines={5}>
        {({ items, next, held, etag }) => (
          <>
            <h2>{visible(client)}</h2>
            <p className="quiet">
              {visible(federation)} · {words.heldFor(held)}
            </p>
            <p className="quiet">{words.measures}</p>
            {held > 0 && permits(grants, 'record.decide', federation) && (
              <p className="does">
                <button type="button" className="button" disabled={isBusy} onClick={() => setAsking(true)}>
                  {words.clear.open}
                </button>
              </p>
            )}
            <Table
              head={[words.round, words.update, words.why, words.risk, words.deviations]}
              text={3}
              rows={items.map((row) => [
                words.nth(row.round),
                row.standing === 'cleared' ? words.cleared : words.rulings[row.ruling],
                row.why.length === 0 ? '–' : visible(row.why.join(' ')),
                ...measured(row),
              ])}
              none={words.none.held}
            />
            <More next={next} more={more} />
            {isAsking && (
              <ClearDialog client={client} close={() => setAsking(false)} answer={(reason) => clear(reason, etag)} />
            )}
          </>
        )}
      </Answered>
    </article>
  )
}

/** Risk and deviations as they are written; a masked update has neither. */
export function measured({ risk, deviations }: { readonly risk: number | null; readonly deviations: number }) {
  return [risk === null ? '–' : riskText(risk), deviations === 0 ? '–' : deviations.toFixed(1)]
}
