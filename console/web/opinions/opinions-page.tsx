import { useState } from 'react'
import type { Session } from '../api/client.ts'
import { useDeed } from '../parts/use-deed.tsx'
import { TEXTS } from '../texts.ts'
import { AgreementPart } from './agreement.tsx'
import { AskPart, SharePart } from './ask.tsx'
import { NextPart } from './next.tsx'

/** What people think before they know what others do: the next record, how far they agree, and what is asked for. */
export function OpinionsPage({ session }: { readonly session: Session }) {
  const [round, setRound] = useState(0)
  const { isBusy, told, act } = useDeed()
  const changed = () => setRound((n) => n + 1)
  const words = TEXTS.opinions
  const mayAnnotate = session.permissions.includes('record.annotate')
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">{words.says}</p>
      <NextPart session={session} round={round} isBusy={isBusy} act={act} changed={changed} />
      <AgreementPart round={round} />
      <div className="pair">
        <AskPart isBusy={isBusy} act={act} changed={changed} />
        {mayAnnotate && <SharePart isBusy={isBusy} act={act} />}
      </div>
      {told}
    </>
  )
}
