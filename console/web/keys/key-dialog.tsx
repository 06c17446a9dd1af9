import { useState } from 'react'
import { visible } from '#present/text.ts'
import type { AnswerOf } from '../api/client.ts'
import { Dialog } from '../parts/dialog.tsx'
import { DialogFooter } from '../parts/fields.tsx'
import { TEXTS } from '../texts.ts'

type Version = AnswerOf<'GET /v1/keys'>['versions'][number]
export type KeyAsking =
  | { readonly what: 'rotate' }
  | { readonly what: 'rewrap' }
  | { readonly what: 'retire'; readonly provider: Version['provider']; readonly version: string }

interface Props {
  readonly asking: KeyAsking
  readonly close: () => void
  readonly answer: (newEpochs: boolean) => void
}

/** Says what will be done to keys before it is. */
export function KeyDialog({ asking, close, answer }: Props) {
  const [newEpochs, setNewEpochs] = useState(false)
  const words = TEXTS.keysPage
  return (
    <Dialog title={words[asking.what]} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          answer(newEpochs)
        }}
      >
        {asking.what === 'retire' && (
          <p className="quiet">
            {asking.provider} <code>{visible(asking.version)}</code>
          </p>
        )}
        <p>{words.does[asking.what]}</p>
        {asking.what === 'rotate' && (
          <label className="check">
            <input type="checkbox" checked={newEpochs} onChange={(event) => setNewEpochs(event.target.checked)} />
            {words.newEpochs}
          </label>
        )}
        <DialogFooter close={close} act={words.act[asking.what]} />
      </form>
    </Dialog>
  )
}
