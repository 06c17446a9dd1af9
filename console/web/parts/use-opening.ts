import { useCallback, useRef, useState, type RefObject } from 'react'

/** What a button opens in its own place: the button goes, so the focus is handed to what held it. */
export function useOpening<E extends HTMLElement>(): {
  readonly isOpen: boolean
  readonly open: () => void
  /** Of what holds the button; with `tabIndex={-1}`. */
  readonly box: RefObject<E | null>
} {
  const [isOpen, setOpen] = useState(false)
  const box = useRef<E>(null)
  const open = useCallback(() => {
    box.current?.focus()
    setOpen(true)
  }, [])
  return { isOpen, open, box }
}
