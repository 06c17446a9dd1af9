import type { ComponentType } from 'react'
import type { Session } from './api/client.ts'
import { fetchedPart, type FetchedPart } from './parts/fetched-part.tsx'
import type { PageName } from './place.ts'
import { TEXTS } from './texts.ts'

interface Props {
  readonly session: Session
}

const page = (name: PageName, get: () => Promise<ComponentType<Props>>) =>
  fetchedPart(get, { lines: 10, title: TEXTS.pages[name] })

/** Each page, in a file of its own: whoever comes to review fetches no page of keys. */
export const PAGE_PARTS: Readonly<Record<PageName, FetchedPart<Props>>> = {
  queue: page('queue', async () => (await import('./queue/queue-page.tsx')).QueuePage),
  opinions: page('opinions', async () => (await import('./opinions/opinions-page.tsx')).OpinionsPage),
  clients: page('clients', async () => (await import('./clients/clients-page.tsx')).ClientsPage),
  overview: page('overview', async () => (await import('./overview/overview-page.tsx')).OverviewPage),
  windows: page('windows', async () => (await import('./windows/windows-page.tsx')).WindowsPage),
  letters: page('letters', async () => (await import('./letters/letters-page.tsx')).LettersPage),
  recalls: page('recalls', async () => (await import('./recalls/recalls-page.tsx')).RecallsPage),
  keys: page('keys', async () => (await import('./keys/keys-page.tsx')).KeysPage),
  audit: page('audit', async () => (await import('./tables/audit-page.tsx')).AuditPage),
  settings: page('settings', async () => (await import('./settings/settings-page.tsx')).SettingsPage),
}
