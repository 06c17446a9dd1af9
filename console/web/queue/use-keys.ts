import { useEffect, useRef } from 'react'

/** Where a key is typed, or means something already. */
const TYPED = 'input:not([type=checkbox], [type=radio]), textarea, select'
const PRESSED = 'a, button:not(.row), input, summary'

/** Calls what a single key means, unless somebody is typing, or a modifier or what has the focus gives it another meaning. */
export function useKeys(isOn: boolean, meanings: Readonly<Record<string, (at: Element | null) => void>>): void {
  const latest = useRef({ isOn, meanings })
  useEffect(() => {
    latest.current = { isOn, meanings }
  })
  useEffect(() => {
    const pressed = (event: KeyboardEvent) => {
      const { isOn, meanings } = latest.current
      if (!isOn || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return
      const at = event.target instanceof Element ? event.target : null
      if (at?.closest(event.key === ' ' ? `${TYPED}, ${PRESSED}` : TYPED)) return
      const meaning = Object.hasOwn(meanings, event.key) ? meanings[event.key] : undefined
      if (meaning === undefined) return
      event.preventDefault()
      meaning(at)
    }
    addEventListener('keydown', pressed)
    return () => removeEventListener('keydown', pressed)
  }, [])
}
