import { useState } from 'react'
import { count, visible } from '#present/text.ts'
import { call } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { Dialog } from '../parts/dialog.tsx'
import { DialogFooter, Field, namesOf, TextField } from '../parts/fields.tsx'
import { Answered } from '../parts/states.tsx'
import { Table } from '../parts/table.tsx'
import type { Act } from '../parts/use-deed.tsx'
import { TEXTS, timeText } from '../texts.ts'
import { SettingsPart } from './settings-part.tsx'

/** Who is told of what happens. */
export function Webhooks({ act }: { readonly act: Act }) {
  const words = TEXTS.settings
  const [round, setRound] = useState(0)
  const [isMaking, setMaking] = useState(false)
  const [secret, setSecret] = useState<string | null>(null)
  const [opened, setOpened] = useState<{ readonly id: string; readonly url: string } | null>(null)
  const changed = () => setRound((n) => n + 1)
  const { fetched, again } = useAnswer((signal) => call('GET /v1/webhooks', { signal }), `webhooks ${round}`)
  return (
    <SettingsPart
      title={words.webhooks}
      says={words.webhooksSay}
      make={{ text: words.makeWebhook, open: () => setMaking(true) }}
      secret={secret === null ? null : { value: secret, hide: () => setSecret(null) }}
    >
      <Answered of={fetched} again={again} lines={1}>
        {({ items }) => (
          <Table
            head={[words.address, words.actions, words.madeBy, words.failing, words.told, words.end]}
            text={4}
            rows={items.map((of) => [
              visible(of.url),
              visible(of.actions.join(', ')),
              visible(of.by),
              of.failing === null ? '–' : visible(of.failing),
              count(of.told),
              <span key="does" className="does">
                <button
                  type="button"
                  className="button small"
                  onClick={() =>
                    act(
                      () => call('POST /v1/webhooks/{webhook}/test', { params: { webhook: of.id } }),
                      ({ says }) => visible(says),
                      changed,
                    )
                  }
                >
                  {words.test}
                </button>
                <button type="button" className="button small" onClick={() => setOpened(of)}>
                  {words.letters}
                </button>
                <button
                  type="button"
                  className="button small"
                  onClick={() =>
                    act(
                      () => call('DELETE /v1/webhooks/{webhook}', { params: { webhook: of.id } }),
                      () => words.removed,
                      changed,
                    )
                  }
                >
                  {words.remove}
                </button>
              </span>,
            ])}
            none={words.noWebhooks}
          />
        )}
      </Answered>
      {opened !== null && <Letters key={opened.id} of={opened} act={act} close={() => setOpened(null)} />}
      {isMaking && (
        <WebhookDialog
          close={() => setMaking(false)}
          make={(url, actions) => {
            setMaking(false)
            act(
              () => call('POST /v1/webhooks', { body: { url, actions } }),
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

interface LettersProps {
  readonly of: { readonly id: string; readonly url: string }
  readonly act: Act
  readonly close: () => void
}

/** What an address would not take, to be sent again. */
function Letters({ of: { id, url }, act, close }: LettersProps) {
  const words = TEXTS.settings
  const [round, setRound] = useState(0)
  const { fetched, again } = useAnswer(
    (signal) => call('GET /v1/webhooks/{webhook}/dead-letters', { params: { webhook: id }, signal }),
    `${id} ${round}`,
  )
  return (
    <section className="panel opened" aria-label={words.lettersOf(visible(url))}>
      <h3>{words.lettersOf(visible(url))}</h3>
      <Answered of={fetched} again={again}>
        {({ items }) => (
          <Table
            head={[words.entry, words.because, words.at, words.again]}
            text={4}
            rows={items.map(({ seq, reason, at }) => [
              seq,
              visible(reason),
              timeText(at),
              <button
                key="again"
                type="button"
                className="button small"
                onClick={() =>
                  act(
                    () =>
                      call('POST /v1/webhooks/{webhook}/dead-letters/{seq}/redeliver', {
                        params: { webhook: id, seq: String(seq) },
                      }),
                    ({ says }) => visible(says),
                    () => setRound((n) => n + 1),
                  )
                }
              >
                {words.again}
              </button>,
            ])}
            none={words.noLetters}
          />
        )}
      </Answered>
      <p className="does">
        <button type="button" className="button small" onClick={close}>
          {TEXTS.actions.close}
        </button>
      </p>
    </section>
  )
}

interface DialogProps {
  readonly close: () => void
  readonly make: (url: string, actions: string[]) => void
}

function WebhookDialog({ close, make }: DialogProps) {
  const words = TEXTS.settings
  const [url, setUrl] = useState('')
  const [actions, setActions] = useState('window.* review.*')
  const all = namesOf(actions)
  return (
    <Dialog title={words.makeWebhook} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          make(url, all)
        }}
      >
        <Field name={words.address}>
          <input type="url" required value={url} maxLength={2000} onChange={(event) => setUrl(event.target.value)} />
        </Field>
        <TextField name={words.actions} value={actions} change={setActions} />
        <DialogFooter close={close} act={words.make} disabled={all.length === 0} />
      </form>
    </Dialog>
  )
}
