import { useEffect, useRef } from 'react'
import { visible } from '#present/text.ts'
import type { Session } from '../api/client.ts'
import { hrefOf, PAGES, type PageName, type Place } from '../place.ts'
import { TEXTS } from '../texts.ts'
import { useTheme } from './theme.ts'

export function Mark() {
  return (
    <svg viewBox="0 0 24 24" aria-hidden="true">
      <path d="M4 4h16c0 6-3 10-7 10.8V19h4v2H7v-2h4v-4.2C7 14 4 10 4 4z" />
    </svg>
  )
}

interface Props {
  readonly session: Session
  readonly place: Place
  readonly may: (page: PageName) => boolean
  readonly signOut: () => void
}

export function Masthead({ session, place, may, signOut }: Props) {
  const { isDark, turn } = useTheme()
  const nav = useRef<HTMLElement>(null)
  useEffect(() => {
    // on a phone the pages are wider than it; elsewhere to ask would lay out the whole page before it is there
    if (!matchMedia('(width < 80rem)').matches) return
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'nearest' })
  }, [place.page])
  return (
    <header className="masthead">
      <a className="brand" href={hrefOf({ page: 'queue' })}>
        <Mark />
        <span>{TEXTS.product}</span>
      </a>
      <nav ref={nav} aria-label={TEXTS.mainNavigation}>
        {PAGES.filter(may).map((page) => (
          <a
            key={page}
            href={hrefOf({ page })}
            data-name={TEXTS.pages[page]}
            aria-current={page === place.page ? 'page' : undefined}
          >
            {TEXTS.pages[page]}
          </a>
        ))}
      </nav>
      <span className="person">{visible(session.person)}</span>
      <button
        type="button"
        className="button small"
        onClick={turn}
        aria-label={isDark ? TEXTS.theme.toLight : TEXTS.theme.toDark}
      >
        {isDark ? TEXTS.theme.light : TEXTS.theme.dark}
      </button>
      <button type="button" className="button small" onClick={signOut}>
        {TEXTS.signIn.out}
      </button>
    </header>
  )
}
