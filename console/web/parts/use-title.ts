import { useLayoutEffect } from 'react'
import { TEXTS } from '../texts.ts'

/** Names the document after what it shows: tabs, the history and screen readers tell pages apart by that (WCAG 2.4.2). */
export function useTitle(heading: string): void {
  useLayoutEffect(() => {
    document.title = `${heading} · ${TEXTS.product}`
  }, [heading])
}
