import { useCallback, useState } from 'react'
import { useAnswer, type Fetched } from './use-answer.ts'

interface Page {
  readonly items: readonly unknown[]
  readonly next: string | null
}

/** A list that goes on: its first page as it comes, with what is said beside it, and the items of further ones as they are asked for. */
export function usePages<P extends Page>(
  ask: (cursor: string | undefined) => Promise<P>,
): {
  readonly fetched: Fetched<P>
  readonly again: () => void
  readonly more: () => void
} {
  const [cursors, setCursors] = useState<readonly string[]>([])
  const [last, setLast] = useState<Fetched<P>>({ state: 'loading' })
  const { fetched, again } = useAnswer(async () => {
    const before = last.state === 'there' && cursors.length > 0 ? last.value : null
    const page = await ask(cursors.at(-1))
    return before === null ? page : { ...before, items: [...before.items, ...page.items], next: page.next }
  }, `${cursors.length}`)
  if (fetched.state !== 'loading' && fetched !== last) setLast(fetched)
  const shown = fetched.state === 'loading' ? last : fetched
  const next = shown.state === 'there' ? shown.value.next : null
  const more = useCallback(() => {
    if (next !== null) setCursors((all) => [...all, next])
  }, [next])
  return { fetched: shown, again, more }
}
