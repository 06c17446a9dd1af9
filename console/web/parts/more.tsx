import { TEXTS } from '../texts.ts'

/** Asks for the next page of a list, where there is one. */
export function More({ next, more }: { readonly next: string | null; readonly more: () => void }) {
  if (next === null) return null
  return (
    <button type="button" className="more" onClick={more}>
      {TEXTS.windows.more}
    </button>
  )
}
