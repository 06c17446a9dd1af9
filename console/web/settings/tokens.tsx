import { useState } from 'react'
import type { Role } from '#console/api/roles.ts'
import { visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Dialog } from '../parts/dialog.tsx'
import { datasetsOf, DialogFooter, NumberField, RoleFields, TextField, type Over } from '../parts/fields.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import type { Act } from '../parts/use-deed.tsx'
import { TEXTS, timeText } from '../texts.ts'
import { grantsText } from './grant-text.ts'
import { SettingsPart } from './settings-part.tsx'

/** Service tokens: made here with a secret that is shown once, and ended. */
export function Tokens({ act }: { readonly act: Act }) {
  const words = TEXTS.settings
  const [round, setRound] = useState(0)
  const [isMaking, setMaking] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const changed = () => setRound((n) => n + 1)
  const { fetched, again } = useAnswer((signal) => call('GET /v1/tokens', { signal }), `tokens ${round}`)
  return (
    <SettingsPart
      title={words.tokens}
      says={words.tokensSay}
      make={{ text: words.makeToken, open: () => setMaking(true) }}
      secret={secret === null ? null : { value: secret, hide: () => setSecret(null) }}
    >
      <Answered of={fetched} again={again} lines={1}>
        {({ items }) => (
          <Table
            head={[words.name, words.may, words.madeBy, words.expires, words.seen, words.end]}
            text={6}
            rows={items.map((of) => [
              visible(of.name),
              grantsText(of.grants),
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
    </SettingsPart>
  )
}

interface DialogProps {
  readonly close: () => void
  readonly make: (name: string, role: Role, datasets: string[] | null, days: number) => void
}

function TokenDialog({ close, make }: DialogProps) {
  const words = TEXTS.settings
  const [name, setName] = useState('')
  const [over, setOver] = useState<Over>({ role: 'viewer', datasets: '' })
  const [days, setDays] = useState(90)
  return (
    <Dialog title={words.makeToken} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (name.trim() !== '') make(name.trim(), over.role, datasetsOf(over), days)
        }}
      >
        <TextField name={words.name} value={name} change={setName} longest={200} />
        <RoleFields over={over} change={setOver} />
        <NumberField name={words.days} value={days} change={setDays} least={1} most={366} />
        <DialogFooter close={close} act={words.make} disabled={name.trim() === ''} />
      </form>
    </Dialog>
  )
}
