import { useId, useState } from 'react'
import { visible } from '#present/text.ts'
import type { HeldRecord } from '../api/client.ts'
import { Dialog } from '../parts/dialog.tsx'
import { TEXTS } from '../texts.ts'
import { LabelField } from './label-field.tsx'
import { DECISION_ACTIONS, type DecisionAction, type Right } from './use-decisions.ts'

interface Props {
  readonly row: HeldRecord
  readonly close: () => void
  readonly answer: (right: Right | null) => void
}

/** Asks what is right of a record, or that nothing is said of it any more. */
export function GoldDialog({ row, close, answer }: Props) {
  const words = TEXTS.ask.gold
  const [verdict, setVerdict] = useState<DecisionAction | null>('release')
  const [label, setLabel] = useState('')
  const name = useId()
  const relabels = verdict === 'relabel'
  const isWhole = !relabels || label !== ''
  return (
    <Dialog title={words.title} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (isWhole) answer(verdict === null ? null : { verdict, label: relabels ? label : null })
        }}
      >
        <p className="quiet">
          <code>{visible(row.record)}</code>
        </p>
        <p>{words.says}</p>
        <fieldset className="choices">
          <legend>{words.field}</legend>
          {[...DECISION_ACTIONS, null].map((of) => (
            <label key={of} className="check">
              <input
                type="radio"
                name={name}
                // oxlint-disable-next-line jsx-a11y/no-autofocus -- the dialog was asked for by a key, and this is what it asks
                autoFocus={of === 'release'}
                checked={verdict === of}
                onChange={() => setVerdict(of)}
              />
              <span>{of === null ? words.none : TEXTS.actions[of]}</span>
            </label>
          ))}
        </fieldset>
        {relabels && <LabelField value={label} change={setLabel} except={row.label} dataset={row.dataset} />}
        <footer>
          <button type="button" className="button" onClick={close}>
            {TEXTS.actions.cancel}
          </button>
          <button type="submit" className="button primary" disabled={!isWhole}>
            {words.act}
          </button>
        </footer>
      </form>
    </Dialog>
  )
}
