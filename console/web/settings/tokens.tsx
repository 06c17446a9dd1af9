import { useState } from 'react'
import { ROLES, type Role } from '#console/api/roles.ts'
import { visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Dialog } from '../parts/dialog.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import type { Act } from '../parts/use-deed.tsx'
import { TEXTS, timeText } from '../texts.ts'
import { grantText } from './grant-text.ts'
import { Secret } from './secret.tsx'

/** Service tokens: made here with a secret that is shown once, and ended. */
export function Tokens({ act }: { readonly act: Act }) {
  const words = TEXTS.settings
  const [round, setRound] = useState(0)
  const [isMaking, setMaking] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const changed = () => setRound((n) => n + 1)
  const { fetched, again } = useAnswer((signal) => call('GET /v1/tokens', { signal }), `tokens ${round}`)
  return (
    <section>
      <h2>{words.tokens}</h2>
      <p className="quiet">{words.tokensSay}</p>
      <p className="does">
        <button type="button" className="button" onClick={() => setMaking(true)}>
          {words.makeToken}
        </button>
      </p>
      {secret !== null && <Secret secret={secret} hide={() => setSecret(null)} />}
      <Answered of={fetched} again={again} lines={1}>
        {({ items }) => (
          <Table
            head={[words.name, words.may, words.madeBy, words.expires, words.seen, words.end]}
            text={6}
            rows={items.map((of) => [
              visible(of.name),
              of.grants.map(grantText).join('; '),
              visible(of.madeBy),
              timeText(of.expiresAt),
              of.seenAt === null ? '–' : timeText(of.seenAt),
              of.revokedAt === null ? (
                <button
                  key="end"
                  type="button"
                  className="button small"
                  aria-label={words.endOf(visible(of.name), timeText(of.madeAt))}
                  onClick={() =>
                    act(
                      () => call('DELETE /v1/tokens/{id}', { params: { id: of.id } }),
                      () => words.revoked,
                      changed,
                    )
                  }
                >
                  {words.end}
                </button>
              ) : (
                timeText(of.revokedAt)
              ),
            ])}
            none={words.noTokens}
          />
        )}
      </Answered>
      {isMaking && (
        <TokenDialog
          close={() => setMaking(false)}
          make={(name, role, datasets, days) => {
            setMaking(false)
            act(
              () => call('POST /v1/tokens', { body: { name, grants: [{ role, datasets }], days } }),
              () => words.made,
              (made) => {
                setSecret(made.secret)
                changed()
              },
            )
          }}
        />
      )}
    </section>
  )
}

interface DialogProps {
  readonly close: () => void
  readonly make: (name: string, role: Role, datasets: string[] | null, days: number) => void
}

function TokenDialog({ close, make }: DialogProps) {
  const words = TEXTS.settings
  const [name, setName] = useState('')
  const [role, setRole] = useState<Role>('viewer')
  const [datasets, setDatasets] = useState('')
  const [days, setDays] = useState(90)
  const over = datasets.split(/[\s,]+/).filter((dataset) => dataset !== '')
  return (
    <Dialog title={words.makeToken} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') make(name.trim(), role, over.length === 0 ? null : over, days)
        }}
      >
        <label>
          <span>{words.name}</span>
          <input value={name} maxLength={200} autoComplete="off" onChange={(event) => setName(event.target.value)} />
        </label>
        <label>
          <span>{words.role}</span>
          <select
            value={role}
            onChange={(event) => setRole(ROLES.find((known) => known === event.target.value) ?? 'viewer')}
          >
            {ROLES.map((known) => (
              <option key={known} value={known}>
                {known}
              </option>
            ))}
          </select>
        </label>
        <label>
          <span>{words.datasets}</span>
          <input value={datasets} autoComplete="off" onChange={(event) => setDatasets(event.target.value)} />
        </label>
        <label>
          <span>{words.days}</span>
          <input
            type="number"
            min={1}
            max={366}
            required
            value={days}
            onChange={(event) => setDays(event.target.valueAsNumber)}
          />
        </label>
        <footer>
          <button type="button" className="button" onClick={close}>
            {TEXTS.actions.cancel}
          </button>
          <button type="submit" className="button primary" disabled={name.trim() === ''}>
            {words.make}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
