import { useEffect, useRef, useState } from 'react'
import { visible } from '#present/text.ts'
import type { HeldRecord } from '../api/client.ts'
import { Dialog } from '../parts/dialog.tsx'
import { CloseFooter } from '../parts/fields.tsx'
import { TEXTS } from '../texts.ts'
import { LabelField } from './label-field.tsx'
import { DECISION_ACTIONS, type DecisionAction } from './use-decisions.ts'

export interface Asking {
  readonly what: DecisionAction | 'note' | 'assign'
  readonly row: HeldRecord
}

/** Whether it decides over the record. */
export function isDecision(what: Asking['what']): what is DecisionAction {
  return DECISION_ACTIONS.some((action) => action === what)
}

/** What was last given for each action: the next record takes it with Return. */
const given = new Map<Asking['what'], string>()

interface AskProps {
  readonly asking: Asking
  readonly person: string
  readonly close: () => void
  /** `label` is there for what relabels. */
  readonly answer: (text: string, label?: string) => void
}

/** Asks for the one line that an action takes; to relabel takes the label too. */
export function AskDialog({ asking: { what, row }, person, close, answer }: AskProps) {
  const words = TEXTS.ask[what]
  const decides = isDecision(what)
  const [text, setText] = useState(what === 'assign' ? person : decides ? (given.get(what) ?? '') : '')
  const [label, setLabel] = useState('')
  const field = useRef<HTMLInputElement>(null)
  const relabels = what === 'relabel'
  useEffect(() => {
    if (!relabels) field.current?.select()
  }, [relabels])
  const mayBeEmpty = what === 'assign'
  const isWhole = (mayBeEmpty || text.trim() !== '') && (!relabels || label !== '')
  return (
    <Dialog title={words.title} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (!isWhole) return
          if (decides) given.set(what, text.trim())
          answer(text.trim(), relabels ? label : undefined)
        }}
      >
        <p className="quiet">
          <code>{visible(row.record)}</code>
        </p>
        <p>{words.says}</p>
        {relabels && <LabelField value={label} change={setLabel} except={row.label} dataset={row.dataset} />}
        <label>
          <span>{words.field}</span>
          <input
            ref={field}
            value={text}
            maxLength={decides ? 2000 : what === 'assign' ? 200 : 10_000}
            onChange={(event) => setText(event.target.value)}
            autoComplete="off"
          />
        </label>
        {decides && <p className="quiet">{TEXTS.ask.signed}</p>}
        <footer>
          <button type="button" className="button" onClick={close}>
            {TEXTS.actions.cancel}
          </button>
          <button
            type="submit"
            className={`button primary ${what === 'relabel' ? 'reject' : what}`}
            disabled={!isWhole}
          >
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
      <CloseFooter close={close} />
    </Dialog>
  )
}
