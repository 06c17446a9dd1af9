import { useEffect, useRef, useState, type ReactNode } from 'react'
import { visible } from '#present/text.ts'
import type { HeldRecord } from '../api/client.ts'
import { TEXTS } from '../texts.ts'

export interface Asking {
  readonly what: 'release' | 'reject' | 'note' | 'assign'
  readonly row: HeldRecord
}

/** What was last given for each action: the next record takes it with Return. */
const given = new Map<Asking['what'], string>()

interface AskProps {
  readonly asking: Asking
  readonly person: string
  readonly close: () => void
  readonly answer: (text: string) => void
}

/** Asks for the one line that an action takes. */
export function AskDialog({ asking: { what, row }, person, close, answer }: AskProps) {
  const words = TEXTS.ask[what]
  const isDecision = what === 'release' || what === 'reject'
  const [text, setText] = useState(what === 'assign' ? person : isDecision ? (given.get(what) ?? '') : '')
  const field = useRef<HTMLInputElement>(null)
  useEffect(() => field.current?.select(), [])
  const isWhole = what === 'assign' || text.trim() !== ''
  return (
    <Dialog title={words.title} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!isWhole) return
          if (isDecision) given.set(what, text.trim())
          answer(text.trim())
        }}
      >
        <p className="quiet">
          <code>{visible(row.record)}</code>
        </p>
        <p>{words.says}</p>
        <label>
          <span>{words.field}</span>
          <input
            ref={field}
            value={text}
            maxLength={isDecision ? 2000 : what === 'assign' ? 200 : 10_000}
            onChange={(event) => setText(event.target.value)}
            autoComplete="off"
          />
        </label>
        {isDecision && <p className="quiet">{TEXTS.ask.signed}</p>}
        <footer>
          <button type="button" className="button" onClick={close}>
            {TEXTS.actions.cancel}
          </button>
          <button type="submit" className={`button primary ${what}`} disabled={!isWhole}>
            {words.act}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}

export function HelpDialog({ close }: { readonly close: () => void }) {
  return (
    <Dialog title={TEXTS.actions.help} close={close}>
      <dl className="key-list">
        {TEXTS.keys.map(([key, means]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{means}</dd>
          </div>
        ))}
      </dl>
      <footer>
        <button type="button" className="button" onClick={close}>
          {TEXTS.actions.close}
        </button>
      </footer>
    </Dialog>
  )
}

/** The browser's own modal: it keeps the focus, and Escape closes it. */
function Dialog(props: { readonly title: string; readonly close: () => void; readonly children: ReactNode }) {
  const { title, close, children } = props
  const element = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const dialog = element.current
    dialog?.showModal()
    return () => dialog?.close()
  }, [])
  return (
    <dialog ref={element} aria-labelledby="dialog-title" onCancel={close}>
      <h2 id="dialog-title">{title}</h2>
      {children}
    </dialog>
  )
}
