import { useCallback, useEffect, useState } from 'react'
import type { Permission } from '#console/api/roles.ts'
import { call, carryToken, SIGNED_OUT, type Session } from './api/client.ts'
import { useAnswer } from './api/use-answer.ts'
import { OverviewPage } from './overview/overview-page.tsx'
import { Masthead } from './parts/masthead.tsx'
import { Skeleton } from './parts/states.tsx'
import { usePlace, type PageName } from './place.ts'
import { QueuePage } from './queue/queue-page.tsx'
import { SignIn } from './sign-in.tsx'
import { AuditPage } from './tables/audit-page.tsx'
import { KeysPage } from './tables/keys-page.tsx'
import { WindowsPage } from './tables/windows-page.tsx'
import { TEXTS } from './texts.ts'

/** What each page asks for; a page that one may not see is not offered. */
const NEEDS: Readonly<Record<PageName, Permission>> = {
  queue: 'view',
  overview: 'view',
  windows: 'view',
  keys: 'keys.view',
  audit: 'audit.view',
}

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
  const may = (page: PageName) => session.permissions.includes(NEEDS[page])
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
  if (page === 'overview') return <OverviewPage />
  if (page === 'windows') return <WindowsPage />
  if (page === 'keys') return <KeysPage />
  if (page === 'audit') return <AuditPage />
  return <QueuePage session={session} />
}

/** The place stands behind `#` already: the page is reached without an address. */
function skip(event: { preventDefault(): void }): void {
  event.preventDefault()
  document.getElementById('main')?.focus()
}
