import { useState } from 'react'
import type { Role } from '#console/api/roles.ts'
import { visible } from '#present/text.ts'
import { call, type AnswerOf, type Session } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Dialog } from '../parts/dialog.tsx'
import { datasetsOf, DialogFooter, NumberField, RoleFields, TextField, type Over } from '../parts/fields.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import type { Act } from '../parts/use-deed.tsx'
import { TEXTS, timeText } from '../texts.ts'
import { grantText } from './grant-text.ts'
import { SettingsPart } from './settings-part.tsx'

type Elevation = AnswerOf<'GET /v1/elevations'>['items'][number]
type Move = 'grant' | 'refuse' | 'end'

/** Roles for a while: asked for here, granted by another person, and ended before their time. */
export function Elevations({ session, act }: { readonly session: Session; readonly act: Act }) {
  const words = TEXTS.settings
  const [round, setRound] = useState(0)
  const [isAsking, setAsking] = useState(false)
  const changed = () => setRound((n) => n + 1)
  const { fetched, again } = useAnswer((signal) => call('GET /v1/elevations', { signal }), `elevations ${round}`)
  const move = (of: Elevation, what: Move) =>
    act(
      () => call(`POST /v1/elevations/{elevation}/${what}`, { params: { elevation: of.id } }),
      () => words.moved[what],
      changed,
    )
  return (
    <SettingsPart
      title={words.elevations}
      says={words.elevationsSay}
      make={{ text: words.askRole, open: () => setAsking(true) }}
    >
      <Answered of={fetched} again={again} lines={1}>
        {({ items }) => (
          <Table
            head={[words.person, words.role, words.why, words.asked, words.state, words.until, words.end]}
            text={7}
            rows={items.map((of) => [
              visible(of.person),
              grantText(of),
              visible(of.reason),
              timeText(of.at),
              of.decidedBy === null
                ? words.states[of.state]
                : words.stateBy(words.states[of.state], visible(of.decidedBy)),
              of.expiresAt === null ? words.minutes(of.minutes) : timeText(of.expiresAt),
              <Moves key="moves" of={of} session={session} move={move} />,
            ])}
            none={words.noElevations}
          />
        )}
      </Answered>
      {isAsking && (
        <AskDialog
          close={() => setAsking(false)}
          ask={(body) => {
            setAsking(false)
            act(
              () => call('POST /v1/elevations', { body }),
              () => words.roleAsked,
              changed,
            )
          }}
        />
      )}
    </SettingsPart>
  )
}

interface MovesProps {
  readonly of: Elevation
  readonly session: Session
  readonly move: (of: Elevation, what: Move) => void
}

/** What this person may do about a request now. */
function Moves({ of, session, move }: MovesProps) {
  const words = TEXTS.settings
  const manages = session.permissions.includes('people.manage')
  const isOwn = of.person === session.person
  const may: Move[] = []
  if (of.state === 'asked' && manages && !isOwn) may.push('grant')
  if (of.state === 'asked' && (manages || isOwn)) may.push('refuse')
  if (of.state === 'granted' && (manages || isOwn)) may.push('end')
  return (
    <span className="does">
      {may.map((what) => (
        <button key={what} type="button" className="button small" onClick={() => move(of, what)}>
          {what === 'refuse' && isOwn ? TEXTS.bulk.takeBack : words.moves[what]}
        </button>
      ))}
    </span>
  )
}

interface Asked {
  readonly role: Role
  readonly datasets: string[] | null
  readonly reason: string
  readonly minutes: number
}

function AskDialog({ close, ask }: { readonly close: () => void; readonly ask: (asked: Asked) => void }) {
  const words = TEXTS.settings
  const [over, setOver] = useState<Over>({ role: 'reviewer', datasets: '' })
  const [reason, setReason] = useState('')
  const [minutes, setMinutes] = useState(60)
  return (
    <Dialog title={words.askRole} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (reason.trim() !== '') ask({ role: over.role, datasets: datasetsOf(over), reason: reason.trim(), minutes })
        }}
      >
        <RoleFields over={over} change={setOver} />
        <TextField name={words.why} value={reason} change={setReason} longest={1000} />
        <NumberField name={words.forMinutes} value={minutes} change={setMinutes} least={5} most={480} />
        <DialogFooter close={close} act={words.ask} disabled={reason.trim() === ''} />
      </form>
    </Dialog>
  )
}
