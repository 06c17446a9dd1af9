import { useState } from 'react'
import { visible } from '#present/text.ts'
import { Dialog } from '../parts/dialog.tsx'
import { DialogFooter, TextField } from '../parts/fields.tsx'
import { CLIENT_TEXTS } from '../texts-clients.ts'

interface Props {
  readonly client: string
  readonly close: () => void
  readonly answer: (reason: string) => void
}

/** Says what it means to let a client be, and asks why. */
export function ClearDialog({ client, close, answer }: Props) {
  const [reason, setReason] = useState('')
  const words = CLIENT_TEXTS.clear
  return (
    <Dialog title={words.title(visible(client))} close={close}>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          if (reason.trim() !== '') answer(reason.trim())
        }}
      >
        <p>{words.says}</p>
        <TextField name={CLIENT_TEXTS.why} value={reason} change={setReason} longest={2000} />
        <p className="quiet">{words.audited}</p>
        <DialogFooter close={close} act={words.open} disabled={reason.trim() === ''} />
      </form>
    </Dialog>
  )
}
