import { useState } from 'react'
import { count, visible } from '#present/text.ts'
import { call, type Session } from '../api/client.ts'
import { usePages } from '../api/use-pages.ts'
import { Choice } from '../parts/choice.tsx'
import { More } from '../parts/more.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import { useDeed } from '../parts/use-deed.tsx'
import { go, hrefOf, usePlace } from '../place.ts'
import { CLIENT_TEXTS } from '../texts-clients.ts'
import { ClientInFull, measured } from './client-in-full.tsx'

type Standing = keyof typeof CLIENT_TEXTS.standings
const STANDINGS = Object.keys(CLIENT_TEXTS.standings) as Standing[]

/** Clients of federations that are held, as records are in the queue: why, their rounds, and the way to let them be. */
export function ClientsPage({ session }: { readonly session: Session }) {
  const { of: opened, dataset: federation, state } = usePlace()
  const [round, setRound] = useState(0)
  const { isBusy, told, act } = useDeed()
  const standing = STANDINGS.find((known) => known === state) ?? 'held'
  const words = CLIENT_TEXTS
  const narrowed = { federation, standing }
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">{words.says}</p>
      {opened !== null && (
        <ClientInFull
          key={`${opened} ${round}`}
          of={opened}
          grants={session.grants}
          isBusy={isBusy}
          act={act}
          changed={() => setRound((n) => n + 1)}
        />
      )}
      <form className="filters" onSubmit={(event) => event.preventDefault()}>
        <Choice
          name={words.federation}
          value={federation ?? ''}
          change={(name) => go({ page: 'clients', dataset: name === '' ? null : name, state })}
          of={session.federations.map((name) => [name, name])}
        />
        <label>
          <span>{words.standing}</span>
          <select
            value={standing}
            onChange={(event) => go({ page: 'clients', dataset: federation, state: event.target.value })}
          >
            {STANDINGS.map((known) => (
              <option key={known} value={known}>
                {words.standings[known]}
              </option>
            ))}
          </select>
        </label>
      </form>
      <List key={`${federation}\n${standing}\n${round}`} of={narrowed} opened={opened} />
      {told}
    </>
  )
}

interface ListProps {
  readonly of: { readonly federation: string | null; readonly standing: Standing }
  readonly opened: string | null
}

function List({ of: { federation, standing }, opened }: ListProps) {
  const words = CLIENT_TEXTS
  const { fetched, again, more } = usePages((cursor) =>
    call('GET /v1/clients', { query: { federation: federation ?? undefined, standing, cursor } }),
  )
  return (
    <Answered of={fetched} again={again} lines={6}>
      {({ items, next }) => (
        <>
          <Table
            head={[words.client, words.federation, words.why, words.risk, words.deviations, words.last, words.rounds]}
            text={3}
            rows={items.map((row) => {
              const of = `${row.federation}/${row.client}`
              return [
                <a
                  key="client"
                  href={hrefOf({ page: 'clients', of, dataset: federation, state: standing })}
                  aria-current={of === opened ? 'true' : undefined}
                >
                  {visible(row.client)}
                </a>,
                visible(row.federation),
                visible([...row.why, ...(row.alike.length > 0 ? [words.alike(row.alike)] : [])].join(' ')),
                ...measured(row),
                count(row.round),
                count(row.rounds),
              ]
            })}
            none={words.none[standing]}
          />
          <More next={next} more={more} />
        </>
      )}
    </Answered>
  )
}
