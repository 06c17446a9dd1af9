import { useCallback, useEffect, useState } from 'react'
import { datasetsWith, type Permission } from '#console/api/roles.ts'
import { call, carryToken, SIGNED_OUT, type Session } from './api/client.ts'
import { useAnswer } from './api/use-answer.ts'
import { PAGE_PARTS } from './page-parts.ts'
import { Masthead } from './parts/masthead.tsx'
import { Skeleton } from './parts/states.tsx'
import { useTitle } from './parts/use-title.ts'
import { usePlace, type PageName } from './place.ts'
import { SignIn } from './sign-in.tsx'
import { TEXTS } from './texts.ts'

/** What each page asks for; a page that one may not see is not offered. */
const NEEDS: Readonly<Record<PageName, Permission | null>> = {
  queue: 'view',
  opinions: 'record.decide',
  clients: 'view',
  overview: 'view',
  windows: 'view',
  letters: 'view',
  recalls: 'record.decide',
  keys: 'keys.view',
  audit: 'audit.view',
  settings: null,
}

/** What a role that is limited to some records has something to show of; the others are over whole datasets. */
const OF_RECORDS: readonly PageName[] = ['queue', 'opinions']

export function App() {
  const { fetched, again } = useAnswer(async (signal) => {
    const session = await call('GET /v1/session', { signal })
    carryToken(session.csrf)
    return session
  }, 'session')
  if (fetched.state === 'loading') return <Skeleton lines={6} />
  if (fetched.state === 'refused') return <SignIn refusal={fetched.refusal} again={again} />
  return <SignedIn session={fetched.value} />
}

function SignedIn({ session }: { readonly session: Session }) {
  const place = usePlace()
  const [out, setOut] = useState<'left' | 'over' | null>(null)
  const signOut = useCallback(() => {
    void call('DELETE /v1/session').finally(() => setOut('left'))
  }, [])
  useEffect(() => {
    const over = () => setOut((out) => out ?? 'over')
    addEventListener(SIGNED_OUT, over)
    return () => removeEventListener(SIGNED_OUT, over)
  }, [])
  const may = (page: PageName) => {
    const needs = NEEDS[page]
    if (needs === null) return true
    if (page === 'clients') return session.federations.length > 0
    if (OF_RECORDS.includes(page)) return session.permissions.includes(needs)
    return datasetsWith(session.grants, needs)?.length !== 0
  }
  if (out !== null) return <SignIn refusal={null} isOver={out === 'over'} again={() => location.reload()} />
  return (
    <>
      <a className="skip" href="#main" onClick={skip}>
        {TEXTS.skip}
      </a>
      <Masthead session={session} place={place} may={may} signOut={signOut} />
      <main id="main" tabIndex={-1} className={`page ${place.page}`}>
        <Page session={session} page={may(place.page) ? place.page : 'queue'} />
      </main>
    </>
  )
}

function Page({ session, page }: { readonly session: Session; readonly page: PageName }) {
  const Part = PAGE_PARTS[page]
  useTitle(TEXTS.pages[page])
  return <Part key={page} session={session} />
}

/** The place stands behind `#` already: the page is reached without an address. */
function skip(event: { preventDefault(): void }): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}
