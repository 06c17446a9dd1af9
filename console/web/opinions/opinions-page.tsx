import { useState } from 'react'
import { call, type Session } from '../api/client.ts'
import { useAnswer } from '../api/use-answer.ts'
import { useLast } from '../api/use-last.ts'
import { useDeed } from '../parts/use-deed.tsx'
import { TEXTS } from '../texts.ts'
import { AgreementPart } from './agreement.tsx'
import { AskPart, SharePart } from './ask.tsx'
import { NextPart, type NextOpened } from './next.tsx'

/** What people think before they know what others do: the next record, how far they agree, and what is asked for. */
export function OpinionsPage({ session }: { readonly session: Session }) {
  const [round, setRound] = useState(0)
  const { isBusy, told, act } = useDeed()
  const changed = () => setRound((n) => n + 1)
  const words = TEXTS.opinions
  const mayAnnotate = session.permissions.includes('record.annotate')
  const mayOpen = session.permissions.includes('sample.open')
  const asked = useAnswer((signal) => nextOpened(mayOpen, signal), `next ${round}`)
  const agreed = useAnswer((signal) => call('GET /v1/opinions/agreement', { signal }), `agreement ${round}`)
  const agreement = useLast(agreed.fetched)
  const isNextThere = useLast(asked.fetched).state !== 'loading'
  // what stands below waits until what stands above has its height
  return (
    <>
      <h1>{words.title}</h1>
      <p className="lede">{words.says}</p>
      <NextPart session={session} of={asked.fetched} again={asked.again} isBusy={isBusy} act={act} changed={changed} />
      {isNextThere && <AgreementPart of={agreement} again={agreed.again} />}
      {isNextThere && agreement.state !== 'loading' && (
        <div className="pair">
          <AskPart isBusy={isBusy} act={act} changed={changed} />
          {mayAnnotate && <SharePart isBusy={isBusy} act={act} />}
        </div>
      )}
      {told}
    </>
  )
}

async function nextOpened(mayOpen: boolean, signal: AbortSignal): Promise<NextOpened> {
  const next = await call('GET /v1/opinions/next', { signal })
  if (next.record === null || !mayOpen) return { ...next, opened: null }
  const params = { record: next.record.key }
  return { ...next, opened: await call('GET /v1/records/{record}/sample', { params, signal }) }
}
