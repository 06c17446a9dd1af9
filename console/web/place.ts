import { useSyncExternalStore } from 'react'
import { DIRECTIONS, SORTS } from '#console/api/closed-lists.ts'

export const PAGES = [
  'queue',
  'opinions',
  'clients',
  'overview',
  'windows',
  'letters',
  'recalls',
  'keys',
  'audit',
  'settings',
] as const
export type PageName = (typeof PAGES)[number]
export type Sort = (typeof SORTS)[number]
export type Direction = (typeof DIRECTIONS)[number]

/** Where the person is. It stands behind `#`, for names that came with the data must not be sent as an address. */
export interface Place {
  readonly page: PageName
  readonly q: string
  readonly record: string | null
  /** What is opened on a page of windows, dead letters, recalls or clients. */
  readonly of: string | null
  /** What a list of windows, dead letters or clients is narrowed to. */
  readonly dataset: string | null
  readonly reason: string | null
  readonly state: string | null
  /** What held records are listed by, and which way where it is not as usual. */
  readonly sort: Sort
  readonly direction: Direction | null
}

export const WAITING = 'standing:quarantined'

function placeOf(hash: string): Place {
  const [path = '', search = ''] = hash.replace(/^#\/?/, '').split('?')
  const params = new URLSearchParams(search)
  const page = PAGES.find((name) => name === path) ?? 'queue'
  return {
    page,
    q: params.get('q') ?? WAITING,
    record: params.get('record'),
    of: params.get('of'),
    dataset: params.get('dataset'),
    reason: params.get('reason'),
    state: params.get('state'),
    sort: SORTS.find((name) => name === params.get('sort')) ?? 'risk',
    direction: DIRECTIONS.find((name) => name === params.get('direction')) ?? null,
  }
}

interface To {
  readonly page: PageName
  readonly q?: string
  readonly record?: string | null
  readonly of?: string | null
  readonly dataset?: string | null
  readonly reason?: string | null
  readonly state?: string | null
  readonly sort?: Sort
  readonly direction?: Direction | null
}

export function hrefOf({ page, q, sort, ...others }: To): string {
  const params = new URLSearchParams()
  if (q !== undefined && q !== WAITING) params.set('q', q)
  if (sort !== undefined && sort !== 'risk') params.set('sort', sort)
  for (const [name, value] of Object.entries(others)) if (value != null) params.set(name, value)
  return params.size > 0 ? `#/${page}?${params}` : `#/${page}`
}

/** Goes there; `replace` leaves no step behind to come back to. */
export function go(to: To, replace = false): void {
  history[replace ? 'replaceState' : 'pushState'](null, '', hrefOf(to))
  dispatchEvent(new HashChangeEvent('hashchange'))
}

export function here(): Place {
  return placeOf(location.hash)
}

export function usePlace(): Place {
  return placeOf(useSyncExternalStore(listen, () => location.hash))
}

const KEPT = 'credence-place'

/** Keeps where the person is while they sign in elsewhere, and come back to the first page. */
export function keepPlace(): void {
  sessionStorage.setItem(KEPT, location.hash)
}

/** Goes back to what was kept, once; an address that says where it leads is left alone. */
export function returnToPlace(): void {
  const kept = sessionStorage.getItem(KEPT)
  sessionStorage.removeItem(KEPT)
  if (kept !== null && location.hash === '') history.replaceState(null, '', hrefOf(placeOf(kept)))
}

const listeners = new Set<() => void>()
const NAMES = ['hashchange', 'popstate']
function tell(): void {
  for (const changed of listeners) changed()
}

/** One listener for all: with one each, a page that is being left would be drawn at the new place before it goes. */
function listen(changed: () => void): () => void {
  if (listeners.size === 0) for (const name of NAMES) addEventListener(name, tell)
  listeners.add(changed)
  return () => {
    listeners.delete(changed)
    if (listeners.size === 0) for (const name of NAMES) removeEventListener(name, tell)
  }
}
