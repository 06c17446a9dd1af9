import { useEffect, useState } from 'react'
import type { Refusal } from './api/client.ts'
import { Mark } from './parts/masthead.tsx'
import { useTitle } from './parts/use-title.ts'
import { TEXTS } from './texts.ts'

const OPENID = '/sign-in/openid'

interface Props {
  /** Null where it is known that nobody is signed in. */
  readonly refusal: Refusal | null
  /** Whether a session ended in the middle of its work. */
  readonly isOver?: boolean
  readonly again: () => void
}

/** What whoever is not signed in sees: how to, or that nothing answers. */
export function SignIn({ refusal, isOver = false, again }: Props) {
  const isStranger = refusal === null || refusal.problem.reason === 'not_signed_in'
  const hasOpenid = useOpenid(isStranger)
  const heading = isStranger ? TEXTS.signIn.title : TEXTS.signIn.unreachable
  useTitle(heading)
  return (
    <main className="sign-in">
      <p className="brand">
        <Mark /> {TEXTS.product}
      </p>
      <h1>{heading}</h1>
      {isStranger ? (
        <>
          <p className="lede">{isOver ? TEXTS.signIn.over : TEXTS.signIn.lede}</p>
          {hasOpenid === true && (
            <a className="button primary" href={OPENID}>
              {TEXTS.signIn.byOpenid}
            </a>
          )}
          {hasOpenid === false && <p className="panel">{TEXTS.signIn.byLink}</p>}
        </>
      ) : (
        <>
          <p className="alarm" role="alert">
            {refusal.problem.detail}
          </p>
          <button type="button" className="button primary" onClick={again}>
            {TEXTS.again}
          </button>
        </>
      )}
    </main>
  )
}

/** Whether this console has a provider to sign in at; null until that is known. HEAD begins no sign-in: where there is the door, it is refused. */
function useOpenid(isAsked: boolean): boolean | null {
  const [has, setHas] = useState<boolean | null>(null)
  useEffect(() => {
    if (!isAsked) return
    fetch(OPENID, { method: 'HEAD' })
      .then(({ status }) => setHas(status === 405))
      .catch(() => setHas(false))
  }, [isAsked])
  return has
}
