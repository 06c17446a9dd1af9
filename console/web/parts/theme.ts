import { useCallback, useSyncExternalStore } from 'react'

const KEY = 'credence-theme'
const dark = matchMedia('(prefers-color-scheme: dark)')
const root = document.documentElement

const stored = localStorage.getItem(KEY)
if (stored === 'dark' || stored === 'light') root.dataset['theme'] = stored

const isDarkNow = () => (root.dataset['theme'] ? root.dataset['theme'] === 'dark' : dark.matches)

/** Whether the colours are dark, by choice or else by the system, and the way to turn them. */
export function useTheme(): { readonly isDark: boolean; readonly turn: () => void } {
  const isDark = useSyncExternalStore(listen, isDarkNow)
  const turn = useCallback(() => {
    const theme = isDarkNow() ? 'light' : 'dark'
    root.dataset['theme'] = theme
    localStorage.setItem(KEY, theme)
    dispatchEvent(new Event(KEY))
  }, [])
  return { isDark, turn }
}

function listen(changed: () => void): () => void {
  dark.addEventListener('change', changed)
  addEventListener(KEY, changed)
  return () => {
    dark.removeEventListener('change', changed)
    removeEventListener(KEY, changed)
  }
}
