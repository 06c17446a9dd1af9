import { useEffect, useRef, useState } from 'react'

const WIDE = matchMedia('(min-width: 900px)')

/**
 * List and record: whether they stand side by side, and the elements of both. Where one is shown at a time the focus goes along,
 * for what had it is hidden; a record is shown from its beginning, and the list where it was left.
 */
export function usePanes(hasRecord: boolean) {
  const isWide = useIsWide()
  const list = useRef<HTMLDivElement>(null)
  const record = useRef<HTMLElement>(null)
  const had = useRef(hasRecord)
  /** How far the page of the list was scrolled when it was last shown. */
  const left = useRef(0)
  useEffect(() => {
    const shown = hasRecord ? record : list
    if (!isWide && had.current !== hasRecord) {
      shown.current?.focus({ preventScroll: true })
      scrollTo(0, hasRecord ? 0 : left.current)
    }
    had.current = hasRecord
  }, [isWide, hasRecord])
  useEffect(() => {
    if (isWide || hasRecord) return
    const scrolled = () => (left.current = scrollY)
    addEventListener('scroll', scrolled, { passive: true })
    return () => removeEventListener('scroll', scrolled)
  }, [isWide, hasRecord])
  return { isWide, list, record }
}

/** Whether list and record stand side by side. */
function useIsWide(): boolean {
  const [isWide, setWide] = useState(WIDE.matches)
  useEffect(() => {
    const changed = () => setWide(WIDE.matches)
    WIDE.addEventListener('change', changed)
    return () => WIDE.removeEventListener('change', changed)
  }, [])
  return isWide
}
