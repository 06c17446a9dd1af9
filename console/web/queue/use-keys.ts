import { useEffect, useRef } from 'react'

/** Calls what a single key means, unless somebody is typing, or a modifier makes it the browser's. */
export function useKeys(isOn: boolean, meanings: Readonly<Record<string, () => void>>): void {
  const latest = useRef({ isOn, meanings })
  useEffect(() => {
    latest.current = { isOn, meanings }
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { isOn, meanings } = latest.current
      if (!isOn || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
      if (event.target instanceof Element && event.target.closest('input, textarea, select') !== null) return
      const meaning = Object.hasOwn(meanings, event.key) ? meanings[event.key] : undefined
      if (meaning === undefined) return
      event.preventDefault()
      meaning()
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}
